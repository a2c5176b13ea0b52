//! `EXPLAIN`, where the policy admits it.

use mg_gate::RefusalCode;

use crate::{gate, gate_with};

#[test]
fn an_explained_query_is_marked_and_handed_out_bare() {
    for sql in [
        "explain select a from t",
        "EXPLAIN (ANALYZE false) select a from t;",
        "explain /* x */ (analyze off) -- y\n select a from t -- z",
    ] {
        let admitted = gate_with(true).admit(sql).expect(sql);
        assert!(admitted.wants_plan());
        assert_eq!(admitted.sql(), "select a from t");
    }
    let admitted =
        gate_with(true).admit("explain (select 1) union select 2").expect("a query in parentheses");
    assert_eq!(admitted.sql(), "(select 1) union select 2");
    assert!(!gate_with(true).admit("select 1").expect("a query").wants_plan());
}

#[test]
fn nothing_explained_runs() {
    for (sql, code) in [
        ("explain analyze select 1", RefusalCode::NotAQuery),
        ("explain (analyze) select 1", RefusalCode::NotAQuery),
        ("explain (analyze true) select 1", RefusalCode::NotAQuery),
        ("explain (analyze false, analyze true) select 1", RefusalCode::NotAQuery),
        ("explain (settings on) select 1", RefusalCode::NotAQuery),
        ("explain (analyze false) (analyze true) select 1", RefusalCode::Syntax),
        ("explain explain select 1", RefusalCode::NotAQuery),
        ("explain delete from t", RefusalCode::NotAQuery),
        ("explain execute p", RefusalCode::NotAQuery),
        ("explain create table t as select 1", RefusalCode::NotAQuery),
        ("explain with d as (delete from t returning 1) select * from d", RefusalCode::Writes),
        ("explain select pg_sleep(9)", RefusalCode::Function),
        ("explain select 1; select 2", RefusalCode::ManyStatements),
        ("explain", RefusalCode::Empty),
        ("explain (", RefusalCode::Syntax),
        ("explain (analyze false)", RefusalCode::Empty),
    ] {
        assert_eq!(gate_with(true).admit(sql).expect_err(sql).code, code, "{sql}");
    }
}

#[test]
fn plans_are_refused_by_default_of_the_platform() {
    assert_eq!(gate().admit("explain select 1").expect_err("a plan").code, RefusalCode::NotAQuery);
}
