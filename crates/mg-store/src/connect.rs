//! From a server to a [`Store`]: provision, migrate, open the pools.

mod logins;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mg_core::Identifier;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgConnection, PgPool};

pub use self::logins::ExternalLogins;
use self::logins::{Logins, lesser_logins, parse_url};
use crate::StoreError;
use crate::provision;
use crate::query::Shapes;
use crate::reader::Readers;
use crate::scope::ScopeKey;
use crate::standby::{Standby, StandbyAddress};

/// Key of the advisory lock under which a database is made ours.
const PROVISIONING_LOCK: i64 = 0x6d67_5f73_746f_7265;

/// What a database is opened with.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Sensitive columns, as `schema.table.column`, each part a name or `*`: readers see them empty.
    pub masked_columns: Vec<String>,
    /// Queries that run at a time, for principals who see every row and as many again for
    /// those limited to communes.
    pub reader_connections: usize,
    /// How long a query waits for one of these connections, milliseconds.
    pub reader_wait_ms: u64,
    /// A streaming standby that queries go to; `None` sends them to the primary.
    pub standby: Option<StandbyAddress>,
    /// Tables that are made when they are missing. Those that are there are left as they are.
    pub tables: Vec<NewTable>,
}

/// A table of `analytics` that a file declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTable {
    /// Its name.
    pub name: Identifier,
    /// The statements that make it, with its comments.
    pub ddl: String,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            masked_columns: Vec::new(),
            reader_connections: 8,
            reader_wait_ms: 10_000,
            standby: None,
            tables: Vec::new(),
        }
    }
}

/// The platform's database: the writer's pool and those of the readers.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) writer: PgPool,
    /// For saying that a worker lives and for giving up others: never behind the writer's work in a queue.
    pub(crate) heart: PgPool,
    pub(crate) reader: Readers,
    /// `None` on a server where the platform could not make the scoped login.
    pub(crate) scoped: Option<(Readers, ScopeKey)>,
    /// Where the readers are, when that is not where the writer is.
    pub(crate) standby: Option<Standby>,
    pub(crate) shapes: Arc<Shapes>,
    gaps: Arc<[String]>,
}

impl Store {
    /// The database `name` of the private cluster whose socket lies in `socket_dir`:
    /// made if it is missing, migrated, locked down.
    pub async fn open_private(
        socket_dir: &Path,
        name: &str,
        options: &StoreOptions,
    ) -> Result<Self, StoreError> {
        let login = |user: &str, database: &str| {
            PgConnectOptions::new_without_pgpass().socket(socket_dir).username(user).database(database)
        };
        let mut guard = provision::connect(&login(provision::SUPERUSER, "postgres")).await?;
        alone(&mut guard).await?;
        provision::private_database(&login(provision::SUPERUSER, "postgres"), name).await?;
        provision::migrate(&login("mg_owner", name)).await?;
        let mut owner = provision::connect(&login("mg_owner", name)).await?;
        provision::make_tables(&mut owner, &options.tables).await?;
        provision::grant(&mut owner, &options.masked_columns).await?;
        provision::close(owner).await?;
        let mut superuser = provision::connect(&login(provision::SUPERUSER, name)).await?;
        provision::lock_down(&mut superuser).await?;
        provision::close(superuser).await?;
        provision::close(guard).await?;
        Self::attach_private(socket_dir, name, options).await
    }

    /// The database of a private cluster that another process owns and has migrated.
    pub async fn attach_private(
        socket_dir: &Path,
        name: &str,
        options: &StoreOptions,
    ) -> Result<Self, StoreError> {
        let login = |user: &str| {
            PgConnectOptions::new_without_pgpass().socket(socket_dir).username(user).database(name)
        };
        let logins = Logins {
            writer: login("mg_writer"),
            reader: login("mg_reader"),
            scoped: Some(login("mg_scoped_reader")),
        };
        Self::pools(logins, options, Vec::new()).await
    }

