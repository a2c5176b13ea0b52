//! What gives another value each time, although no data changed.

use pg_query::protobuf::String as Text;
use pg_query::protobuf::a_const::Val;

/// Functions of the list that read the clock or draw numbers.
const CHANGING: [&str; 7] = [
    "clock_timestamp",
    "gen_random_uuid",
    "now",
    "random",
    "random_normal",
    "statement_timestamp",
    "transaction_timestamp",
];
/// Words that mean an hour of the clock where a text becomes a date or a time.
const HOURS: [&str; 4] = ["now", "today", "tomorrow", "yesterday"];

/// Whether a call of `name`, a function of the list, gives the same each time.
pub(super) fn call(name: &str, arguments: usize) -> bool {
    // With one argument it reckons from today.
    !CHANGING.contains(&name) && (name, arguments) != ("age", 1)
}

/// Whether a literal means the same each time. What it becomes the tree need not say, as in
/// `day > 'yesterday'`, so each that holds such a word is taken for an hour.
pub(super) fn constant(value: Option<&Val>) -> bool {
    let Some(Val::Sval(Text { sval })) = value else { return true };
    let is_hour = |word: &str| HOURS.iter().any(|hour| word.eq_ignore_ascii_case(hour));
    // The server's reader of dates divides letters from digits: `today10:00`.
    !sval.split(|c: char| !c.is_ascii_alphabetic()).any(is_hour)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions;

    #[test]
    fn each_name_is_one_that_the_gate_admits() {
        assert!(CHANGING.iter().all(|name| functions::only_computes(name)));
    }
}
