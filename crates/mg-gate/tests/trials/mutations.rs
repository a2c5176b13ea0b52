//! Corpus lines with characters changed, cut, quoted, commented out, nested; and plain noise.

use crate::random::Random;
use crate::{alone, corpus, gate, rounds, tried};

const SEED: u64 = 0x6574_2047_6f6e_6469;

/// Characters and pieces that mean something to the scanner, or look as if they did.
const PIECES: [&str; 32] = [
    "'", "\"", "$$", "$a$", "--", "/*", "*/", ";", "(", ")", "[", "]", "\\", "U&", "E'", "\n", "\r", "\t",
    "\u{b}", "\u{a0}", "\u{feff}", "\u{200b}", "é", "е", "🏠", "::", ".", ",", "*", "$1", "0", "1e9",
];

/// What a statement can be put into, at `@`.
const FRAMES: [&str; 12] = [
    "(@)",
    "select * from (@) q",
    "with q as (@) select * from q",
    "with recursive q as (@ union all @) table q",
    "explain @",
    "explain (analyze false) @",
    "select 1 where exists (@)",
    "@ union all @",
    "/* @ */ select 1",
    "-- @\nselect 1",
    "select $$@$$",
    "@; @",
];

fn mutate(random: &mut Random, lines: &[&str]) -> String {
    let mut text = (*random.pick(lines)).to_owned();
    for _ in 0..=random.below(3) {
        let at = boundary(random, &text);
        match random.below(8) {
            0 => text.truncate(at),
            1 => text.drain(..at).for_each(drop),
            2 | 3 => text.insert_str(at, random.pick::<&str>(&PIECES)),
            4 => {
                let end = boundary(random, &text);
                text.replace_range(at.min(end)..at.max(end), "");
            }
            5 => text = swapped_case(&text, at),
            6 => text = random.pick::<&str>(&FRAMES).replace('@', &text),
            _ => text = quoted_word(random, &text),
        }
    }
    text
}

/// A place between two characters of `text`, or at its ends.
fn boundary(random: &mut Random, text: &str) -> usize {
    let at = random.below(text.len() + 1);
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn swapped_case(text: &str, from: usize) -> String {
    let (head, tail) = text.split_at(from);
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    head.chars().chain(tail.chars().map(swap)).collect()
}

/// `text` with one of its words in quotes.
fn quoted_word(random: &mut Random, text: &str) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let at = random.below(words.len());
    let (open, close) =
        *random.pick(&[("\"", "\""), ("'", "'"), ("U&\"", "\""), ("E'", "'"), ("$x$", "$x$")]);
    words[at] = format!("{open}{}{close}", words[at]);
    words.join(" ")
}

/// Up to sixty bytes of anything, as far as they are text.
fn noise(random: &mut Random) -> String {
    let bytes: Vec<u8> =
        (0..random.below(60)).map(|_| u8::try_from(random.below(256)).expect("a byte")).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn what_is_admitted_of_mutated_lines_is_one_statement() {
    alone(|| {
        let gate = gate();
        let lines: Vec<&str> = corpus().collect();
        let mut random = Random::new(SEED);
        let rounds = rounds(10_000, 500_000);
        let mut admitted_count = 0;
        for round in 0..rounds {
            let text = if round % 16 == 0 { noise(&mut random) } else { mutate(&mut random, &lines) };
            admitted_count += usize::from(tried(&gate, &text).is_some());
        }
        assert!(admitted_count > rounds / 50, "only {admitted_count} of {rounds} were admitted");
    });
}

#[test]
fn a_line_cut_at_any_byte_gets_a_verdict() {
    alone(|| {
        let gate = gate();
        for line in corpus() {
            for end in (0..line.len()).filter(|end| line.is_char_boundary(*end)) {
                tried(&gate, &line[..end]);
            }
        }
    });
}
