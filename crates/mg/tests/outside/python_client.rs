//! The `mcp` package of PyPI, through `clients/ask.py`: a client that shares no code with us.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use serde_json::Value;
use tokio::process::Command;

use crate::process::succeeded;

/// Calls a tool and gives all that came back: `protocol`, `structured`, `text`, `is_error`.
pub(crate) async fn call(url: &str, token: &str, tool: &str, arguments: &Value) -> anyhow::Result<Value> {
    ask(&[url, token, tool, &arguments.to_string()]).await
}

/// Lists the tools that the token may see: `protocol`, `tools`.
pub(crate) async fn list(url: &str, token: &str) -> anyhow::Result<Value> {
    ask(&[url, token, "--list"]).await
}

async fn ask(arguments: &[&str]) -> anyhow::Result<Value> {
    let python = environment().join("bin/python");
    ensure!(
        python.exists(),
        "the Python client of the tests is not at {}: run `scripts/setup.sh --test`",
        python.display()
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../clients/ask.py");
    let mut command = Command::new(python);
    command.arg(script).args(arguments).kill_on_drop(true);
    succeeded(command).await?.json()
}

/// Where `scripts/setup.sh --test` puts it.
pub(crate) fn environment() -> PathBuf {
    let beside_the_binary = || {
        let profile = Path::new(env!("CARGO_BIN_EXE_mg")).parent();
        profile.and_then(Path::parent).unwrap_or(Path::new("target")).join("client-venv")
    };
    std::env::var_os("MG_TEST_VENV").map_or_else(beside_the_binary, PathBuf::from)
}
