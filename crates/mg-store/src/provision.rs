//! Making a database ours: logins, migrations, rights.
//!
//! Four logins, so that what each may do is Postgres' business and not a promise:
//! `mg_owner` migrates, `mg_writer` fills, `mg_reader` reads facts and KPIs and nothing else,
//! `mg_scoped_reader` reads of those the rows of the communes in its signed scope.

pub(crate) mod mask;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

use crate::StoreError;
use crate::connect::NewTable;

/// The superuser that `initdb` makes; used for provisioning alone.
pub(crate) const SUPERUSER: &str = "mg_super";

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");
const GRANTS: &str = include_str!("../sql/grants.sql");
const LOCKDOWN: &str = include_str!("../sql/lockdown.sql");
const ROW_SCOPE: &str = include_str!("../sql/row_scope.sql");

/// The logins that queries run as.
const READERS: [&str; 2] = ["mg_reader", "mg_scoped_reader"];
/// The platform's own logins that see every row.
pub(crate) const WHOLE_LOGINS: &str = "mg_reader,mg_writer";

/// What the reader's sessions start with. It binds whoever logs in as the reader, however.
const READER_SETTINGS: [(&str, &str); 10] = [
    ("default_transaction_read_only", "on"),
    ("search_path", "masked, analytics, kpi"),
    // Instants are shown with their offset; days are those of the territory.
    ("timezone", "'Europe/Paris'"),
    ("statement_timeout", "'60s'"),
    ("lock_timeout", "'2s'"),
    ("idle_in_transaction_session_timeout", "'60s'"),
    ("work_mem", "'32MB'"),
    ("temp_file_limit", "'512MB'"),
    ("max_parallel_workers_per_gather", "1"),
    ("jit", "off"),
];

/// The gap of a server whose login may not make others.
pub(crate) const SHARED_LOGIN: &str = "the login of DATABASE_URL may not create roles, so reader and writer \
     share it: reading is held by the gate and a read-only transaction, not by a login of its own. Grant it \
     CREATEROLE, or set database.writer_url and database.reader_url";

/// Logins and database of a private cluster. `super_options` reaches its `postgres` database.
pub(crate) async fn private_database(
    super_options: &PgConnectOptions,
    database: &str,
) -> Result<(), StoreError> {
    let mut connection = connect(super_options).await?;
    for (login, attributes) in [
        ("mg_owner", "login nosuperuser nocreaterole nocreatedb"),
        ("mg_writer", "login nosuperuser nocreaterole nocreatedb"),
        ("mg_reader", "login nosuperuser nocreaterole nocreatedb nobypassrls connection limit 40"),
        ("mg_scoped_reader", "login nosuperuser nocreaterole nocreatedb nobypassrls connection limit 40"),
    ] {
        if !login_exists(&mut connection, login).await? {
            execute(&mut connection, format!("create role {login} {attributes}")).await?;
        }
    }
    for (login, (name, value)) in reader_settings() {
        execute(&mut connection, format!("alter role {login} set {name} = {value}")).await?;
    }
    // So that the writer may cancel what a caller who left has running.
    execute(&mut connection, "grant mg_reader, mg_scoped_reader to mg_writer".to_owned()).await?;
    if !database_exists(&mut connection, database).await? {
        execute(&mut connection, format!("create database {database} owner mg_owner")).await?;
        execute(&mut connection, format!("revoke all on database {database} from public")).await?;
    }
    let logins = "mg_writer, mg_reader, mg_scoped_reader";
    execute(&mut connection, format!("grant connect on database {database} to {logins}")).await?;
    execute(&mut connection, format!("grant temporary on database {database} to mg_writer")).await?;
    close(connection).await
}

fn reader_settings() -> impl Iterator<Item = (&'static str, (&'static str, &'static str))> {
    READERS.into_iter().flat_map(|login| READER_SETTINGS.into_iter().map(move |setting| (login, setting)))
}

/// Everything that this build makes a database from: for tests that keep one they have made.
#[doc(hidden)]
pub fn made_from() -> Vec<&'static [u8]> {
    let texts = [GRANTS, LOCKDOWN, ROW_SCOPE, include_str!("provision.rs")].map(str::as_bytes);
    MIGRATIONS.iter().map(|migration| migration.checksum.as_ref()).chain(texts).collect()
}

/// Brings the database to the shape this version knows, as the login of `options`.
pub(crate) async fn migrate(options: &PgConnectOptions) -> Result<(), StoreError> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(options.clone())
        .await
        .map_err(StoreError::from_sqlx("connecting as owner"))?;
    let migrated = MIGRATIONS.run(&pool).await;
    pool.close().await;
    migrated.map_err(|error| StoreError::Migration(error.to_string()))
}

