//! A grammar of queries with a hole wherever an expression or a function in `FROM` can stand.
//! With something harmless in the hole they are admitted; with a bad call, however it is
//! spelled, they never are.

use crate::random::Random;
use crate::{alone, gate, rounds, tried};

const SEED: u64 = 0x6f69_7265_2037_3700;

/// Statements with an expression at `@`.
const STATEMENTS: [&str; 44] = [
    "select @",
    "select all @ as x",
    "select distinct on (@) 1",
    "select 1 from t where @ is null",
    "select 1 from t group by @",
    "select 1 from t group by rollup (a, @)",
    "select 1 from t group by cube ((a, @))",
    "select 1 from t group by grouping sets ((a), (@))",
    "select 1 from t having @ is not null",
    "select 1 from t order by @ desc nulls last",
    "select 1 from t order by @ using operator(pg_catalog.<)",
    "select 1 limit @",
    "select 1 offset @",
    "select 1 fetch first (@) rows only",
    "values (1), (@)",
    "select * from (values (@)) v(a)",
    "select * from (select @) q",
    "select * from t, lateral (select @) q",
    "select 1 from a join b on @ is null",
    "select 1 from (a left join b on @ is null) cross join c",
    "with q as (select @) table q",
    "with q as materialized (values (@)) table q",
    "with recursive q(n) as (select 1 union all select @ from q) table q",
    "with recursive q(n) as (select @) search depth first by n set o table q",
    "with recursive q(n) as (select @) cycle n set c using p table q",
    "with recursive q(n) as (select 1) cycle n set c to 1 default 0 using p select @ from q",
    "select 1 union all select @",
    "select @ intersect select 1 order by 1",
    "(select 1) except (select @)",
    "select sum(a) over (partition by @) from t",
    "select sum(a) over (order by @ rows between @ preceding and current row) from t",
    "select sum(a) over w from t window w as (partition by b order by @)",
    "select count(*) filter (where @ is null) from t",
    "select string_agg(a, ',' order by @) from t",
    "select percentile_cont(@) within group (order by a) from t",
    "select mode() within group (order by @) from t",
    "select 1 from t tablesample system (@)",
    "select 1 from t tablesample bernoulli (1) repeatable (@)",
    "select * from generate_series(1, (@)) g",
    "select * from rows from (unnest(array[@]), jsonb_to_record(@) as (a int)) r",
    "select * from unnest(@) with ordinality u(a, n)",
    "explain select @",
    "explain (costs off, format json) values (@)",
    "select 1 where exists (select from t where a = any (select @))",
];

/// Expressions with an expression at `@`.
const EXPRESSIONS: [&str; 39] = [
    "(@)",
    "- @",
    "not @",
    "1 + @",
    "@ || 'x'",
    "1 operator(pg_catalog.+) @",
    "@ is null",
    "@ is not true",
    "@ is distinct from 1",
    "@ between 0 and 1",
    "1 between symmetric @ and 2",
    "1 in (2, @)",
    "1 not in (select @)",
    "1 = any (array[@])",
    "1 < all (select @)",
    "@ like 'a' escape 'b'",
    "'a' similar to @",
    "'a' ilike @",
    "case when @ is null then 1 end",
    "case @ when 1 then 2 else 3 end",
    "case when true then 1 else @ end",
    "coalesce(null, @)",
    "nullif(@, 1)",
    "greatest(1, @)",
    "row(1, @)",
    "(1, @)",
    "array[[@]]",
    "array(select @)",
    "(select @)",
    "exists (select @)",
    "(array[1])[@]",
    "(array[1])[@:]",
    "@::text",
    "cast(@ as numeric(10, 2))",
    "@ collate \"C\"",
    "@ at time zone 'UTC'",
    "extract(year from @)",
    "make_date(year => @, month => 1, day => 1)",
    "concat(variadic array[@])",
];

/// Statements with a call at `#`, where only a call can stand.
const CALLS: [&str; 12] = [
    "select * from #",
    "select * from # as f(a)",
    "select * from # with ordinality",
    "select * from t, lateral # f",
    "select * from t cross join # f",
    "select * from t left join # f on true",
    "select * from rows from (#) f",
    "select * from rows from (abs(1), #) f",
    "select # over () from t",
    "select # over (partition by a) from t",
    "select # filter (where true) from t",
    "explain select * from #",
];

