//! Verdicts that were given, so that a text that comes again is not parsed again.
//!
//! They belong to one gate and so to one policy, which never changes. A text is found by all
//! its bytes, not by its hash alone.

use std::fmt;
use std::hash::RandomState;
use std::mem::size_of;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

use crate::refusal::RefusalCode;
use crate::{Admitted, Refusal};

/// The longest text whose verdict is kept, in bytes.
const MAX_TEXT_BYTES: usize = 16 * 1024;
/// What all that is kept weighs at most, in bytes.
const MAX_BYTES: u64 = 8 * 1024 * 1024;
/// What an entry weighs beside its texts, rounded up; with `MAX_BYTES` it bounds their number
/// to some sixteen thousand.
const ENTRY_BYTES: usize = 512;
/// For how many entries room is made at first.
const EXPECTED_ENTRIES: usize = 4_096;

type Verdict = Result<Admitted, Arc<Refusal>>;

/// The verdicts of one gate. The hasher is that of std, which is keyed for the purpose: texts
/// come from strangers, who could choose some that collide under a weaker one.
pub(crate) struct Verdicts(Cache<Box<str>, Verdict, Weight, RandomState>);

impl Verdicts {
    pub(crate) fn new() -> Self {
        let lifecycle = DefaultLifecycle::default();
        Self(Cache::with(EXPECTED_ENTRIES, MAX_BYTES, Weight, RandomState::new(), lifecycle))
    }

    /// The verdict on `sql`, if it is at hand.
    pub(crate) fn get(&self, sql: &str) -> Option<Result<Admitted, Refusal>> {
        if sql.len() > MAX_TEXT_BYTES {
            return None;
        }
        self.0.get(sql).map(|verdict| verdict.map_err(|refusal| (*refusal).clone()))
    }

    /// Keeps a verdict on `sql`, unless another attempt could end otherwise.
    pub(crate) fn keep(&self, sql: &str, verdict: &Result<Admitted, Refusal>) {
        let is_lasting = verdict.as_ref().err().is_none_or(|refusal| refusal.code != RefusalCode::Internal);
        if sql.len() <= MAX_TEXT_BYTES && is_lasting {
            self.0.insert(sql.into(), verdict.clone().map_err(Arc::new));
        }
    }
}

impl fmt::Debug for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verdicts").field("entries", &self.0.len()).field("bytes", &self.0.weight()).finish()
    }
}

#[derive(Debug, Clone)]
struct Weight;

impl Weighter<Box<str>, Verdict> for Weight {
    fn weight(&self, text: &Box<str>, verdict: &Verdict) -> u64 {
        let held = match verdict {
            Ok(admitted) => admitted.size_bytes(),
            Err(refusal) => size_of::<Refusal>() + refusal.size_bytes(),
        };
        (ENTRY_BYTES + text.len() + held) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Gate, Policy};

    fn gate() -> Gate {
        Gate::new(Policy::reading(["analytics"]))
    }

    #[test]
    fn a_verdict_is_at_hand_once_it_was_given_to_any_clone() {
        let gate = gate();
        for sql in ["select 1", "select pg_sleep(1)", "select", ""] {
            assert_eq!(gate.known(sql), None, "{sql}");
            let verdict = gate.admit(sql);
            assert_eq!(gate.clone().known(sql), Some(verdict), "{sql}");
            assert_eq!(gate.known(&format!("{sql} ")), None, "another text is another text: {sql}");
        }
        let first = gate.admit("select 1").expect("a query");
        assert!(first.shares_with(&gate.admit("select 1").expect("the same query")));
    }

    #[test]
    fn a_verdict_is_of_its_gate_alone() {
        let (one, other) = (gate(), Gate::new(Policy::reading(["kpi"])));
        let sql = "select * from analytics.t";
        assert!(one.admit(sql).is_ok());
        assert_eq!(other.known(sql), None);
        assert!(other.admit(sql).is_err());
        assert!(one.admit(sql).is_ok());
    }

    #[test]
    fn long_texts_and_failures_of_the_gate_are_not_kept() {
        let verdicts = Verdicts::new();
        let refused = |code| Err(Refusal::new(code, "No.", "Try again."));
        verdicts.keep("select 1", &refused(RefusalCode::Internal));
        assert_eq!(verdicts.get("select 1"), None);
        let longest = "x".repeat(MAX_TEXT_BYTES);
        verdicts.keep(&longest, &refused(RefusalCode::Syntax));
        assert_eq!(verdicts.get(&longest), Some(refused(RefusalCode::Syntax)));
        let longer = "x".repeat(MAX_TEXT_BYTES + 1);
        verdicts.keep(&longer, &refused(RefusalCode::Syntax));
        assert_eq!(verdicts.get(&longer), None);
    }

    #[test]
    fn many_texts_take_no_more_than_the_bound() {
        let verdicts = Verdicts::new();
        let refused = Err(Refusal::new(RefusalCode::Syntax, "No.", "Try again."));
        for number in 0..40_000 {
            verdicts.keep(&format!("select {number}"), &refused);
        }
        let (entries, bytes) = (verdicts.0.len(), verdicts.0.weight());
        assert!(bytes <= MAX_BYTES, "{verdicts:?}");
        assert!((1_000..=20_000).contains(&entries), "{verdicts:?}");
    }
}
