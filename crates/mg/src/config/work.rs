//! The section `work`: how a process executes tasks, and when it counts as lost.

use std::time::Duration;

use anyhow::{bail, ensure};
use mg_flow::WorkerOptions;
use serde::{Deserialize, Serialize};

/// Most tasks at a time.
const MOST_SLOTS: u16 = 1_000;
/// Heartbeats that may be late before a worker counts as lost.
const BEATS: u64 = 3;
const LONGEST_SILENCE_MS: u64 = 86_400_000;

/// How a process executes tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct WorkConfig {
    pub(crate) slots: u16,
    pub(crate) poll_only: bool,
    pub(crate) poll_ms: u64,
    pub(crate) heartbeat_ms: u64,
    pub(crate) silence_ms: u64,
    pub(crate) grace_ms: u64,
}

impl Default for WorkConfig {
    fn default() -> Self {
        Self {
            slots: 4,
            poll_only: false,
            poll_ms: 1_000,
            heartbeat_ms: 2_000,
            silence_ms: 10_000,
            grace_ms: 10_000,
        }
    }
}

impl WorkConfig {
    /// What a worker of this process is started with.
    ///
    /// # Errors
    ///
    /// A key whose value does not fit, by itself or beside the others.
    pub(crate) fn options(&self) -> anyhow::Result<WorkerOptions> {
        let Self { slots, poll_only, poll_ms, heartbeat_ms, silence_ms, grace_ms } = *self;
        ensure!((1..=MOST_SLOTS).contains(&slots), "work.slots is 1 to {MOST_SLOTS}, and not {slots}");
        for (key, value, least, most) in [
            ("poll_ms", poll_ms, 10, 600_000),
            ("heartbeat_ms", heartbeat_ms, 100, 600_000),
            ("grace_ms", grace_ms, 0, 3_600_000),
        ] {
            ensure!((least..=most).contains(&value), "work.{key} is {least} to {most}, and not {value}");
        }
        let least = heartbeat_ms * BEATS;
        if silence_ms < least {
            bail!(
                "work.silence_ms is {silence_ms} with a heartbeat each {heartbeat_ms} ms: a worker that is merely slow \
                 would lose its tasks. Set work.silence_ms to {least} or more, which is {BEATS} heartbeats, or \
                 lower work.heartbeat_ms"
            );
        }
        ensure!(
            silence_ms <= LONGEST_SILENCE_MS,
            "work.silence_ms is at most {LONGEST_SILENCE_MS}, which is a day, and not {silence_ms}"
        );
        Ok(WorkerOptions {
            slots: slots.into(),
            listens: !poll_only,
            poll: Duration::from_millis(poll_ms),
            heartbeat: Duration::from_millis(heartbeat_ms),
            silence: Duration::from_millis(silence_ms),
            grace: Duration::from_millis(grace_ms),
            ..WorkerOptions::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(work: &WorkConfig) -> String {
        format!("{:#}", work.options().expect_err("it does not fit"))
    }

    #[test]
    fn unset_it_is_as_the_engine_has_it() {
        let (ours, engines) = (WorkConfig::default().options().expect("it fits"), WorkerOptions::default());
        assert_eq!(format!("{ours:?}"), format!("{engines:?}"));
    }

    #[test]
    fn a_lease_of_less_than_several_heartbeats_is_refused_with_what_would_do() {
        let hasty = WorkConfig { heartbeat_ms: 5_000, ..WorkConfig::default() };
        let said = refused(&hasty);
        assert!(said.contains("work.silence_ms") && said.contains("15000"), "{said}");
        let patient = WorkConfig { silence_ms: 15_000, ..hasty };
        assert_eq!(patient.options().expect("it fits").silence, Duration::from_secs(15));
    }

    #[test]
    fn what_is_out_of_bounds_is_refused_by_name() {
        let plain = WorkConfig::default;
        for (work, key) in [
            (WorkConfig { slots: 0, ..plain() }, "work.slots"),
            (WorkConfig { poll_ms: 0, ..plain() }, "work.poll_ms"),
            (WorkConfig { heartbeat_ms: 1, ..plain() }, "work.heartbeat_ms"),
            (WorkConfig { grace_ms: 3_600_001, ..plain() }, "work.grace_ms"),
            (WorkConfig { silence_ms: LONGEST_SILENCE_MS + 1, ..plain() }, "work.silence_ms"),
        ] {
            let said = refused(&work);
            assert!(said.starts_with(key), "{said}");
        }
    }
}
