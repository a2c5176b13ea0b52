//! A streaming standby of the database, which readers ask in the primary's place.
//!
//! Only the readers' sessions go there, and with them what must be of the same server as they:
//! the cancel of a statement, and the version of the data that were read. Whatever is written,
//! and whatever is read in order to write, stays with the primary. Nothing is asked of the
//! primary because the standby is away: the load that was kept from it would come at once.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgPool};

use crate::{Store, StoreError};

/// How long to wait for a session that oversees the readers; a standby that is away must not hold
/// a caller for long.
const OVERSEER_WAIT: Duration = Duration::from_secs(2);
/// How often the standby is asked whether it has come so far: at first, and at most.
const FIRST_LOOK: Duration = Duration::from_millis(10);
const LAST_LOOK: Duration = Duration::from_millis(500);

/// Where a standby listens: the host, port and TLS settings of a Postgres URL. The platform's own
/// logins go there, to the database of the same name.
#[derive(Clone)]
pub struct StandbyAddress(PgConnectOptions);

/// The URL may hold a password, though none is asked for.
impl fmt::Debug for StandbyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StandbyAddress(..)")
    }
}

impl FromStr for StandbyAddress {
    type Err = StoreError;

    fn from_str(url: &str) -> Result<Self, StoreError> {
        PgConnectOptions::from_str(url).map(Self).map_err(|_| not_an_address())
    }
}

/// How a standby stands to its primary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandbyState {
    /// Whether it follows a primary. One that took over does not, nor one that never was a standby.
    pub follows: bool,
    /// Whether it holds this database, and not that of another platform.
    pub is_ours: bool,
    /// Bytes of the primary's log that it has not replayed.
    pub behind_bytes: i64,
    /// How long ago what it replayed last was committed, milliseconds, by the clocks of the two
    /// machines; 0 when nothing is left to replay, `None` when it has replayed no commit since it
    /// started.
    pub lag_ms: Option<i64>,
}

impl Store {
    /// How the standby stands; `None` where readers ask the primary.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreachable`] when it, or the primary, is away.
    pub async fn standby_state(&self) -> Result<Option<StandbyState>, StoreError> {
        match &self.standby {
            Some(standby) => standby.state().await.map(Some),
            None => Ok(None),
        }
    }

    /// The writer's login on the server that readers ask.
    pub(crate) fn beside_readers(&self) -> &PgPool {
        self.standby.as_ref().map_or(&self.writer, |standby| &standby.pool)
    }
}

impl StandbyAddress {
    /// The options of `login`, for this server.
    pub(crate) fn options(&self, login: &PgConnectOptions) -> Result<PgConnectOptions, StoreError> {
        // A password can be copied by URL alone. A name need not be fit for one.
        let plain = |options: &PgConnectOptions| options.clone().username("mg").to_url_lossy();
        let mut url = plain(&self.0);
        url.set_password(plain(login).password()).map_err(|()| not_an_address())?;
        if let Some(settings) = login.get_options() {
            url.query_pairs_mut().append_pair("options", settings);
        }
        let options = PgConnectOptions::from_url(&url).map_err(|_| not_an_address())?;
        let options = options.username(login.get_username());
        Ok(match login.get_database() {
            Some(database) => options.database(database),
            None => options,
        })
    }
}

/// The way to a standby and to the primary it follows, both as the writer.
#[derive(Debug, Clone)]
pub(crate) struct Standby {
    primary: PgPool,
    pool: PgPool,
}

impl Standby {
    /// Connects when it is first asked: a standby that is away keeps nobody from writing.
    pub(crate) fn new(
        address: &StandbyAddress,
        writer: &PgConnectOptions,
        primary: PgPool,
    ) -> Result<Self, StoreError> {
        let pool = PgPoolOptions::new()
            .max_connections(3)
            .acquire_timeout(OVERSEER_WAIT)
            .idle_timeout(Duration::from_secs(300))
            .connect_lazy_with(address.options(writer)?);
        Ok(Self { primary, pool })
    }

