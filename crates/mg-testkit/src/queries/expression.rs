//! Expressions of a wanted type over the columns at hand.

use super::random::Random;

/// What an expression yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Day,
    Truth,
    Json,
}

impl Kind {
    pub(super) const ALL: [Kind; 5] = [Kind::Text, Kind::Number, Kind::Day, Kind::Truth, Kind::Json];
}

/// A column that an expression may name.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// Templates: `t`, `n`, `d`, `b` and `j` between brackets stand for an expression of that type.
const TEXTS: [&str; 12] = [
    "upper([t])",
    "[t] || [t]",
    "coalesce([t], 'x')",
    "left([t], 3)",
    "lpad([t], 8, '.')",
    "substring([t] from 1 for 2)",
    "regexp_replace([t], '[aeiou]', '_', 'g')",
    "case when [b] then [t] else [t] end",
    "to_char([d], 'YYYY-MM')",
    "md5([t])",
    "([n])::text",
    "[j] ->> 'a'",
];
const NUMBERS: [&str; 14] = [
    "([n] + [n])",
    "([n] * 2)",
    "- [n]",
    "abs([n])",
    "length([t])",
    "coalesce([n], 0)",
    "nullif([n], 0)",
    "round(([n])::numeric, 2)",
    "greatest([n], [n])",
    "extract(year from [d])",
    "array_length(string_to_array([t], '-'), 1)",
    "(select count(*) from analytics.dim_commune x where x.nom > [t])",
    "(array[[n], 1])[2]",
    "cardinality(array(select y.n from generate_series(1, 3) y(n)))",
];
const DAYS: [&str; 6] = [
    "([d] + 30)",
    "date_trunc('month', [d])::date",
    "(([d]) - interval '1 month')::date",
    "least([d], date '2026-01-01')",
    "make_date(2020, 1, 2)",
    "current_date",
];
const TRUTHS: [&str; 12] = [
    "([n] > [n])",
    "([t] like 'a%')",
    "([t] ~ '^7')",
    "([n] between 0 and [n])",
    "([t] in ('77243', [t]))",
    "not [b]",
    "([b] or [b])",
    "([b] and [b])",
    "([d] is null)",
    "([n] is distinct from [n])",
    "exists (select from kpi.value x where x.zone = [t])",
    "([t] = any (array['a', [t]]))",
];
const JSONS: [&str; 5] = [
    "jsonb_build_object('a', [n], 'b', [t])",
    "to_jsonb([t])",
    "jsonb_build_array([n], [d])",
    "jsonb_strip_nulls(jsonb_build_object('a', [t]))",
    "jsonb_set('{\"a\": 1}'::jsonb, '{a}', to_jsonb(coalesce([t], '')))",
];

/// An expression of `kind`, nested up to `depth` deep.
pub(super) fn of(random: &mut Random, kind: Kind, columns: &[Column], depth: usize) -> String {
    let (templates, literals): (&[&str], [&str; 2]) = match kind {
        Kind::Text => (&TEXTS, ["'é%'", "null::text"]),
        Kind::Number => (&NUMBERS, ["7", "1.5"]),
        Kind::Day => (&DAYS, ["date '2025-03-01'", "null::date"]),
        Kind::Truth => (&TRUTHS, ["true", "(1 = 1)"]),
        Kind::Json => (&JSONS, ["'{\"a\": [1, null]}'::jsonb", "'[]'::jsonb"]),
    };
    let known: Vec<&Column> = columns.iter().filter(|column| column.kind == kind).collect();
    if depth == 0 || random.below(3) == 0 {
        let is_literal = known.is_empty() || random.below(5) == 0;
        return if is_literal {
            (*random.pick(&literals)).to_owned()
        } else {
            random.pick(&known).name.clone()
        };
    }
    let template = random.pick(templates);
    filled(random, template, columns, depth - 1)
}

/// An expression of any type.
pub(super) fn any(random: &mut Random, columns: &[Column], depth: usize) -> String {
    let kind = *random.pick(&Kind::ALL);
    of(random, kind, columns, depth)
}

fn filled(random: &mut Random, template: &str, columns: &[Column], depth: usize) -> String {
    let holes = [
        ("[t]", Kind::Text),
        ("[n]", Kind::Number),
        ("[d]", Kind::Day),
        ("[b]", Kind::Truth),
        ("[j]", Kind::Json),
    ];
    let mut text = String::new();
    let mut rest = template;
    while let Some((at, hole, kind)) = holes
        .iter()
        .filter_map(|(hole, kind)| rest.find(hole).map(|at| (at, hole, *kind)))
        .min_by_key(|found| found.0)
    {
        text.push_str(&rest[..at]);
        text.push_str(&of(random, kind, columns, depth));
        rest = &rest[at + hole.len()..];
    }
    text + rest
}
