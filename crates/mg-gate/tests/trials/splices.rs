//! Corpus lines, cut and spliced at their tokens.

use crate::random::Random;
use crate::{alone, corpus, gate, rounds, tried};

const SEED: u64 = 0x4d61_726e_6520_2620;

/// Pieces that change how what follows is read.
const SEPARATORS: [&str; 12] =
    [" ", "", "\n", "--", "-- x\n", "/*", "*/", "'", "\"", "$$", ";", ") q; select 1 from ("];

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
fn splice(random: &mut Random, lines: &[Vec<&str>]) -> String {
    let mut line = random.pick(lines).clone();
    for _ in 0..=random.below(3) {
        if line.is_empty() {
            break;
        }
        let at = random.below(line.len());
        let donor = random.pick(lines);
        match random.below(4) {
            0 => drop(line.remove(at)),
            1 if !donor.is_empty() => line[at] = random.pick::<&str>(donor),
            2 if !donor.is_empty() => line.insert(at, random.pick::<&str>(donor)),
            _ => line.insert(at, random.pick::<&str>(&SEPARATORS)),
        }
    }
    let glue = if random.below(8) == 0 { *random.pick::<&str>(&SEPARATORS) } else { " " };
    line.join(glue)
}

#[test]
fn what_is_admitted_of_spliced_lines_is_one_statement() {
    alone(|| {
        let gate = gate();
        let lines: Vec<Vec<&str>> = corpus().map(pieces).collect();
        let mut random = Random::new(SEED);
        let rounds = rounds(6_000, 300_000);
        let mut admitted_count = 0;
        for _ in 0..rounds {
            let Some(admitted) = tried(&gate, &splice(&mut random, &lines)) else { continue };
            admitted_count += 1;
            let again = gate.admit(admitted.sql()).expect("what was admitted is admitted again");
            assert_eq!(again, admitted);
        }
        // Splices mostly break a statement; enough must survive for the checks to mean something.
        assert!(admitted_count > rounds / 50, "only {admitted_count} of {rounds} were admitted");
    });
}
