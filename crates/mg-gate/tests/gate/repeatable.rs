//! What an admitted statement tells to those who would ask it again: its order, and whether it
//! gives the same rows.

use mg_gate::Admitted;

use crate::gate;

fn admitted(text: &str) -> Admitted {
    gate().admit(text).unwrap_or_else(|refusal| panic!("{text}: {refusal}"))
}

#[test]
fn an_order_of_the_whole_query_is_an_order() {
    for text in [
        "select a from t order by a",
        "select a from t order by a desc nulls last limit 5 offset 2",
        "select a, count(*) from t group by a order by 2, 1;",
        "values (2), (1) order by 1",
        "table t order by a",
        "select a from t union all select b from u order by 1",
        "(select a from t) except (select b from u order by b) order by a",
        "(select a from t order by a)",
        "((select a from t order by a) limit 3)",
        "with c as (select 1 as n) select n from c order by n",
        "with recursive c(n) as (select 1 union all select n + 1 from c where n < 9) table c order by 1",
    ] {
        assert!(admitted(text).is_ordered(), "{text}");
    }
}

#[test]
fn an_order_inside_of_it_is_none() {
    for text in [
        "select a from t",
        "select a from (select a from t order by a) q",
        "with c as (select a from t order by a) select a from c",
        "(select a from t order by a) union (select b from u order by b)",
        "select a, (select b from u order by b limit 1) from t",
        "select array_agg(a order by a), rank() over (order by a) from t group by a",
        "select percentile_cont(0.5) within group (order by a) from t",
        "explain select a from t order by a",
        "show timezone",
    ] {
        assert!(!admitted(text).is_ordered(), "{text}");
    }
}

#[test]
fn what_neither_reads_the_clock_nor_draws_numbers_is_repeatable() {
    for text in [
        "select a, upper(b), age(c, d), sum(e) over (order by a) from t where a = 'inconnow'",
        "select date '2026-11-21', timestamp '2026-11-21 10:00', interval '1 day'",
        "select now, t.random from t",
        "select date_trunc('month', a), make_date(2026, 11, 21) from t",
        "select a from t tablesample bernoulli (10) repeatable (1)",
        "values (1), (2)",
    ] {
        assert!(admitted(text).is_repeatable(), "{text}");
    }
}

#[test]
fn what_does_so_anywhere_is_not() {
    for text in [
        "select random()",
        "select a from t order by random()",
        "select a from t where b < pg_catalog.now()",
        "select a from t where b < Now() - interval '1 year'",
        "select \"clock_timestamp\"()",
        "select x.* from (select gen_random_uuid() as id) x order by 1",
        "with c as (select random_normal() as n) select n from c order by n",
        "select a from t order by (select statement_timestamp())",
        "select a from t limit 1 + (random() * 5)::int",
        "select sum(a) filter (where b < transaction_timestamp()) from t",
        "select count(*) over (order by a + random()) from t",
        "select current_date",
        "select a from t where b < current_timestamp(0)",
        "select localtime, localtimestamp",
        "select age(a) from t",
        "select date 'today'",
        "select a from t where b > 'Yesterday'",
        "select 'NOW'::timestamptz, a from t",
        "select timestamp 'tomorrow10:30'",
        "select '[2026-01-01,today)'::daterange",
        "select a from t tablesample system (10)",
        "explain select now()",
    ] {
        assert!(!admitted(text).is_repeatable(), "{text}");
    }
}
