//! One process a data folder: a lock that the operating system lets go of when the
//! process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};

use super::ClusterError;

/// Who holds a data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its process id.
    pub pid: u32,
    /// What it does, as `mg serve`.
    pub command: String,
    /// Since when, RFC 3339, UTC.
    pub since: String,
}

/// The held lock; dropping it lets the folder go.
#[derive(Debug)]
pub(super) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the folder, or says who holds it.
    pub(super) fn take(data_dir: &Path, command: &str) -> Result<Self, ClusterError> {
        std::fs::create_dir_all(data_dir)
            .map_err(ClusterError::io(format!("create the data folder {}", data_dir.display())))?;
        let mut file = open(data_dir)?;
        let mut taken = file.try_lock();
        for _ in 0..20 {
            // Whoever only looks at the lock holds it for an instant.
            if !matches!(taken, Err(TryLockError::WouldBlock)) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
            taken = file.try_lock();
        }
        match taken {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ClusterError::InUse(read_tenant(&mut file))),
            Err(TryLockError::Error(error)) => return Err(ClusterError::io("lock the data folder")(error)),
        }
        #[expect(clippy::disallowed_methods, reason = "it is shown to people who look at processes")]
        let since: DateTime<Utc> = std::time::SystemTime::now().into();
        let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        write_tenant(&mut file, &format!("{}\n{command}\n{since}\n", std::process::id()))
            .map_err(ClusterError::io("write the lock of the data folder"))?;
        Ok(Self { _file: file })
    }

    /// Who holds the folder now, if anyone.
    pub(super) fn tenant(data_dir: &Path) -> Result<Option<Tenant>, ClusterError> {
        if !data_dir.join("mg.lock").exists() {
            return Ok(None);
        }
        let mut file = open(data_dir)?;
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(Some(read_tenant(&mut file))),
            Err(TryLockError::Error(error)) => Err(ClusterError::io("look at the lock")(error)),
        }
    }
}

fn open(data_dir: &Path) -> Result<File, ClusterError> {
    let path = data_dir.join("mg.lock");
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(ClusterError::io(format!("open {}", path.display())))
}

fn write_tenant(file: &mut File, text: &str) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

fn read_tenant(file: &mut File) -> Tenant {
    let mut text = String::new();
    // Unreadable is as good as unknown: the lock itself is what counts.
    let _ = file.read_to_string(&mut text);
    let mut lines = text.lines();
    Tenant {
        pid: lines.next().and_then(|line| line.parse().ok()).unwrap_or(0),
        command: lines.next().unwrap_or("mg").to_owned(),
        since: lines.next().unwrap_or("an unknown time").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_taker_learns_who_came_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = FolderLock::take(folder.path(), "mg serve").expect("free");
        let Err(ClusterError::InUse(tenant)) = FolderLock::take(folder.path(), "mg demo") else {
            panic!("a held folder was taken");
        };
        assert_eq!(tenant.pid, std::process::id());
        assert_eq!(tenant.command, "mg serve");
        assert_eq!(FolderLock::tenant(folder.path()).expect("readable"), Some(tenant));
        drop(first);
        assert_eq!(FolderLock::tenant(folder.path()).expect("readable"), None);
        FolderLock::take(folder.path(), "mg demo").expect("free again");
    }
}
