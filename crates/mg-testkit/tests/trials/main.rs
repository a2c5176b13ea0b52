//! The flow engine with processes that are ended, stopped and replaced while they work.
//!
//! Each process is `examples/trial`, on a private Postgres of the test's own. What must hold in the
//! end is asked of the books by SQL: see [`ledger`]. `MG_TRIALS=long` lets five hundred runs go
//! through it in place of about thirty; `MG_TRIALS_SEED` does a trial again in its order.

mod blows;
mod clock;
mod crawls;
mod fleet;
mod known;
mod ledger;
mod process;
mod session;
mod work;

use anyhow::Context;
use mg_testkit::TestDatabase;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use blows::Blow;
use fleet::Fleet;
use ledger::Ledger;
use work::Work;

/// Rounds of blows, each with every kind of them.
const ROUNDS: usize = 1;
const LONG_ROUNDS: usize = 12;
/// After how many blows more work is asked for: about a dozen runs.
const BETWEEN: usize = 6;
const LONG_BETWEEN: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_befalls_processes_nothing_is_lost_and_nothing_is_doubled() -> anyhow::Result<()> {
    let mut random = StdRng::seed_from_u64(seed()?);

    let database = TestDatabase::start().await?;
    let ledger = Ledger::open(&database)?;
    let mut fleet = Fleet::start(&database).await?;
    let mut work = Work::begin(&database).await?;
    let (rounds, between) = if is_long() { (LONG_ROUNDS, LONG_BETWEEN) } else { (ROUNDS, BETWEEN) };
    let blows: Vec<Blow> = (0..rounds).flat_map(|_| Blow::all_shuffled(&mut random)).collect();
    for (place, blow) in blows.into_iter().enumerate() {
        if place % between == between - 1 {
            work.ask().await?;
        }
        fleet.strike(blow, &mut random).await.with_context(|| format!("after {blow:?}"))?;
    }
    fleet.renew_all().await?;
    work.done().await?;
    println!("{}", ledger.summary().await?);
    ledger.holds().await?;
    fleet.stop().await
}

/// Whether `make trials` asks.
fn is_long() -> bool {
    std::env::var("MG_TRIALS").is_ok_and(|trials| trials == "long")
}

/// What chance begins with: told, so that a trial can be done again in its order.
fn seed() -> anyhow::Result<u64> {
    let seed = match std::env::var("MG_TRIALS_SEED") {
        Ok(seed) => seed.parse().context("MG_TRIALS_SEED is a number")?,
        Err(_) => rand::rng().random(),
    };
    println!("MG_TRIALS_SEED={seed}");
    Ok(seed)
}
