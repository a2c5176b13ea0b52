//! What the environment chooses.

use std::env;
use std::time::Duration;

use anyhow::Context;

/// How much is measured.
pub(super) struct Settings {
    /// `SERVERS`: which, by name, in the order of asking.
    pub(super) servers: Vec<String>,
    /// `CALLERS`: how many at a time.
    pub(super) callers: Vec<usize>,
    /// `WORKLOADS`: which, by name.
    pub(super) workloads: Vec<String>,
    /// `KEYS`: how many different primary keys are asked for in turn.
    pub(super) keys: usize,
    /// `ROUNDS`: how often each server has its turn; the median is shown.
    pub(super) rounds: usize,
    /// `SECONDS_EACH`: the length of a turn.
    pub(super) turn: Duration,
    /// `WARM_UP`: seconds before the first turn; later turns have a quarter of it.
    pub(super) warm_up: Duration,
}

impl Settings {
    /// The environment's words, or what `make bench` does without any.
    pub(super) fn from_environment() -> anyhow::Result<Self> {
        Ok(Self {
            servers: list("SERVERS", "mg toolbox dbhub fastmcp")?,
            callers: list("CALLERS", "1 8 64")?,
            workloads: list("WORKLOADS", "key rows")?,
            keys: one("KEYS", "16")?,
            rounds: one("ROUNDS", "3")?,
            turn: Duration::from_secs_f64(one("SECONDS_EACH", "2")?),
            warm_up: Duration::from_secs_f64(one("WARM_UP", "2")?),
        })
    }
}

fn list<T: std::str::FromStr>(name: &str, otherwise: &str) -> anyhow::Result<Vec<T>>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let words = env::var(name).unwrap_or_else(|_| otherwise.to_owned());
    let parsed: Result<_, _> = words.split_whitespace().map(str::parse).collect();
    parsed.with_context(|| format!("{name}={words}"))
}

fn one<T: std::str::FromStr>(name: &str, otherwise: &str) -> anyhow::Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    list(name, otherwise)?.pop().with_context(|| format!("{name} is empty"))
}
