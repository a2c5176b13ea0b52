//! From a server to a [`Store`]: provision, migrate, open the pools.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgConnection, PgPool};

use crate::StoreError;
use crate::provision::{self, LoginSecrets};

/// Key of the advisory lock under which a database is made ours.
const PROVISIONING_LOCK: i64 = 0x6d67_5f73_746f_7265;

/// Logins that an administrator made for the platform on a server of theirs.
#[derive(Clone, Default)]
pub struct ExternalLogins {
    /// URL of the writer's login; `None` lets the platform make one.
    pub writer_url: Option<String>,
    /// URL of the reader's login; `None` lets the platform make one.
    pub reader_url: Option<String>,
}

/// The platform's database: the writer's and the reader's pool.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) writer: PgPool,
    pub(crate) reader: PgPool,
    gaps: Arc<[String]>,
}

impl Store {
    /// The database `name` of the private cluster whose socket lies in `socket_dir`:
    /// made if it is missing, migrated, locked down.
    pub async fn open_private(socket_dir: &Path, name: &str) -> Result<Self, StoreError> {
        let login = |user: &str, database: &str| {
            PgConnectOptions::new_without_pgpass().socket(socket_dir).username(user).database(database)
        };
        provision::private_database(&login(provision::SUPERUSER, "postgres"), name).await?;
        provision::migrate(&login("mg_owner", name)).await?;
        let mut owner = provision::connect(&login("mg_owner", name)).await?;
        provision::grant(&mut owner).await?;
        provision::close(owner).await?;
        let mut superuser = provision::connect(&login(provision::SUPERUSER, name)).await?;
        provision::lock_down(&mut superuser).await?;
        provision::close(superuser).await?;
        Self::pools(login("mg_writer", name), login("mg_reader", name), Vec::new()).await
    }

    /// The database of a private cluster that another process owns and has migrated.
    pub async fn attach_private(socket_dir: &Path, name: &str) -> Result<Self, StoreError> {
        let login = |user: &str| {
            PgConnectOptions::new_without_pgpass().socket(socket_dir).username(user).database(name)
        };
        Self::pools(login("mg_writer"), login("mg_reader"), Vec::new()).await
    }

    /// The database that `url` names, migrated; locked down as far as its login may.
    pub async fn open_external(url: &str, logins: &ExternalLogins) -> Result<Self, StoreError> {
        let owner = parse_url(url, "DATABASE_URL")?;
        let given = logins.parse()?;
        let mut connection = connect_supported(&owner).await?;
        // Held until the connection closes: two that give rights at the same time fail.
        sqlx::query("select pg_advisory_lock($1)")
            .bind(PROVISIONING_LOCK)
            .execute(&mut connection)
            .await
            .map_err(StoreError::from_sqlx("waiting for another that prepares the database"))?;
        provision::migrate(&owner).await?;
        let mut gaps = Vec::new();
        let (writer, reader) = match given {
            Some(given) => given,
            None => {
                let (secrets, shared) = provision::external_logins(&mut connection).await?;
                gaps = shared;
                lesser_logins(&owner, secrets)
            }
        };
        provision::close(connection).await?;
        for gap in provision::reader_gaps(&reader).await? {
            if !gaps.contains(&gap) {
                gaps.push(gap);
            }
        }
        for gap in &gaps {
            tracing::warn!("{gap}");
        }
        Self::pools(writer, reader, gaps).await
    }

    /// The database that `url` names, as an earlier start prepared it; nothing there is changed.
    pub async fn attach_external(url: &str, logins: &ExternalLogins) -> Result<Self, StoreError> {
        let owner = parse_url(url, "DATABASE_URL")?;
        let given = logins.parse()?;
        let mut connection = connect_supported(&owner).await?;
        if !provision::is_prepared(&mut connection).await? {
            return Err(StoreError::NotPrepared);
        }
        let mut gaps = Vec::new();
        let (writer, reader) = match given {
            Some(given) => given,
            None => {
                let secrets = provision::known_secrets(&mut connection).await?;
                if secrets.is_none() {
                    gaps.push(provision::SHARED_LOGIN.to_owned());
                }
                lesser_logins(&owner, secrets)
            }
        };
        provision::close(connection).await?;
        gaps.extend(provision::reader_gaps(&reader).await?);
        Self::pools(writer, reader, gaps).await
    }

    /// What could not be locked down on this server, one sentence each.
    pub fn gaps(&self) -> &[String] {
        &self.gaps
    }

    /// The server's version, as it says it: `15.18`.
    pub async fn server_version(&self) -> Result<String, StoreError> {
        sqlx::query_scalar("select split_part(current_setting('server_version'), ' ', 1)")
            .fetch_one(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("reading the server's version"))
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    async fn pools(
        writer: PgConnectOptions,
        reader: PgConnectOptions,
        gaps: Vec<String>,
    ) -> Result<Self, StoreError> {
        let pool = |size| {
            PgPoolOptions::new()
                .max_connections(size)
                .acquire_timeout(Duration::from_secs(10))
                .idle_timeout(Duration::from_secs(300))
        };
        // Named options beat the login's own, which an external server may not have taken.
        let reader = reader.options([("search_path", "analytics,kpi"), ("jit", "off")]);
        // The writer measures KPIs: a name in their queries means what it means to a reader.
        let writer = writer.options([("search_path", "analytics,kpi")]);
        let writer = pool(12).connect_with(writer).await;
        let writer = writer.map_err(StoreError::from_sqlx("connecting as writer"))?;
        Ok(Self { writer, reader: pool(8).connect_lazy_with(reader), gaps: gaps.into() })
    }
}

impl ExternalLogins {
    /// Both, or neither.
    fn parse(&self) -> Result<Option<(PgConnectOptions, PgConnectOptions)>, StoreError> {
        match (&self.writer_url, &self.reader_url) {
            (Some(writer), Some(reader)) => Ok(Some((
                parse_url(writer, "database.writer_url")?,
                parse_url(reader, "database.reader_url")?,
            ))),
            (None, None) => Ok(None),
            _ => Err(StoreError::HalfTheLogins),
        }
    }
}

/// Writer and reader on an external server: logins of their own, or the owner's, read-only.
fn lesser_logins(
    owner: &PgConnectOptions,
    secrets: Option<LoginSecrets>,
) -> (PgConnectOptions, PgConnectOptions) {
    match secrets {
        Some(secrets) => (
            owner.clone().username("mg_writer").password(&secrets.writer),
            owner.clone().username("mg_reader").password(&secrets.reader),
        ),
        None => (owner.clone(), owner.clone().options([("default_transaction_read_only", "on")])),
    }
}

async fn connect_supported(owner: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let mut connection = provision::connect(owner).await?;
    let version: i32 = sqlx::query_scalar("select current_setting('server_version_num')::int / 10000")
        .fetch_one(&mut connection)
        .await
        .map_err(StoreError::from_sqlx("reading the server's version"))?;
    if version < 13 {
        return Err(StoreError::TooOld(version));
    }
    Ok(connection)
}

fn parse_url(url: &str, what: &'static str) -> Result<PgConnectOptions, StoreError> {
    // The URL itself stays out of the message: it holds a password.
    PgConnectOptions::from_str(url).map_err(|_| {
        StoreError::Unreachable(format!("{what} is no Postgres URL (postgres://user@host/name)"))
    })
}
