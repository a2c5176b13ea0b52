//! The processes of one Chromium, which end with it and with us.
//!
//! Chromium runs in a process group of its own under a small shell that reads a pipe which only we hold.
//! When we end, in order or by `kill -9`, the kernel closes the pipe, and the shell kills the group. That
//! holds on every Unix. The kernel's own signal for a dead parent does not serve here: it comes when the
//! thread that forked ends, and the runtime ends threads when it likes.

use std::path::Path;
use std::process::Stdio;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio_util::sync::CancellationToken;

use super::BrowserError;
use super::profile::Profile;

/// Gives up what Chromium writes to, so that the end of that is the end of Chromium; then waits for ours.
const REAPER: &str = r#""$@" & exec 2>/dev/null; read -r end; kill -s KILL 0"#;
const ANNOUNCED: &str = "DevTools listening on ";
/// What Chromium is given of our environment: none of our settings, and no secret.
const PASSED_ON: [&str; 6] = ["PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "FONTCONFIG_FILE"];

/// A running Chromium.
#[derive(Debug)]
pub(super) struct Process {
    group: Pid,
    reaper: Option<Child>,
    profile: Option<Profile>,
}

impl Process {
    /// Starts Chromium and waits until it says where it listens. `gone` is cancelled when it ends.
    pub(super) async fn start(
        executable: &Path,
        arguments: &[String],
        profile: Profile,
        gone: CancellationToken,
    ) -> Result<(Self, String), BrowserError> {
        let io = |source| BrowserError::Io { attempted: "start Chromium", source };
        let kept = PASSED_ON.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        let mut reaper = Command::new("/bin/sh")
            .args(["-c", REAPER, "mg-browser"])
            .arg(executable)
            .args(arguments)
            .env_clear()
            .envs(kept)
            .env("HOME", profile.path())
            .env("TMPDIR", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(io)?;
        let pid = reaper.id().and_then(|pid| i32::try_from(pid).ok()).map(Pid::from_raw);
        let errors = reaper.stderr.take();
        let (Some(group), Some(errors)) = (pid, errors) else {
            return Err(BrowserError::NotStarted("it ended at once".to_owned()));
        };
        let process = Self { group, reaper: Some(reaper), profile: Some(profile) };
        let mut lines = BufReader::new(errors).lines();
        let address = announced(&mut lines).await?;
        tokio::spawn(async move {
            // Read on, for a full pipe would stop Chromium.
            while let Ok(Some(line)) = lines.next_line().await {
                tracing::trace!("Chromium: {line}");
            }
            gone.cancel();
        });
        Ok((process, address))
    }

    /// The id of its process group.
    pub(super) fn group(&self) -> i32 {
        self.group.as_raw()
    }

    /// Ends what is left of it, waits for that, and removes its folder.
    pub(super) async fn end(mut self) {
        let (reaper, profile) = self.kill();
        buried(reaper, profile).await;
    }

    fn kill(&mut self) -> (Option<Child>, Option<Profile>) {
        let reaper = self.reaper.take();
        // The group's id is taken while its first process is not waited for, so it is still the same group.
        if reaper.as_ref().is_some_and(|reaper| reaper.id().is_some()) {
            let _ = killpg(self.group, Signal::SIGKILL);
        }
        (reaper, self.profile.take())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let (reaper, profile) = self.kill();
        if reaper.is_some()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(buried(reaper, profile));
        }
    }
}

async fn buried(reaper: Option<Child>, profile: Option<Profile>) {
    if let Some(mut reaper) = reaper {
        let _ = reaper.wait().await;
    }
    // What is not removed now is swept away by the next browser.
    let _ = tokio::task::spawn_blocking(move || drop(profile)).await;
}

/// The address of Chromium's protocol, which it writes before anything else of use.
async fn announced(lines: &mut Lines<BufReader<ChildStderr>>) -> Result<String, BrowserError> {
    let mut last = String::from("it ended without a word");
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(address) = line.strip_prefix(ANNOUNCED) {
            return Ok(address.trim().to_owned());
        }
        if !line.trim().is_empty() {
            last = line;
        }
    }
    Err(BrowserError::NotStarted(last))
}
