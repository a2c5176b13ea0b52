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
        assert!(refusal.position.is_none_or(|position| sql.is_char_boundary(position)), "{sql}: {refusal:?}");
    }
}
