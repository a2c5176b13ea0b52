//! A browser's folder, and what is left of browsers whose owner is gone.
//!
//! A folder belongs to whoever holds the lock on its file `owner`; the kernel lets go of it when the owner
//! ends, however it ends. A folder that nobody owns is removed by the next browser that starts, and what
//! still runs in it is killed.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use tempfile::TempDir;

const PREFIX: &str = "mg-browser-";
const OWNER: &str = "owner";

/// A folder of one browser, removed with it.
#[derive(Debug)]
pub(super) struct Profile {
    folder: TempDir,
    _owned: File,
}

impl Profile {
    /// A new folder, after what nobody owns any more was removed.
    pub(super) fn create() -> io::Result<Self> {
        let root = std::env::temp_dir();
        sweep(&root);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(&root)?;
        // Locked before it has its name: no other process sees it without its owner.
        let unnamed = folder.path().join("owner.new");
        let owned = File::create_new(&unnamed)?;
        owned.lock()?;
        fs::rename(&unnamed, folder.path().join(OWNER))?;
        fs::create_dir(folder.path().join("data"))?;
        Ok(Self { folder, _owned: owned })
    }

    /// The folder itself; also the browser's home and its place for temporary files.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where Chromium keeps what it knows.
    pub(super) fn data(&self) -> PathBuf {
        data(self.folder.path())
    }
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// Removes the folders under `root` that nobody owns. What cannot be removed is left to the next.
fn sweep(root: &Path) {
    let Ok(entries) = fs::read_dir(root) else { return };
    let folders = entries.filter_map(|entry| Some(entry.ok()?.path()));
    for folder in folders.filter(|folder| is_left_behind(folder)) {
        end_those_in(&folder);
        if let Err(error) = fs::remove_dir_all(&folder) {
            tracing::debug!(folder = %folder.display(), "a browser's folder is left: {error}");
        }
    }
}

fn is_left_behind(folder: &Path) -> bool {
    let named =
        folder.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(PREFIX));
    let ours = || fs::symlink_metadata(folder).is_ok_and(|is| is.is_dir() && is.uid() == geteuid().as_raw());
    let unowned = || File::open(folder.join(OWNER)).is_ok_and(|owner| owner.try_lock().is_ok());
    named && ours() && unowned()
}

/// Kills what was started with this folder. Its name is random, so nothing else names it.
fn end_those_in(folder: &Path) {
    let argument = format!("--user-data-dir={}", data(folder).display());
    let Ok(processes) = fs::read_dir("/proc") else { return };
    for process in processes.filter_map(Result::ok) {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(line) = fs::read(process.path().join("cmdline")) else { continue };
        if line.split(|byte| *byte == 0).any(|said| said == argument.as_bytes()) {
            // It may have ended by itself since.
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}
