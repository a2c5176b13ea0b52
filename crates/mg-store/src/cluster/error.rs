//! What can keep a private Postgres from running.

use std::path::PathBuf;

use super::Tenant;

/// Why the private Postgres cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No server programs on this machine.
    #[error(
        "no Postgres server programs found (looked in MG_POSTGRES_BIN, PATH, /usr/lib/postgresql/*/bin, \
         Homebrew). Install them: Debian/Ubuntu `apt-get install postgresql`, Fedora `dnf install \
         postgresql-server`, macOS `brew install postgresql@16`; or set DATABASE_URL to a server you have"
    )]
    NoBinaries,
    /// A folder was named that does not hold them.
    #[error("{0} does not hold Postgres' initdb, postgres and pg_ctl; correct MG_POSTGRES_BIN")]
    WrongBinaries(PathBuf),
    /// The server is too old.
    #[error("Postgres {found} is too old: version 13 or newer is needed")]
    TooOld {
        /// The version found.
        found: u32,
    },
    /// The cluster was made by another major version.
    #[error(
        "the database in the data folder was made by Postgres {needed}, and there is only {found} here: install \
         version {needed}, or bring the data over with pg_upgrade"
    )]
    OtherVersion {
        /// The version that made it.
        needed: u32,
        /// The version found.
        found: u32,
    },
    /// Another process owns the folder.
    #[error(
        "the data folder is in use by `{}` (process {}, since {}). Stop it, or use another folder with --data",
        .0.command, .0.pid, .0.since
    )]
    InUse(Tenant),
    /// The platform runs as root, and there is no user to run Postgres as.
    #[error("Postgres refuses to run as root and neither user `postgres` nor `nobody` exists; create one")]
    NoUnprivilegedUser,
    /// The operating-system user has no name, which peer authentication needs.
    #[error("user id {0} has no name in the user database; add it, or set DATABASE_URL")]
    NamelessUser(u32),
    /// A program of Postgres failed.
    #[error("{program} failed: {reason}")]
    Program {
        /// Which program.
        program: &'static str,
        /// The last of what it said.
        reason: String,
    },
    /// The disk said no.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was attempted.
        action: String,
        /// Why not.
        source: std::io::Error,
    },
}

impl ClusterError {
    /// Wraps a disk error with what was attempted.
    pub(super) fn io(action: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }
}
