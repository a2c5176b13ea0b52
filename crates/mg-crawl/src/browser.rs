//! A real browser for pages that only a script fills: Chromium, driven over its own protocol.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chromiumoxide::{Browser as Chromium, BrowserConfig, Page};
use futures::StreamExt;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use url::Url;

use crate::CrawlError;

const LAUNCH: Duration = Duration::from_secs(30);
const CLOSE: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// How to start the browser.
#[derive(Debug, Clone, Default)]
pub struct BrowserOptions {
    /// Where Chromium is; `None` looks for it.
    pub executable: Option<PathBuf>,
    /// Leave Chromium's sandbox off; needed as root, where Chromium refuses to start with it.
    pub no_sandbox: bool,
}

/// A running Chromium with a profile of its own, which goes with it.
#[derive(Debug)]
pub struct Browser {
    chromium: Chromium,
    events: JoinHandle<()>,
    _profile: TempDir,
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

    /// Starts a browser.
    pub async fn launch(options: &BrowserOptions) -> Result<Self, CrawlError> {
        let failed = |reason: String| CrawlError::Browser { attempted: "did not start", reason };
        let executable = options.executable.clone().or_else(Self::find).ok_or_else(|| {
            failed("no Chromium was found; install it (Debian: `apt-get install chromium`)".to_owned())
        })?;
        // The default profile is shared, and a second browser fails on its lock.
        let profile = tempfile::Builder::new()
            .prefix("mg-browser-")
            .tempdir()
            .map_err(|source| CrawlError::Io { attempted: "make a browser profile", source })?;
        let mut config = BrowserConfig::builder()
            .chrome_executable(executable)
            .user_data_dir(profile.path())
            .respect_https_errors()
            // It must not call home: the platform works offline.
            .args([
                "disable-background-networking",
                "disable-component-update",
                "disable-sync",
                "no-first-run",
            ])
            .arg("disable-quic")
            .launch_timeout(LAUNCH);
        if options.no_sandbox {
            config = config.no_sandbox();
        }
        let launched = timeout(LAUNCH, Chromium::launch(config.build().map_err(failed)?)).await;
        let (chromium, mut handler) = launched
            .map_err(|_| failed("it gave no sign of life within 30 s".to_owned()))?
            .map_err(|error| failed(error.to_string()))?;
        // Events must be polled for any command to end, and one that cannot be read is no
        // reason to stop.
        let events = tokio::spawn(async move { while handler.next().await.is_some() {} });
        Ok(Self { chromium, events, _profile: profile })
    }

    /// The HTML of a page once `selector` matches something in it.
    pub async fn render(&self, url: &Url, selector: &str, patience: Duration) -> Result<String, CrawlError> {
        let failed = |reason: String| CrawlError::Browser { attempted: "could not render the page", reason };
        let open = self.chromium.new_page(url.as_str());
        let page = timeout(patience, open)
            .await
            .map_err(|_| failed(format!("{url} did not open in time")))?
            .map_err(|error| failed(error.to_string()))?;
        let html = timeout(patience, wait_for(&page, selector)).await;
        // A page left open costs memory, not correctness.
        let _ = timeout(CLOSE, page.close()).await;
        html.map_err(|_| failed(format!("nothing on {url} matched `{selector}` in time")))?
            .map_err(|error| failed(error.to_string()))
    }

    /// The browser's name and version.
    pub async fn version(&self) -> Result<String, CrawlError> {
        let failed = |reason: String| CrawlError::Browser { attempted: "did not say its version", reason };
        let version = timeout(CLOSE, self.chromium.version()).await;
        let version = version.map_err(|_| failed("no answer within 5 s".to_owned()))?;
        version.map(|version| version.product.clone()).map_err(|error| failed(error.to_string()))
    }

    /// Ends the browser and waits until it is gone.
    pub async fn close(mut self) {
        let asked = timeout(CLOSE, self.chromium.close()).await;
        let ended = timeout(CLOSE, self.chromium.wait()).await;
        if !matches!((asked, ended), (Ok(Ok(_)), Ok(Ok(_)))) {
            self.chromium.kill().await;
        }
        self.events.abort();
    }
}

async fn wait_for(page: &Page, selector: &str) -> Result<String, chromiumoxide::error::CdpError> {
    while page.find_element(selector).await.is_err() {
        sleep(LOOK_AGAIN).await;
    }
    page.content().await
}