    /// The writer's sessions on the standby.
    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Waits until whatever is committed on the primary by now can be read on the standby.
    pub(crate) async fn catch_up(&self) -> Result<(), StoreError> {
        let position = self.position_of_primary().await?;
        let mut pause = FIRST_LOOK;
        while !self.has_replayed(&position).await? {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LAST_LOOK);
        }
        Ok(())
    }

    /// How far the primary's log is written. A commit is told of once it is written, unless
    /// `synchronous_commit` is off.
    async fn position_of_primary(&self) -> Result<String, StoreError> {
        sqlx::query_scalar("select pg_current_wal_lsn()::text")
            .fetch_one(&self.primary)
            .await
            .map_err(StoreError::from_sqlx("reading how far the primary has come"))
    }

    /// A server that follows nobody has nothing of what the primary has written since.
    async fn has_replayed(&self, position: &str) -> Result<bool, StoreError> {
        sqlx::query_scalar(
            "select pg_is_in_recovery()
                    and coalesce(pg_last_wal_replay_lsn() >= $1::text::pg_lsn, false)",
        )
        .bind(position)
        .fetch_one(&self.pool)
        .await
        .map_err(StoreError::from_sqlx("reading how far the standby has come"))
    }

    async fn state(&self) -> Result<StandbyState, StoreError> {
        // The primary first: what it writes in between is not counted as missing.
        let (position, key): (String, Vec<u8>) =
            sqlx::query_as("select pg_current_wal_lsn()::text, (select key from mg.scope_key)")
                .fetch_one(&self.primary)
                .await
                .map_err(StoreError::from_sqlx("reading how far the primary has come"))?;
        let (follows, is_ours, behind_bytes, age_ms): (bool, bool, i64, Option<i64>) = sqlx::query_as(
            "select pg_is_in_recovery(), coalesce((select key = $2 from mg.scope_key), false),
                    greatest(coalesce(pg_wal_lsn_diff($1::text::pg_lsn, pg_last_wal_replay_lsn()), 0), 0)::bigint,
                    greatest(extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000, 0)::bigint",
        )
        .bind(position)
        .bind(key)
        .fetch_one(&self.pool)
        .await
        .map_err(StoreError::from_sqlx("asking the standby how it stands"))?;
        // While nobody writes, the last commit grows old and nothing is missing.
        let lag_ms = if follows && behind_bytes == 0 { Some(0) } else { age_ms };
        Ok(StandbyState { follows, is_ours, behind_bytes, lag_ms })
    }
}

fn not_an_address() -> StoreError {
    // The URL itself stays out of the message: it may hold a password.
    StoreError::Unreachable("database.read_url is no Postgres URL (postgres://host:port)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(url: &str) -> PgConnectOptions {
        PgConnectOptions::from_str(url).expect("a URL")
    }

    fn at_standby(read_url: &str, login: &PgConnectOptions) -> PgConnectOptions {
        StandbyAddress::from_str(read_url).expect("a URL").options(login).expect("a place")
    }

    #[test]
    fn a_login_goes_to_the_standby_as_itself_and_as_the_standby_wants_it() {
        let login = options("postgres://primary.example:5000/city?sslmode=disable").username("mg_reader");
        let login = login.password("p@ss/wörd%41").options([("search_path", "kpi")]);
        let there =
            at_standby("postgres://ignored:too@standby.example:5001/other?sslmode=verify-full", &login);
        assert_eq!((there.get_host(), there.get_port()), ("standby.example", 5001));
        assert_eq!((there.get_username(), there.get_database()), ("mg_reader", Some("city")));
        assert!(matches!(there.get_ssl_mode(), sqlx::postgres::PgSslMode::VerifyFull));
        assert_eq!(there.get_options(), login.get_options());
        let password = |options: &PgConnectOptions| options.to_url_lossy().password().map(str::to_owned);
        assert_eq!(password(&there), password(&login));
    }

    #[test]
    fn a_login_goes_from_a_socket_to_a_host_and_back() {
        let by_socket = options("postgres://clerk:pw@%2Frun%2Fpostgresql/city");
        let there = at_standby("postgres://standby.example", &by_socket);
        assert_eq!((there.get_host(), there.get_socket()), ("standby.example", None));
        let there = at_standby("postgres:///?host=/run/standby", &options("postgres://clerk@db/city"));
        assert_eq!(there.get_socket().map(|path| path.as_path()), Some(std::path::Path::new("/run/standby")));
        assert_eq!(there.get_database(), Some("city"));
    }

    #[test]
    fn an_address_is_refused_and_shown_without_its_password() {
        let refused = StandbyAddress::from_str("mysql//hunter2").expect_err("no URL").to_string();
        assert!(refused.contains("read_url") && !refused.contains("hunter2"), "{refused}");
        let address = StandbyAddress::from_str("postgres://mg:hunter2@standby.example").expect("a URL");
        assert!(!format!("{address:?}").contains("hunter2"));
    }
}
