//! `EXPLAIN`, as a statement of the caller's and as one made from an admitted query.

use mg_gate::{Kind, Plan, PlanFormat, RefusalCode};

use crate::gate;

#[test]
fn explain_is_admitted_as_it_was_written() {
    for sql in [
        "explain select a from t",
        "EXPLAIN VERBOSE select a from t",
        "explain (ANALYZE false) select a from t",
        "explain /* x */ (analyze off, costs off, verbose, summary on, format json) -- y\n select a from t",
        "explain (analyze 0, format 'yaml') table t",
        "explain (analyse false, format TEXT) (select 1) union select 2",
        "explain with a as (select 1) table a",
    ] {
        let admitted = gate().admit(&format!("-- head\n{sql} ; -- tail")).expect(sql);
        assert_eq!((admitted.kind(), admitted.sql()), (Kind::Explain, sql));
    }
    let admitted = gate().admit("explain select * from a, kpi.value").expect("a plan");
    let relations: Vec<_> = admitted.relations().iter().map(ToString::to_string).collect();
    assert_eq!(relations, ["a", "kpi.value"]);
}

#[test]
fn nothing_explained_runs() {
    for (sql, code) in [
        ("explain analyze select 1", RefusalCode::Analyze),
        ("explain analyse verbose select 1", RefusalCode::Analyze),
        ("explain (analyze) select 1", RefusalCode::Analyze),
        ("explain (analyze true) select 1", RefusalCode::Analyze),
        ("explain (analyze 'on') select 1", RefusalCode::Analyze),
        ("explain (analyze 1) select 1", RefusalCode::Analyze),
        ("explain (analyze 0.0) select 1", RefusalCode::Analyze),
        ("explain (analyze maybe) select 1", RefusalCode::Analyze),
        ("explain (\"analyze\") select 1", RefusalCode::Analyze),
        ("explain (U&\"an\\0061lyze\") select 1", RefusalCode::Analyze),
        ("explain (analyze false, analyze true) select 1", RefusalCode::Analyze),
        ("explain (analyze, analyze false) select 1", RefusalCode::Analyze),
        ("explain (\"ANALYZE\") select 1", RefusalCode::NotAllowed),
        ("explain (settings on) select 1", RefusalCode::NotAllowed),
        ("explain (generic_plan) select 1", RefusalCode::NotAllowed),
        ("explain (format xml) select 1", RefusalCode::NotAllowed),
        ("explain (format) select 1", RefusalCode::NotAllowed),
        ("explain (costs maybe) select 1", RefusalCode::NotAllowed),
        ("explain (costs (select 1)) select 1", RefusalCode::Syntax),
        ("explain (analyze false) (analyze true) select 1", RefusalCode::Syntax),
        ("explain explain select 1", RefusalCode::Syntax),
        ("explain show timezone", RefusalCode::Syntax),
        ("explain delete from t", RefusalCode::Writes),
        ("explain execute p", RefusalCode::NotAQuery),
        ("explain declare c cursor for select 1", RefusalCode::NotAQuery),
        ("explain refresh materialized view v", RefusalCode::NotAQuery),
        ("explain create table t as select 1", RefusalCode::NotAQuery),
        ("explain with d as (delete from t returning 1) select * from d", RefusalCode::Writes),
        ("explain select pg_sleep(9)", RefusalCode::Function),
        ("explain select 1; select 2", RefusalCode::ManyStatements),
        ("explain", RefusalCode::Syntax),
        ("explain (", RefusalCode::Syntax),
        ("explain (analyze false)", RefusalCode::Syntax),
    ] {
        assert_eq!(gate().admit(sql).expect_err(sql).code, code, "{sql}");
    }
}

#[test]
fn the_plan_of_a_query_is_asked_for_in_front_of_its_own_words() {
    let admitted = gate().admit("/* x */ (select 1) union select 2;").expect("a query");
    for (analyze, format, prefix) in [
        (false, PlanFormat::Json, "explain (format json) "),
        (false, PlanFormat::Text, "explain (format text) "),
        (true, PlanFormat::Json, "explain (analyze, buffers, format json) "),
        (true, PlanFormat::Text, "explain (analyze, buffers, format text) "),
    ] {
        let explained = admitted.explain(Plan { analyze, format }).expect("a query has a plan");
        assert_eq!(explained.sql(), format!("{prefix}{}", admitted.sql()));
    }
}

#[test]
fn only_a_query_has_a_plan() {
    for sql in ["explain select 1", "show timezone"] {
        let admitted = gate().admit(sql).expect(sql);
        assert_eq!(admitted.explain(Plan::default()), None, "{sql}");
        assert_eq!(gate().admit_query(sql).expect_err(sql).code, RefusalCode::NotAQuery, "{sql}");
    }
    assert_eq!(gate().admit_query("select 1").expect("a query").kind(), Kind::Query);
}
