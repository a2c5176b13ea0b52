//! Finding the server's programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::ClusterError;

const NEEDED: [&str; 3] = ["initdb", "postgres", "pg_ctl"];
const OLDEST: u32 = 13;

/// The folder of a Postgres server's programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresBinaries {
    dir: PathBuf,
    version: u32,
}

impl PostgresBinaries {
    /// Those in `named`, or else the newest found on this machine.
    pub fn find(named: Option<&Path>) -> Result<Self, ClusterError> {
        match named {
            Some(dir) => Self::in_dir(dir).ok_or_else(|| ClusterError::WrongBinaries(dir.to_owned())),
            None => candidates()
                .iter()
                .filter_map(|dir| Self::in_dir(dir))
                .max_by_key(|found| found.version)
                .ok_or(ClusterError::NoBinaries),
        }?
        .new_enough()
    }

    /// Those that a cluster made by Postgres `needed` can be run by: of that major version.
    pub(super) fn fitting(named: Option<&Path>, needed: Option<u32>) -> Result<Self, ClusterError> {
        let newest = Self::find(named)?;
        let Some(needed) = needed.filter(|needed| *needed != newest.version) else {
            return Ok(newest);
        };
        let others = if named.is_some() { Vec::new() } else { candidates() };
        let fitting = others.iter().filter_map(|dir| Self::in_dir(dir)).find(|found| found.version == needed);
        fitting.ok_or(ClusterError::OtherVersion { needed, found: newest.version })
    }

    /// Major version of the server.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Path of one of the programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn in_dir(dir: &Path) -> Option<Self> {
        if !NEEDED.iter().all(|name| dir.join(name).is_file()) {
            return None;
        }
        let said = Command::new(dir.join("postgres")).arg("--version").output().ok()?;
        let version = major_version(&String::from_utf8_lossy(&said.stdout))?;
        Some(Self { dir: dir.to_owned(), version })
    }

    fn new_enough(self) -> Result<Self, ClusterError> {
        if self.version < OLDEST {
            return Err(ClusterError::TooOld { found: self.version });
        }
        Ok(self)
    }
}

/// `postgres (PostgreSQL) 15.18 (Debian ...)` is 15.
fn major_version(said: &str) -> Option<u32> {
    let number = said.split(' ').find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn candidates() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut dirs: Vec<PathBuf> = std::env::split_paths(&path).collect();
    // Debian; Homebrew on either Mac; Red Hat's own packages and the project's for it.
    for parent in ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/usr/local", "/usr"] {
        let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
        let versioned = entries.filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("postgresql") || name.starts_with("pgsql") || name.parse::<u32>().is_ok()
        });
        dirs.extend(versioned.map(|entry| entry.path().join("bin")));
    }
    dirs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_says() {
        assert_eq!(major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major_version("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_version("command not found"), None);
    }

    #[test]
    fn a_folder_without_the_programs_is_named() {
        let empty = tempfile::tempdir().expect("a folder");
        let refused = PostgresBinaries::find(Some(empty.path()));
        assert!(matches!(refused, Err(ClusterError::WrongBinaries(dir)) if dir == empty.path()));
    }
}
