//! The logins that a store works with: ours, or an administrator's.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::StoreError;
use crate::provision::LoginSecrets;

/// Logins that an administrator made for the platform on a server of theirs.
#[derive(Clone, Default)]
pub struct ExternalLogins {
    /// URL of the writer's login; `None` lets the platform make one.
    pub writer_url: Option<String>,
    /// URL of the reader's login; `None` lets the platform make one.
    pub reader_url: Option<String>,
}

/// The logins that a store works with.
pub(super) struct Logins {
    pub(super) writer: PgConnectOptions,
    pub(super) reader: PgConnectOptions,
    pub(super) scoped: Option<PgConnectOptions>,
}

impl ExternalLogins {
    /// Both, or neither.
    pub(super) fn parse(&self) -> Result<Option<Logins>, StoreError> {
        match (&self.writer_url, &self.reader_url) {
            (Some(writer), Some(reader)) => Ok(Some(Logins {
                writer: parse_url(writer, "database.writer_url")?,
                reader: parse_url(reader, "database.reader_url")?,
                scoped: None,
            })),
            (None, None) => Ok(None),
            _ => Err(StoreError::HalfTheLogins),
        }
    }
}

/// Writer and readers on an external server: logins of their own, or the owner's, read-only.
pub(super) fn lesser_logins(owner: &PgConnectOptions, secrets: Option<LoginSecrets>) -> Logins {
    let login = |name: &str, secret: &str| owner.clone().username(name).password(secret);
    match secrets {
        Some(secrets) => Logins {
            writer: login("mg_writer", &secrets.writer),
            reader: login("mg_reader", &secrets.reader),
            scoped: Some(login("mg_scoped_reader", &secrets.scoped)),
        },
        None => Logins {
            writer: owner.clone(),
            reader: owner.clone().options([("default_transaction_read_only", "on")]),
            scoped: None,
        },
    }
}

pub(super) fn parse_url(url: &str, what: &'static str) -> Result<PgConnectOptions, StoreError> {
    // The URL itself stays out of the message: it holds a password.
    PgConnectOptions::from_str(url).map_err(|_| {
        StoreError::Unreachable(format!("{what} is no Postgres URL (postgres://user@host/name)"))
    })
}
