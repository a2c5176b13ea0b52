//! Generated texts, from corpus lines and from a grammar: nothing panics, what is admitted is
//! one statement wherever its kind may stand, and what calls a bad function never is.
//!
//! A seed is fixed, so a failure comes again. `MG_TRIALS=long` tries over a million texts.

mod holes;
mod mutations;
mod random;
mod splices;

use std::sync::{Mutex, PoisonError};
use std::{env, panic, thread};

use mg_gate::{Admitted, Gate, Kind, Policy, RefusalCode};
use pg_query::NodeEnum;

/// Decoding the deepest tree that is admitted takes more than a test's thread has.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// These tests parse beside the gate, and two parses at once would swap the process' standard
/// error under each other: one test waits for the other.
static PARSING: Mutex<()> = Mutex::new(());

/// Runs `test` while no other one parses, on a thread with stack enough.
fn alone(test: impl FnOnce() + Send) {
    let _turn = PARSING.lock().unwrap_or_else(PoisonError::into_inner);
    thread::scope(|scope| {
        let test = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, test);
        if let Err(fault) = test.expect("a thread starts").join() {
            panic::resume_unwind(fault);
        }
    });
}

fn rounds(short: usize, long: usize) -> usize {
    if env::var("MG_TRIALS").is_ok_and(|trials| trials == "long") { long } else { short }
}

fn gate() -> Gate {
    Gate::new(Policy::reading(["analytics", "kpi"]))
}

/// The statements of the attack corpus: those to refuse and those to admit.
fn corpus() -> impl Iterator<Item = &'static str> {
    include_str!("../attacks.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.splitn(3, '\t').nth(2))
}

/// What the gate says of `text`, if that is to admit it; checks what any verdict must be.
fn tried(gate: &Gate, text: &str) -> Option<Admitted> {
    match gate.admit(text) {
        Ok(admitted) => {
            check(text, &admitted);
            Some(admitted)
        }
        Err(refusal) => {
            assert_ne!(refusal.code, RefusalCode::Internal, "{text}");
            let position = refusal.position.unwrap_or(0);
            assert!(text.is_char_boundary(position), "{refusal:?}: {text}");
            None
        }
    }
}

/// That `admitted` is a slice of `text` and one statement wherever it may stand.
fn check(text: &str, admitted: &Admitted) {
    let sql = admitted.sql();
    assert!(text.contains(sql), "{text}");
    let (kind, stands) = match admitted.kind() {
        Kind::Query => ("a query", vec![sql.to_owned(), in_from(sql), as_cursor(sql), explained(admitted)]),
        Kind::Explain => ("EXPLAIN", vec![sql.to_owned()]),
        Kind::Show => ("SHOW", vec![sql.to_owned()]),
    };
    for stands in stands {
        let tree = pg_query::parse(&stands, 0).unwrap_or_else(|error| panic!("{kind}: {error}: {stands}"));
        let [statement] = &tree.protobuf.stmts[..] else { panic!("{kind}, not one: {stands}") };
        let node = statement.stmt.as_ref().and_then(|node| node.node.as_ref());
        let is_right = match admitted.kind() {
            Kind::Query => matches!(
                node,
                Some(NodeEnum::SelectStmt(_) | NodeEnum::DeclareCursorStmt(_) | NodeEnum::ExplainStmt(_))
            ),
            Kind::Explain => matches!(node, Some(NodeEnum::ExplainStmt(_))),
            Kind::Show => matches!(node, Some(NodeEnum::VariableShowStmt(_))),
        };
        assert!(is_right, "{kind}: {stands}");
    }
}

fn in_from(sql: &str) -> String {
    format!("select * from ({sql}) q")
}

fn as_cursor(sql: &str) -> String {
    format!("declare c no scroll cursor for {sql}")
}

fn explained(admitted: &Admitted) -> String {
    admitted.explain(mg_gate::Plan::default()).expect("a query has a plan").sql().to_owned()
}