/// Makes the declared tables that are missing, each with its comments or not at all.
pub(crate) async fn make_tables(
    connection: &mut PgConnection,
    tables: &[NewTable],
) -> Result<(), StoreError> {
    let failed = || StoreError::from_sqlx("looking for a declared table");
    for table in tables {
        let is_there: bool = sqlx::query_scalar("select to_regclass('analytics.' || $1) is not null")
            .bind(table.name.as_str())
            .fetch_one(&mut *connection)
            .await
            .map_err(failed())?;
        if !is_there {
            execute(connection, format!("begin; {} commit", table.ddl)).await?;
        }
    }
    Ok(())
}

/// Gives writer and readers their rights, as the owner of the tables: tables, rows, columns.
pub(crate) async fn grant(connection: &mut PgConnection, masked: &[String]) -> Result<(), StoreError> {
    // One transaction: at no moment is a masked table open, or a new one without its policy.
    execute(connection, format!("begin; {GRANTS}")).await?;
    limit_rows(&mut *connection, WHOLE_LOGINS).await?;
    mask::apply(connection, masked).await?;
    execute(connection, "commit".to_owned()).await
}

/// Row security: `whole` (logins joined by commas) see every row, the scoped reader its own.
pub(crate) async fn limit_rows(connection: &mut PgConnection, whole: &str) -> Result<(), StoreError> {
    let failed = || StoreError::from_sqlx("limiting rows");
    sqlx::query("select set_config('mg.whole_logins', $1, false)")
        .bind(whole)
        .execute(&mut *connection)
        .await
        .map_err(failed())?;
    sqlx::raw_sql(ROW_SCOPE).execute(connection).await.map(drop).map_err(failed())
}

/// Takes from everyone the functions that a read-only transaction does not stop.
pub(crate) async fn lock_down(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::raw_sql(LOCKDOWN)
        .execute(connection)
        .await
        .map(drop)
        .map_err(StoreError::from_sqlx("revoking functions"))
}

/// Logins on a server of the user's. Gives each a password known only to the owner's
/// tables, and returns what could not be locked down, in sentences for `mg doctor`.
pub(crate) async fn external_logins(
    connection: &mut PgConnection,
    masked: &[String],
) -> Result<(Option<LoginSecrets>, Vec<String>), StoreError> {
    let mut gaps = Vec::new();
    if !may_create_roles(connection).await? {
        gaps.push(SHARED_LOGIN.to_owned());
        return Ok((None, gaps));
    }
    let secrets = LoginSecrets {
        writer: login_with_secret(connection, "mg_writer").await?,
        reader: login_with_secret(connection, "mg_reader").await?,
        scoped: login_with_secret(connection, "mg_scoped_reader").await?,
    };
    grant(connection, masked).await?;
    for (login, (name, value)) in reader_settings() {
        let set = format!("alter role {login} set {name} = {value}");
        let refused = sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut *connection).await.is_err();
        let gap = format!("the reader's {name} could not be set: that needs a superuser");
        if refused && !gaps.contains(&gap) {
            gaps.push(gap);
        }
    }
    if execute(connection, "grant mg_reader, mg_scoped_reader to mg_writer".to_owned()).await.is_err() {
        gaps.push(
            "a query whose caller left runs on until its timeout: the login may not grant roles".to_owned(),
        );
    }
    // Whether it took is asked afterwards, from the reader's side.
    if let Err(error) = lock_down(connection).await {
        tracing::debug!("functions were not revoked: {error}");
    }
    Ok((Some(secrets), gaps))
}

/// Passwords of the lesser logins on an external server.
pub(crate) struct LoginSecrets {
    pub(crate) writer: String,
    pub(crate) reader: String,
    pub(crate) scoped: String,
}

/// Every process must find the same password, so it is drawn once, by the database, and
/// kept where the owner alone can read it.
async fn login_with_secret(connection: &mut PgConnection, login: &'static str) -> Result<String, StoreError> {
    // Logins are the server's, secrets are this database's: a login without one here belongs
    // to another platform, whose password must not change under it.
    if secret_of(connection, login).await?.is_none() && login_exists(connection, login).await? {
        return Err(StoreError::ForeignLogin(login));
    }
    let attempted = StoreError::from_sqlx("making a login");
    let secret: String = sqlx::query_scalar(
        "insert into mg.login_secret (login, secret)
         values ($1, replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''))
         on conflict (login) do update set secret = mg.login_secret.secret
         returning secret",
    )
    .bind(login)
    .fetch_one(&mut *connection)
    .await
    .map_err(attempted)?;
    let verb = if login_exists(connection, login).await? { "alter" } else { "create" };
    // The secret is hexadecimal, so it needs no quoting beyond the quotes.
    execute(connection, format!("{verb} role {login} login password '{secret}'")).await?;
    Ok(secret)
}

