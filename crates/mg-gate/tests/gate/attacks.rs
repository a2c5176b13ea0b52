//! Each line of the attack corpus gets its verdict.

use crate::{ATTACKS, corpus, gate};

#[test]
fn each_attack_gets_its_verdict() {
    let gate = gate();
    let wrong: Vec<String> = corpus(ATTACKS)
        .into_iter()
        .filter_map(|[class, verdict, sql]| {
            let given = gate.admit(sql).map_or_else(|refusal| refusal.code.as_str(), |_| "admit");
            (given != verdict).then(|| format!("{class}: {given}, not {verdict}: {sql}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_refusal_tells_what_and_what_to_do() {
    let gate = gate();
    for [_, _, sql] in corpus(ATTACKS) {
        let Err(refusal) = gate.admit(sql) else { continue };
        assert!(refusal.message.ends_with('.'), "{sql}: {}", refusal.message);
        assert!(!refusal.hint.is_empty(), "{sql}");
        assert_eq!(refusal.to_string(), refusal.message);
        match (refusal.position, &refusal.part) {
            (Some(position), Some(part)) => {
                assert!(sql[position..].starts_with(part), "{sql}: {refusal:?}");
                assert!((1..=60).contains(&part.chars().count()), "{sql}: {refusal:?}");
            }
            (position, part) => {
                assert!(part.is_none() && position.is_none_or(|at| at >= sql.len()), "{sql}: {refusal:?}");
                let has_no_part = ["empty", "syntax_error", "too_deep"].contains(&refusal.code.as_str());
                assert!(has_no_part, "{sql}: {refusal:?}");
            }
        }
    }
}
