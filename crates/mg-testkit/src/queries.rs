//! Queries over the platform's own tables, made by a grammar from a seed: ordinary SQL that the
//! gate admits and that mostly runs, in shapes that nobody would think of writing.

mod expression;
mod random;

use self::expression::{Column, Kind};
use self::random::Random;

/// `count` queries; the same for the same seed.
pub fn queries(seed: u64, count: usize) -> impl Iterator<Item = String> {
    let mut random = Random::new(seed);
    (0..count).map(move |_| statement(&mut random))
}

const TABLES: [(&str, &[(&str, Kind)]); 9] = [
    (
        "analytics.dim_commune",
        &[
            ("code_commune", Kind::Text),
            ("nom", Kind::Text),
            ("population", Kind::Number),
            ("membre", Kind::Truth),
        ],
    ),
    (
        "fact_permis",
        &[
            ("fichier", Kind::Text),
            ("code_commune", Kind::Text),
            ("date_autorisation", Kind::Day),
            ("logements", Kind::Number),
            ("surface_terrain_m2", Kind::Number),
        ],
    ),
    (
        "analytics.fact_mutation",
        &[
            ("id_mutation", Kind::Text),
            ("code_commune", Kind::Text),
            ("date_mutation", Kind::Day),
            ("prix_eur", Kind::Number),
        ],
    ),
    ("revision", &[("cle", Kind::Text), ("retiree", Kind::Truth), ("valeurs", Kind::Json)]),
    ("analytics.edition", &[("jeu", Kind::Text), ("enregistrements", Kind::Number)]),
    ("zone", &[("zone", Kind::Text), ("code_commune", Kind::Text)]),
    ("kpi.definition", &[("kpi", Kind::Text), ("periodes_provisoires", Kind::Number)]),
    (
        "value",
        &[
            ("kpi", Kind::Text),
            ("zone", Kind::Text),
            ("periode", Kind::Day),
            ("valeur", Kind::Number),
            ("provisoire", Kind::Truth),
        ],
    ),
    ("kpi.forecast", &[("zone", Kind::Text), ("periode", Kind::Day), ("haut_95", Kind::Number)]),
];

fn statement(random: &mut Random) -> String {
    let query = query(random, 2);
    match random.below(20) {
        0 => format!("explain {query}"),
        1 => format!("explain (verbose, costs off, format json) {query}"),
        2 => format!("-- what\n{query} ;"),
        _ => query,
    }
}

/// A query whose first column has the name `a`. `depth` bounds how far it nests.
fn query(random: &mut Random, depth: usize) -> String {
    if depth == 0 {
        return plain(random, 0);
    }
    match random.below(9) {
        0 => {
            let inner = query(random, depth - 1);
            format!("with q as ({inner}) select q.a, count(*) from q group by q.a")
        }
        1 => {
            let (one, other) = (plain_text(random, depth - 1), plain_text(random, depth - 1));
            let by = random.pick(&["union", "union all", "intersect", "except"]);
            format!("({one}) {by} ({other}) order by 1 limit {}", random.below(50))
        }
        2 => format!("select * from ({}) s where s.a is not null", query(random, depth - 1)),
        3 => format!(
            "with recursive r(a) as (select 1 union all select a + 1 from r where a < {}) table r",
            random.below(99)
        ),
        4 => format!("values ({}, 'x'), ({}, null)", random.below(9), random.below(9)),
        5 => grouped(random, depth - 1),
        6 => ranked(random, depth - 1),
        _ => plain(random, depth),
    }
}

/// What a query reads from, and the columns that are there.
struct Source {
    sql: String,
    columns: Vec<Column>,
}

fn source(random: &mut Random, depth: usize) -> Source {
    let (mut sql, mut columns) = table(random, "t");
    match random.below(6) {
        0 => {
            let (other, more) = table(random, "u");
            let how = random.pick(&["join", "left join", "full join", "cross join"]);
            let on = match (*how, text_of(&columns), text_of(&more)) {
                ("cross join", _, _) => String::new(),
                (_, one, other) => format!(" on {one} = {other}"),
            };
            sql = format!("{sql} {how} {other}{on}");
            columns.extend(more);
        }
        1 => {
            let inner = expression::of(random, Kind::Number, &columns, depth);
            sql = format!("{sql} cross join lateral (select {inner} as n) l");
            columns.push(Column { name: "l.n".to_owned(), kind: Kind::Number });
        }
        2 => {
            sql = format!("{sql}, generate_series(1, {}) as g(n)", 1 + random.below(5));
            columns.push(Column { name: "g.n".to_owned(), kind: Kind::Number });
        }
        _ => {}
    }
    Source { sql, columns }
}

fn table(random: &mut Random, alias: &str) -> (String, Vec<Column>) {
    let (table, columns) = random.pick(&TABLES);
    let named = |(name, kind): &(&str, Kind)| Column { name: format!("{alias}.{name}"), kind: *kind };
    (format!("{table} {alias}"), columns.iter().map(named).collect())
}

/// Every table has a text.
fn text_of(columns: &[Column]) -> &str {
    columns.iter().find(|column| column.kind == Kind::Text).map_or("''", |column| &column.name)
}

fn plain(random: &mut Random, depth: usize) -> String {
    let kind = *random.pick(&Kind::ALL);
    plain_of(random, kind, depth)
}

fn plain_text(random: &mut Random, depth: usize) -> String {
    plain_of(random, Kind::Text, depth)
}

fn plain_of(random: &mut Random, kind: Kind, depth: usize) -> String {
    let Source { sql, columns } = source(random, depth);
    let first = expression::of(random, kind, &columns, depth);
    let second = expression::any(random, &columns, depth);
    let only = if kind == Kind::Text { String::new() } else { format!(", {second} as b") };
    let condition = expression::of(random, Kind::Truth, &columns, depth);
    let distinct = if random.below(6) == 0 { "distinct " } else { "" };
    let limit = if random.below(3) == 0 { " limit 5 offset 1" } else { "" };
    let json_is_unordered = if kind == Kind::Json || only.contains('{') { "" } else { distinct };
    format!("select {json_is_unordered}{first} as a{only} from {sql} where {condition}{limit}")
}

fn grouped(random: &mut Random, depth: usize) -> String {
    let Source { sql, columns } = source(random, depth);
    let group = expression::of(random, Kind::Text, &columns, depth);
    let number = expression::of(random, Kind::Number, &columns, depth);
    let aggregate = random
        .pick(&[
            "sum(@)",
            "avg(@)",
            "count(distinct @)",
            "stddev(@)",
            "percentile_cont(0.5) within group (order by (@)::float8)",
            "max(@) filter (where @ > 0)",
            "json_agg(@ order by @ desc)",
            "string_agg((@)::text, ',')",
        ])
        .replace('@', &number);
    let by = random.pick(&["1", "rollup (1)", "cube (1)", "grouping sets ((1), ())"]);
    let by = by.replace('1', &group);
    format!(
        "select {group} as a, {aggregate} as b from {sql} group by {by} having count(*) > 0 order by 1 nulls last"
    )
}

fn ranked(random: &mut Random, depth: usize) -> String {
    let Source { sql, columns } = source(random, depth);
    let text = expression::of(random, Kind::Text, &columns, depth);
    let number = expression::of(random, Kind::Number, &columns, depth);
    let window = random
        .pick(&["rank()", "row_number()", "lag(@)", "sum(@)", "ntile(4)", "first_value(@)"])
        .replace('@', &number);
    format!("select {text} as a, {window} over (partition by {text} order by {number}) as b from {sql}")
}
