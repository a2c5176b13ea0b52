//! What an admitted statement and a refusal tell.

use mg_gate::{MAX_SQL_BYTES, RefusalCode};

use crate::gate;

fn sql_of(text: &str) -> String {
    gate().admit(text).unwrap_or_else(|refusal| panic!("{text}: {refusal}")).sql().to_owned()
}

fn relations_of(text: &str) -> Vec<String> {
    let admitted = gate().admit(text).unwrap_or_else(|refusal| panic!("{text}: {refusal}"));
    admitted.relations().iter().map(ToString::to_string).collect()
}

#[test]
fn comments_and_semicolons_around_the_statement_are_cut_off() {
    for text in [
        "select a from t",
        "  select a from t  ",
        "select a from t;",
        "select a from t ; ; \n",
        "select a from t -- tail",
        "select a from t -- tail ;\n; -- more\n",
        "select a from t; -- tail",
        "select a from t /* tail */ ; /* nested /* tail */ */",
        "-- head\n/* head; */ select a from t\r\n",
        "\u{b}\u{c}\tselect a from t\u{c}",
        "select a from t--",
    ] {
        assert_eq!(sql_of(text), "select a from t", "{text:?}");
    }
}

#[test]
fn what_is_inside_the_statement_stays_as_it_was_written() {
    for text in [
        "select a -- one\n, b /* two; */ from t",
        "select ';', '--', '/*', E'\\';--', U&'\\0041;'",
        "select $$; -- $$, $t$ $$ ; $t$",
        "select 'one'\n 'two'",
        "select 'one' -- between\n 'two'",
        "select U&\"d\\0061t\\0061\" from t",
        "select U&'d!0061' uescape '!'",
        "select U&\"d!0061\" uescape '!' from t",
        "select \"été;\" as \"--\", 'é', prénom from \"tëst\"",
        "select prix_m²",
        "(select 1) union (select 2)",
        "values (1), (2)",
        "table fact_permis",
        "with r as (select 1 n) select n from r",
        "select b'101', x'1F', 1.5e3, .5, 1.",
    ] {
        assert_eq!(sql_of(text), text);
        assert_eq!(sql_of(&format!("/*é*/ {text} -- é\n;")), text);
    }
}

#[test]
fn a_blank_of_unicode_belongs_to_the_name_before_it() {
    assert_eq!(sql_of("select 1 as a\u{a0}"), "select 1 as a\u{a0}");
}

#[test]
fn an_admitted_statement_may_stand_in_parentheses() {
    for text in
        ["select 1 --", "select 1 -- x", "select '--'", "select 1 /* /* */ */", "select 1;--", "table t\n--"]
    {
        let wrapped = format!("select * from ({}) q", sql_of(text));
        assert_eq!(sql_of(&wrapped), wrapped);
    }
}

#[test]
fn relations_are_told_once_without_names_of_with() {
    assert_eq!(
        relations_of("select * from kpi.value v join fact_permis using (commune) join kpi.value w on true"),
        ["kpi.value", "fact_permis"]
    );
    assert_eq!(relations_of("with a as (table b), c as (table a) select * from a, c, d"), ["b", "d"]);
    assert_eq!(
        relations_of("select 1 where exists (select from a where x in (select y from b))"),
        ["a", "b"]
    );
    assert_eq!(relations_of("with a as (select 1) select * from kpi.a"), ["kpi.a"]);
    assert_eq!(relations_of("select 1"), Vec::<String>::new());
}

#[test]
fn names_of_with_are_seen_where_postgres_sees_them() {
    // Not in its own body, unless recursive; not before it stands; not outside of its query.
    assert_eq!(relations_of("with a as (table a) table a"), ["a"]);
    assert_eq!(relations_of("with recursive a as (select 1 union table a) table a"), Vec::<String>::new());
    assert_eq!(relations_of("with a as (table b), b as (select 1) table a"), ["b"]);
    assert_eq!(relations_of("with recursive a as (table b), b as (select 1) table a"), Vec::<String>::new());
    assert_eq!(relations_of("select * from (with a as (select 1) table a) q, a"), ["a"]);
    assert_eq!(relations_of("with a as (select 1) select * from (select * from a) q"), Vec::<String>::new());
}

#[test]
fn a_refusal_points_at_the_part() {
    for (text, part) in [
        ("/*é*/ select 1, pg_sleep(9)", "pg_sleep"),
        ("select a from t where a = $1", "$1"),
        ("select 1; select 2", "; select"),
        ("  drop table t", "drop"),
        ("select * from kpi.value, mg.token", "mg.token"),
        ("select 'é', 'x'::regclass", "regclass"),
        ("with a as (select 1), d as (delete from t returning 1) select 1", "d as (delete"),
        ("select f.pg_sleep from abs(1) f", "f.pg_sleep"),
        ("select 1, repeat('x', 99999)", "repeat"),
        ("select 1, 1 operator(kpi.+) 2", "operator"),
    ] {
        let refusal = gate().admit(text).expect_err(text);
        assert_eq!(refusal.position, text.find(part), "{text}: {refusal:?}");
    }
}

#[test]
fn texts_that_are_no_texts_for_sql_are_refused() {
    let refused = |text: &str| gate().admit(text).expect_err("no statement");
    let nul = refused("select 1\0");
    assert_eq!((nul.code, nul.position), (RefusalCode::NulByte, Some(8)));
    assert_eq!(refused(" \n ").code, RefusalCode::Empty);

    let longest = format!("select '{}'", "x".repeat(MAX_SQL_BYTES - 9));
    assert_eq!(longest.len(), MAX_SQL_BYTES);
    assert_eq!(sql_of(&longest), longest);
    assert_eq!(refused(&format!("{longest} ")).code, RefusalCode::TooLong);
}
