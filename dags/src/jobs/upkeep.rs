//! What `menage` asks for: old lines taken away, advice, and a look at the record of calls.

use std::collections::BTreeMap;

use mg_flow::JobInput;
use serde::{Deserialize, Serialize};

/// Takes from the books what is older than the configuration keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PruneBooks {}

/// What pruning took away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BooksPruned {
    /// How many lines, by the book's name.
    pub lines: BTreeMap<String, u64>,
}

impl JobInput for PruneBooks {
    const JOB: &'static str = "prune_books";
    type Output = BooksPruned;
}

/// Looks for tables and indexes that keep room or time for nothing. It changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VacuumAdvice {}

/// What an operator should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdviceGiven {
    /// One line a finding; none when there is nothing to do.
    pub advice: Vec<AdviceLine>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdviceLine {
    /// The table or index, or what holds the server up.
    pub subject: String,
    /// What was found, with its figure.
    pub figure: String,
    /// What to do.
    pub advice: String,
}

impl JobInput for VacuumAdvice {
    const JOB: &'static str = "vacuum_advice";
    type Output = AdviceGiven;
}

/// Reckons the chain of the record of calls again; fails when a line was changed or is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyAudit {}

/// A record that is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditWhole {
    /// How many lines it has.
    pub lines: u64,
    /// Its last line's number and hash, to be noted elsewhere: `SEQ:HASH`.
    pub head: String,
}

impl JobInput for VerifyAudit {
    const JOB: &'static str = "verify_audit";
    type Output = AuditWhole;
}
