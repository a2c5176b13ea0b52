//! Logs. A service writes them to standard output; a command keeps that for its answer and
//! warns on standard error.

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};

/// Starts logging as configured. What is returned is kept to the end: it writes the last lines.
pub(crate) fn start(config: &LogConfig, is_service: bool) -> WorkerGuard {
    // sqlx notes each slow statement and each dropped table that was not there.
    let level = if is_service { config.level.as_str() } else { "error" };
    let filter = EnvFilter::try_from_env("MG_LOG")
        .unwrap_or_else(|_| EnvFilter::new(format!("{level},sqlx=error,rmcp=warn,chromiumoxide=error")));
    // A line is written by a thread of its own: no request waits for whoever reads the log.
    let (writer, guard) = if is_service {
        tracing_appender::non_blocking(std::io::stdout())
    } else {
        tracing_appender::non_blocking(std::io::stderr())
    };
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_target(false);
    match config.format {
        LogFormat::Text => logs.init(),
        LogFormat::Json => logs.json().init(),
    }
    guard
}
