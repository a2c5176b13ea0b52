//! Sessions of the logins, past the store: what each may do by Postgres' own word.

use std::path::Path;

use mg_testkit::TestDatabase;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};

/// A session of `login` with the platform's database.
pub(crate) async fn session(database: &TestDatabase, login: &str) -> anyhow::Result<PgConnection> {
    session_at(database.socket_dir(), login, "mg").await
}

/// A session of `login` with the database `name` of the server at `socket_dir`.
pub(crate) async fn session_at(socket_dir: &Path, login: &str, name: &str) -> anyhow::Result<PgConnection> {
    let options = PgConnectOptions::new_without_pgpass().socket(socket_dir).username(login).database(name);
    Ok(options.connect().await?)
}

/// Runs one or several statements.
pub(crate) async fn execute(session: &mut PgConnection, sql: &str) -> Result<u64, sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(session).await.map(|done| done.rows_affected())
}

/// The first column of each row, a text.
pub(crate) async fn texts(session: &mut PgConnection, sql: &str) -> anyhow::Result<Vec<String>> {
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(session).await?)
}

/// The first column of the only row, a text.
pub(crate) async fn text(session: &mut PgConnection, sql: &str) -> anyhow::Result<String> {
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(session).await?)
}

/// The SQLSTATE that `sql` is refused with, or `accepted`.
pub(crate) async fn refusal(session: &mut PgConnection, sql: &str) -> String {
    match execute(session, sql).await {
        Ok(_) => "accepted".to_owned(),
        Err(error) => {
            let code = error.as_database_error().and_then(|error| error.code().map(|code| code.into_owned()));
            code.unwrap_or_else(|| error.to_string())
        }
    }
}