/// The password of a login, once one was drawn.
async fn secret_of(connection: &mut PgConnection, login: &str) -> Result<Option<String>, StoreError> {
    sqlx::query_scalar("select secret from mg.login_secret where login = $1")
        .bind(login)
        .fetch_optional(connection)
        .await
        .map_err(StoreError::from_sqlx("reading a login's secret"))
}

/// The passwords that an earlier start drew; `None` where reader and writer share the login.
pub(crate) async fn known_secrets(connection: &mut PgConnection) -> Result<Option<LoginSecrets>, StoreError> {
    let writer = secret_of(connection, "mg_writer").await?;
    let reader = secret_of(connection, "mg_reader").await?;
    let scoped = secret_of(connection, "mg_scoped_reader").await?;
    let all = writer.zip(reader).zip(scoped);
    Ok(all.map(|((writer, reader), scoped)| LoginSecrets { writer, reader, scoped }))
}

/// Whether the database has been prepared by a start or by `mg migrate`.
pub(crate) async fn is_prepared(connection: &mut PgConnection) -> Result<bool, StoreError> {
    sqlx::query_scalar("select to_regclass('mg.audit') is not null")
        .fetch_one(connection)
        .await
        .map_err(StoreError::from_sqlx("looking for the platform's tables"))
}

/// What is not locked down for the login that reads as `reader`, in sentences for people.
pub(crate) async fn reader_gaps(reader: &PgConnectOptions) -> Result<Vec<String>, StoreError> {
    let mut connection = connect(reader).await?;
    let found: (bool, bool, bool, bool, bool) = sqlx::query_as(
        "select r.rolsuper or r.rolbypassrls,
                has_table_privilege(r.oid, 'analytics.fact_permis', 'insert'),
                has_schema_privilege(r.oid, 'mg', 'usage'),
                has_function_privilege(r.oid, 'pg_catalog.set_config(text, text, boolean)', 'execute'),
                current_setting('temp_file_limit') = '-1'
         from pg_roles r where r.rolname = current_user",
    )
    .fetch_one(&mut connection)
    .await
    .map_err(StoreError::from_sqlx("reading the reader's rights"))?;
    close(connection).await?;
    let (is_super, may_write, sees_tokens, may_set, may_fill_disk) = found;
    let mut gaps = Vec::new();
    for (is_open, gap) in [
        (is_super, "the reader's login is a superuser or bypasses row security"),
        (may_write, "the reader's login may write facts: a read-only transaction holds it, not its rights"),
        (sees_tokens, "the reader's login may read the platform's own books"),
        (
            may_set,
            "EXECUTE on set_config, pg_sleep, advisory locks and the like is not taken from PUBLIC: that needs a \
             superuser. The gate still refuses them",
        ),
        (may_fill_disk, "the reader's temp_file_limit could not be set: that needs a superuser"),
    ] {
        if is_open {
            gaps.push(gap.to_owned());
        }
    }
    Ok(gaps)
}

async fn may_create_roles(connection: &mut PgConnection) -> Result<bool, StoreError> {
    sqlx::query_scalar("select rolsuper or rolcreaterole from pg_roles where rolname = current_user")
        .fetch_one(connection)
        .await
        .map_err(StoreError::from_sqlx("reading the login's rights"))
}

async fn login_exists(connection: &mut PgConnection, login: &str) -> Result<bool, StoreError> {
    sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
        .bind(login)
        .fetch_one(connection)
        .await
        .map_err(StoreError::from_sqlx("looking for a login"))
}

async fn database_exists(connection: &mut PgConnection, name: &str) -> Result<bool, StoreError> {
    sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(name)
        .fetch_one(connection)
        .await
        .map_err(StoreError::from_sqlx("looking for the database"))
}

pub(crate) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    options.connect().await.map_err(StoreError::from_sqlx("connecting"))
}

pub(crate) async fn close(connection: PgConnection) -> Result<(), StoreError> {
    connection.close().await.map_err(StoreError::from_sqlx("closing a connection"))
}

async fn execute(connection: &mut PgConnection, statement: String) -> Result<(), StoreError> {
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(connection)
        .await
        .map(drop)
        .map_err(StoreError::from_sqlx("provisioning the database"))
}