    /// The database that `url` names, migrated; locked down as far as its login may.
    pub async fn open_external(
        url: &str,
        logins: &ExternalLogins,
        options: &StoreOptions,
    ) -> Result<Self, StoreError> {
        let owner = parse_url(url, "DATABASE_URL")?;
        let given = logins.parse()?;
        let mut connection = connect_supported(&owner).await?;
        alone(&mut connection).await?;
        provision::migrate(&owner).await?;
        provision::make_tables(&mut connection, &options.tables).await?;
        let mut gaps = Vec::new();
        let logins = match given {
            Some(given) => {
                // Rights are the administrator's; row security, once on, must know these logins.
                let whole = format!("{},{}", given.reader.get_username(), given.writer.get_username());
                provision::limit_rows(&mut connection, &whole).await?;
                given
            }
            None => {
                let (secrets, shared) =
                    provision::external_logins(&mut connection, &options.masked_columns).await?;
                gaps = shared;
                lesser_logins(&owner, secrets)
            }
        };
        if logins.scoped.is_none()
            && let Some(column) =
                provision::mask::first_match(&mut connection, &options.masked_columns).await?
        {
            return Err(StoreError::CannotMask(column));
        }
        provision::close(connection).await?;
        if logins.scoped.is_none() {
            gaps.push(NO_SCOPES.to_owned());
        }
        for gap in provision::reader_gaps(&logins.reader).await? {
            if !gaps.contains(&gap) {
                gaps.push(gap);
            }
        }
        for gap in &gaps {
            tracing::warn!("{gap}");
        }
        Self::pools(logins, options, gaps).await
    }

    /// The database that `url` names, as an earlier start prepared it; nothing there is changed.
    pub async fn attach_external(
        url: &str,
        logins: &ExternalLogins,
        options: &StoreOptions,
    ) -> Result<Self, StoreError> {
        let owner = parse_url(url, "DATABASE_URL")?;
        let given = logins.parse()?;
        let mut connection = connect_supported(&owner).await?;
        if !provision::is_prepared(&mut connection).await? {
            return Err(StoreError::NotPrepared);
        }
        let mut gaps = Vec::new();
        let logins = match given {
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
        if logins.scoped.is_none() {
            gaps.push(NO_SCOPES.to_owned());
        }
        gaps.extend(provision::reader_gaps(&logins.reader).await?);
        Self::pools(logins, options, gaps).await
    }

    /// What could not be locked down on this server, one sentence each.
    pub fn gaps(&self) -> &[String] {
        &self.gaps
    }

    /// Whether a principal can be limited to communes on this server.
    pub fn has_scopes(&self) -> bool {
        self.scoped.is_some()
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
        self.reader.close();
        if let Some((scoped, _)) = &self.scoped {
            scoped.close();
        }
        if let Some(standby) = &self.standby {
            standby.pool().close().await;
        }
        self.heart.close().await;
        self.writer.close().await;
    }

    /// `schema.table` of each table whose place a view without its sensitive columns has
    /// taken, and that view.
    pub async fn masked_tables(&self) -> Result<Vec<(String, String)>, StoreError> {
        provision::mask::replaced(&self.writer).await
    }

    async fn pools(logins: Logins, options: &StoreOptions, gaps: Vec<String>) -> Result<Self, StoreError> {
        let Logins { writer, reader, scoped } = logins;
        // The writer measures KPIs: a name in their queries means what it means to a reader. What it
        // holds it holds for moments; of a process that stands still, the others get it back.
        let login = writer
            .options([("search_path", "analytics,kpi"), ("idle_in_transaction_session_timeout", "10s")]);
        let writer = PgPoolOptions::new()
            .max_connections(12)
            .acquire_timeout(Duration::from_secs(10))
            .idle_timeout(Duration::from_secs(300))
            .connect_with(login.clone())
            .await
            .map_err(StoreError::from_sqlx("connecting as writer"))?;
        let heart = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(5))
            .idle_timeout(Duration::from_secs(60))
            .connect_lazy_with(login.clone());
        let address = options.standby.as_ref();
        let standby = address.map(|address| Standby::new(address, &login, writer.clone())).transpose()?;
        let overseer = standby.as_ref().map_or(&writer, Standby::pool);
        let readers = |login: PgConnectOptions| {
            let login = match address {
                Some(address) => address.options(&login)?,
                None => login,
            };
            Ok::<_, StoreError>(Readers::new(login, overseer.clone(), options))
        };
        let scoped = match scoped {
            Some(login) => Some((readers(login)?, ScopeKey::read(&writer).await?)),
            None => None,
        };
        let reader = readers(reader)?;
        Ok(Self { writer, heart, reader, scoped, standby, shapes: Arc::default(), gaps: gaps.into() })
    }
}

/// The gap of a server on which no token can be limited to communes.
const NO_SCOPES: &str = "no token can be limited to communes: that needs a login of its own, which the login of \
     DATABASE_URL may not make";

/// Waits until nobody else prepares this server's databases, and keeps others waiting until the
/// connection closes: two that give rights at the same time fail.
async fn alone(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("select pg_advisory_lock($1)")
        .bind(PROVISIONING_LOCK)
        .execute(connection)
        .await
        .map(drop)
        .map_err(StoreError::from_sqlx("waiting for another that prepares the database"))
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
