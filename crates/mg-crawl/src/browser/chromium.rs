//! One Chromium with its profile, its proxy and its line to us.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chromiumoxide::Browser as Line;
use chromiumoxide::Handler;
use chromiumoxide::error::CdpError;
use chromiumoxide::handler::HandlerConfig;
use futures::StreamExt;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::BrowserError;
use super::arguments::{Sandbox, arguments};
use super::process::Process;
use super::profile::Profile;
use crate::guard::Guard;
use crate::proxy::{Proxy, ProxyOptions};

const LAUNCH: Duration = Duration::from_secs(30);
const CLOSE: Duration = Duration::from_secs(5);
/// Above any patience of ours: every call has a shorter one of its own.
const LONGEST: Duration = Duration::from_secs(3600);

/// How to start the browser.
#[derive(Debug, Clone, Default)]
pub struct BrowserOptions {
    /// Where Chromium is; `None` looks for it.
    pub executable: Option<PathBuf>,
    /// Leave Chromium's sandbox off. As root it is off anyway, for Chromium would not start.
    pub no_sandbox: bool,
    /// How it names itself to sites; `None` leaves that to Chromium.
    pub user_agent: Option<String>,
}

/// A running Chromium with a profile of its own, which goes with it.
#[derive(Debug)]
pub struct Browser {
    pub(super) line: Line,
    pub(super) proxy: Proxy,
    pub(super) gone: CancellationToken,
    process: Process,
}

impl Browser {
    /// Where Chromium is on this machine.
    pub fn find() -> Option<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
        let in_path = std::env::split_paths(&path).flat_map(|dir| names.map(|name| dir.join(name)));
        let mac = Path::new("/Applications/Chromium.app/Contents/MacOS/Chromium").to_owned();
        in_path.chain([mac]).find(|candidate| candidate.is_file())
    }

    /// Starts a browser that reaches what `guard` admits.
    pub async fn launch(options: &BrowserOptions, guard: Arc<Guard>) -> Result<Self, BrowserError> {
        let launched = timeout(LAUNCH, Self::start(options, guard)).await;
        launched.unwrap_or_else(|_| {
            let reason = format!("it gave no sign of life within {} s", LAUNCH.as_secs());
            Err(BrowserError::NotStarted(reason))
        })
    }

    async fn start(options: &BrowserOptions, guard: Arc<Guard>) -> Result<Self, BrowserError> {
        let found = options.executable.clone().or_else(Self::find);
        let executable = found.ok_or(BrowserError::NotInstalled)?;
        let io = |source| BrowserError::Io { attempted: "prepare a browser", source };
        let profile = tokio::task::spawn_blocking(Profile::create).await;
        let profile = profile.map_err(|error| io(error.into()))?.map_err(io)?;
        let proxy = Proxy::start(guard, ProxyOptions::default()).await.map_err(io)?;
        let arguments = arguments(options, Sandbox::of(options), &profile.data(), proxy.address());
        let gone = CancellationToken::new();
        let (process, address) = Process::start(&executable, &arguments, profile, gone.clone()).await?;
        let config = HandlerConfig {
            ignore_https_errors: false,
            viewport: None,
            request_timeout: LONGEST,
            ..HandlerConfig::default()
        };
        let connected = Line::connect_with_config(address, config).await;
        let (line, handler) = connected.map_err(|error| BrowserError::NotStarted(error.to_string()))?;
        tokio::spawn(listen(handler, gone.clone()));
        Ok(Self { line, proxy, gone, process })
    }

    /// The browser's name and version.
    pub async fn version(&self) -> Result<String, BrowserError> {
        let version = timeout(CLOSE, self.line.version()).await;
        let silent = |_| BrowserError::Protocol("no answer within 5 s".to_owned());
        Ok(version.map_err(silent)??.product)
    }

    /// The id of its process group, which all its processes are in.
    pub fn process_group(&self) -> i32 {
        self.process.group()
    }

    /// Bytes that it received from the web so far.
    pub fn received_bytes(&self) -> u64 {
        self.proxy.received_bytes()
    }

    /// Ends the browser and waits until it is gone.
    pub async fn close(self) {
        let Self { mut line, gone, process, .. } = self;
        // Asked first, for it then puts its own children to rest.
        if matches!(timeout(CLOSE, line.close()).await, Ok(Ok(_))) {
            let _ = timeout(CLOSE, gone.cancelled()).await;
        }
        process.end().await;
    }
}

/// Carries the protocol: no command ends unless this runs. Ends when the line is cut.
async fn listen(mut handler: Handler, gone: CancellationToken) {
    let _ends = gone.clone().drop_guard();
    while let Some(Some(step)) = gone.run_until_cancelled(handler.next()).await {
        // A message that cannot be read is no reason to stop.
        if let Err(CdpError::Ws(_) | CdpError::Io(_)) = step {
            return;
        }
    }
}