const BAD_CALLS: [(&str, &str); 24] = [
    ("pg_sleep", "(9)"),
    ("pg_sleep_for", "('9 s')"),
    ("set_config", "('role', 'x', false)"),
    ("current_setting", "('data_directory')"),
    ("pg_read_file", "('x')"),
    ("pg_ls_dir", "('.')"),
    ("pg_stat_file", "(filename => 'x')"),
    ("query_to_xml", "('select 1', true, true, '')"),
    ("cursor_to_xml", "('c', 1, true, true, '')"),
    ("ts_stat", "('select 1')"),
    ("ts_rewrite", "('a'::tsquery, 'select 1')"),
    ("pg_terminate_backend", "(1)"),
    ("pg_advisory_lock", "(1, 2)"),
    ("pg_try_advisory_xact_lock", "(1)"),
    ("pg_notify", "('a', 'b')"),
    ("lo_import", "('/x')"),
    ("lo_from_bytea", "(0, 'x')"),
    ("nextval", "('s')"),
    ("setval", "('s', 1)"),
    ("txid_current", "()"),
    ("version", "()"),
    ("dblink", "('', 'select 1')"),
    ("json_populate_record", "(null, '{}')"),
    ("to_regclass", "('t')"),
];

/// What does harm or tells too much without being a call.
const BAD_EXPRESSIONS: [&str; 10] = [
    "'x'::regclass",
    "array['x']::pg_catalog.regrole[]",
    "1 operator(kpi.+) 2",
    "1 operator(\"public\".=) any (array[1])",
    "(9.0::float8).pg_sleep",
    "('x' collate kpi.c)",
    "current_user",
    "$1",
    "(select x from mg.token)",
    "(with d as (delete from t returning 1) select 1 from d)",
];

/// A bad call, its name spelled in one of the ways that mean the same.
fn bad_call(random: &mut Random) -> String {
    let (name, arguments) = *random.pick(&BAD_CALLS);
    let name = match random.below(6) {
        0 => name.to_owned(),
        1 => name.to_uppercase(),
        2 => format!("\"{name}\""),
        3 => escaped(name, random.below(name.len()), '\\', ""),
        4 => escaped(name, random.below(name.len()), '!', " uescape '!'"),
        _ => name.chars().rev().fold(String::new(), |rest, c| format!("{}{rest}", either_case(random, c))),
    };
    let schema = *random.pick(&["", "", "pg_catalog.", "\"pg_catalog\".", "kpi.", "PG_CATALOG . "]);
    let gap = *random.pick(&["", "", " ", "\n", "/**/", "--\n"]);
    format!("{schema}{name}{gap}{arguments}")
}

/// `name` in Unicode quotes with the character at `at` as an escape.
fn escaped(name: &str, at: usize, escape: char, tail: &str) -> String {
    let code = u32::from(name.as_bytes()[at]);
    format!("U&\"{}{escape}{code:04x}{}\"{tail}", &name[..at], &name[at + 1..])
}

fn either_case(random: &mut Random, c: char) -> char {
    if random.below(2) == 0 { c.to_ascii_uppercase() } else { c }
}

fn bad_expression(random: &mut Random) -> String {
    if random.below(4) == 0 { (*random.pick(&BAD_EXPRESSIONS)).to_owned() } else { bad_call(random) }
}

/// A statement with holes, which are all to be filled with the same: as `@` or as `#`.
fn frame(random: &mut Random) -> String {
    if random.below(5) == 0 {
        return (*random.pick(&CALLS)).to_owned();
    }
    let mut frame = (*random.pick(&STATEMENTS)).to_owned();
    for _ in 0..random.below(4) {
        let inner = format!("({})", random.pick(&EXPRESSIONS));
        frame = frame.replace('@', &inner);
    }
    frame
}

#[test]
fn a_bad_call_is_refused_wherever_it_stands() {
    alone(|| {
        let gate = gate();
        let mut random = Random::new(SEED);
        for _ in 0..rounds(5_000, 250_000) {
            let frame = frame(&mut random);
            let harmless = frame.replace('@', "(abs(a))").replace('#', "abs(a)");
            assert!(tried(&gate, &harmless).is_some(), "{:?}: {harmless}", gate.admit(&harmless));
            let bad = if frame.contains('#') {
                frame.replace('#', &bad_call(&mut random))
            } else {
                frame.replace('@', &format!("({})", bad_expression(&mut random)))
            };
            assert!(tried(&gate, &bad).is_none(), "admitted: {bad}");
        }
    });
}
