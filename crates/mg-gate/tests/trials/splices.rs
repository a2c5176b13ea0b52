//! Corpus lines, cut and spliced at their tokens: nothing panics, and what is admitted is
//! one query wherever it is put.
//!
//! Alone in its binary, since it parses beside the gate, and two parses at once would swap
//! the process' standard error under each other: here one waits for the other.

use mg_gate::{Gate, Policy};
use pg_query::NodeEnum;

const ROUNDS: usize = 6_000;
const SEED: u64 = 0x4d61_726e_6520_2620;

/// Pieces that change how what follows is read.
const SEPARATORS: [&str; 12] =
    [" ", "", "\n", "--", "-- x\n", "/*", "*/", "'", "\"", "$$", ";", ") q; select 1 from ("];

struct XorShift(u64);

impl XorShift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[usize::try_from(self.next() % items.len() as u64).expect("an index")]
    }
}

/// The tokens of `sql`, or its words where it cannot be scanned.
fn pieces(sql: &str) -> Vec<&str> {
    // The library aborts on a text without tokens.
    if sql.trim().is_empty() {
        return Vec::new();
    }
    let index = |offset: i32| usize::try_from(offset).expect("an offset");
    match pg_query::scan_tokens(sql) {
        Ok(tokens) => {
            tokens.iter().filter_map(|token| sql.get(index(token.start)..index(token.end))).collect()
        }
        Err(_) => sql.split_whitespace().collect(),
    }
}

/// A line with one to three pieces dropped, doubled, replaced or followed by a separator.
fn splice(random: &mut XorShift, lines: &[Vec<&str>]) -> String {
    let mut line = random.pick(lines).clone();
    for _ in 0..=random.next() % 3 {
        let Some(at) = usize::try_from(random.next()).ok().and_then(|number| number.checked_rem(line.len()))
        else {
            break;
        };
        let donor = random.pick(lines);
        match random.next() % 4 {
            0 => drop(line.remove(at)),
            1 if !donor.is_empty() => line[at] = random.pick::<&str>(donor),
            2 if !donor.is_empty() => line.insert(at, random.pick::<&str>(donor)),
            _ => line.insert(at, random.pick::<&str>(&SEPARATORS)),
        }
    }
    let glue = if random.next().is_multiple_of(8) { *random.pick::<&str>(&SEPARATORS) } else { " " };
    line.join(glue)
}

#[test]
fn what_is_admitted_of_spliced_lines_is_one_query() {
    let gate = Gate::new(Policy { schemas: vec!["analytics".to_owned(), "kpi".to_owned()], plans: false });
    let corpus = include_str!("attacks.tsv").lines().filter(|line| !line.starts_with('#'));
    let lines: Vec<Vec<&str>> = corpus.filter_map(|line| line.splitn(3, '\t').nth(2)).map(pieces).collect();
    let mut random = XorShift(SEED);
    let mut admitted_count = 0;
    for _ in 0..ROUNDS {
        let text = splice(&mut random, &lines);
        let Ok(admitted) = gate.admit(&text) else { continue };
        admitted_count += 1;
        assert!(text.contains(admitted.sql()), "{text}");
        for (wrapped, kind) in [
            (admitted.sql().to_owned(), "itself"),
            (format!("select * from ({}) q", admitted.sql()), "a sub-query"),
            (format!("declare c no scroll cursor for {}", admitted.sql()), "a cursor"),
        ] {
            let tree =
                pg_query::parse(&wrapped, 0).unwrap_or_else(|error| panic!("as {kind}: {error}: {text}"));
            let [statement] = &tree.protobuf.stmts[..] else { panic!("as {kind}: {text}") };
            let node = statement.stmt.as_ref().and_then(|node| node.node.as_ref());
            assert!(
                matches!(node, Some(NodeEnum::SelectStmt(_) | NodeEnum::DeclareCursorStmt(_))),
                "as {kind}: {text}"
            );
        }
        let again = gate.admit(admitted.sql()).expect("what was admitted is admitted again");
        assert_eq!(again, admitted);
    }
    // Splices mostly break a statement; enough must survive for the assertions to mean something.
    assert!(admitted_count > ROUNDS / 50, "only {admitted_count} of {ROUNDS} were admitted");
}
