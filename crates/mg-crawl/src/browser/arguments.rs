//! What Chromium is told when it starts.

use std::net::SocketAddr;
use std::path::Path;

use super::BrowserOptions;

/// It must not call home, ask anything, keep anything or slow pages down that it does not show.
const FIXED: [&str; 28] = [
    "--headless=new",
    "--remote-debugging-port=0",
    "--window-size=1280,800",
    "--lang=fr-FR",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-extensions-with-background-pages",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-features=Translate,OptimizationHints,MediaRouter,AutofillServerCommunication",
    "--disable-hang-monitor",
    "--disable-prompt-on-repost",
    "--disable-renderer-backgrounding",
    "--disable-sync",
    "--metrics-recording-only",
    "--mute-audio",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--password-store=basic",
    "--use-mock-keychain",
];

/// All arguments of a browser whose one way out is the proxy.
pub(super) fn arguments(
    options: &BrowserOptions,
    sandbox: Sandbox,
    profile: &Path,
    proxy: SocketAddr,
) -> Vec<String> {
    let mut arguments: Vec<String> = FIXED.map(str::to_owned).into();
    arguments.extend([
        format!("--user-data-dir={}", profile.display()),
        format!("--proxy-server=http://{proxy}"),
        // Without this, Chromium takes the direct way to loopback and link-local addresses.
        "--proxy-bypass-list=<-loopback>".to_owned(),
        // Three ways around a proxy: its own look-ups, QUIC, and WebRTC's UDP.
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1".to_owned(),
        "--disable-quic".to_owned(),
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp".to_owned(),
        "--webrtc-ip-handling-policy=disable_non_proxied_udp".to_owned(),
    ]);
    if let Some(user_agent) = &options.user_agent {
        arguments.push(format!("--user-agent={user_agent}"));
    }
    if sandbox == Sandbox::Off {
        arguments.push("--no-sandbox".to_owned());
    }
    arguments
}

/// Whether Chromium locks its pages' processes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sandbox {
    On,
    Off,
}

impl Sandbox {
    /// Off where it was asked for, and for root, for whom Chromium refuses to start with it. Says so once.
    pub(super) fn of(options: &BrowserOptions) -> Self {
        static SAID: std::sync::Once = std::sync::Once::new();
        let why = if options.no_sandbox {
            "the configuration says so"
        } else if nix::unistd::geteuid().is_root() {
            "this process is root, for whom Chromium has none; run it as an ordinary user to have one"
        } else {
            return Self::On;
        };
        SAID.call_once(|| tracing::warn!("the browser runs without its sandbox: {why}"));
        Self::Off
    }
}
