//! Deep nesting ends in a refusal, on a small stack too, and never in a crash.

use std::thread;

use mg_gate::{MAX_SQL_BYTES, RefusalCode};

use crate::gate;

/// A statement with `part` as often as the text may be long, between `head` and `tail`.
fn nested(head: &str, part: &str, middle: &str, end: &str) -> String {
    let times = (MAX_SQL_BYTES - head.len() - middle.len()) / (part.len() + end.len());
    format!("{head}{}{middle}{}", part.repeat(times), end.repeat(times))
}

#[test]
fn deep_statements_are_refused_on_a_small_stack() {
    let deep = [
        nested("select ", "(", "1", ")"),
        nested("select ", "((select ", "1", "))"),
        nested("", "(", "select 1", ")"),
        nested("select ", "1+", "1", ""),
        nested("select ", "1||(", "1", ")"),
        nested("select ", "- ", "a", ""),
        nested("select ", "not ", "a", ""),
        nested("select ", "abs(", "1", ")"),
        nested("select ", "array[", "1", "]"),
        nested("select ", "case when true then ", "1", " end"),
        nested("select a", "::int", "", ""),
        nested("select (a", "[1]", ")::int", "::text"),
        nested("select a", " is null", "", ""),
        nested("select 1", " union select 1", "", ""),
        nested("select * from ", "(select * from ", "t", ") q"),
        nested("select * from a", " join a on true", "", ""),
        nested("select * from ", "(a join ", "t", " on true)"),
        nested("select 1 group by ", "rollup(", "a", ")"),
        nested("", "with a as (", "select 1", ") select 1"),
        nested("select ", "row(", "1", ")"),
        nested("select a = any(", "array[", "1", "]"),
    ];
    let verdicts = thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(move || {
            deep.map(|sql| (gate().admit(&sql).err().map(|refusal| refusal.code), sql[..40].to_owned()))
        })
        .expect("a thread starts")
        .join()
        .expect("nothing overflows");
    for (code, sql) in verdicts {
        assert!(
            matches!(code, Some(RefusalCode::TooDeep | RefusalCode::TooMuch))
                || sql.starts_with("select a[1]"),
            "{code:?}: {sql}"
        );
    }
}

#[test]
fn what_people_nest_is_not_too_deep() {
    for sql in [
        format!("select {}", vec!["a"; 40].join(" || ")),
        format!("select 1 where {}", vec!["a = 1"; 500].join(" or ")),
        format!("select a in ({})", vec!["'77243'"; 5_000].join(", ")),
        format!("select * from a {}", "join b using (code) ".repeat(30)),
        format!("select {}1{}", "abs(".repeat(30), ")".repeat(30)),
        format!("select * from {}t{}", "(select * from ".repeat(12), ") q".repeat(12)),
    ] {
        if let Err(refusal) = gate().admit(&sql) {
            panic!("{refusal} {}", &sql[..60]);
        }
    }
}

/// The deepest trees that are still decoded are the ones that take stack.
#[test]
fn whatever_the_depth_there_is_a_verdict() {
    for times in 1..=110 {
        for (part, end) in
            [(" join a on true", ""), (" union select 1 from a", ""), (" where a in (select 1 from a", ")")]
        {
            let sql = format!("select 1 from a{}{}", part.repeat(times), end.repeat(times));
            let code = gate().admit(&sql).err().map(|refusal| refusal.code);
            assert!(
                matches!(code, None | Some(RefusalCode::TooDeep | RefusalCode::TooMuch)),
                "{times}: {code:?}"
            );
        }
    }
}
