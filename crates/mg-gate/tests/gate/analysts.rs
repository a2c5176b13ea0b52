//! The ordinary SQL of an analyst passes.

use mg_gate::{MAX_SOURCES, RefusalCode};

use crate::gate;

const ORDINARY: [&str; 30] = [
    "select commune, sum(nb_lgt) from fact_permis group by commune order by 2 desc nulls last limit 10 offset 5",
    "select date_trunc('month', date_autorisation)::date as mois, count(*) filter (where etat = '6') as finis \
     from analytics.fact_permis where date_autorisation >= date '2024-01-01' group by 1 having count(*) > 3",
    "select commune, annee, n, n - lag(n, 1, 0) over w as ecart, rank() over (order by n desc), \
     sum(n) over (partition by commune order by annee rows between 2 preceding and current row) \
     from t window w as (partition by commune order by annee)",
    "select coalesce(commune, 'ensemble'), grouping(commune, annee), sum(n) from t \
     group by grouping sets ((commune, annee), (commune), ())",
    "select a, b, sum(n) from t group by rollup (a, b)",
    "select a, b, sum(n) from t group by distinct cube (a, (b, c))",
    "select percentile_cont(0.5) within group (order by valeur_fonciere / surface) as mediane, \
     percentile_disc(array[0.25, 0.75]) within group (order by x), mode() within group (order by y) from dvf",
    "select c.nom, p.* from communes c left join lateral \
     (select * from fact_permis f where f.commune = c.code order by date_autorisation desc limit 3) p on true",
    "select d::date, coalesce(n, 0) from generate_series(date '2024-01-01', '2024-12-01', interval '1 month') as g(d) \
     left join m on m.mois = g.d",
    "select distinct on (commune) commune, date_mutation, valeur from dvf order by commune, date_mutation desc",
    "with recursive mois(d) as (select date '2024-01-01' union all select (d + interval '1 month')::date from mois \
     where d < '2024-12-01') select * from mois",
    "with recursive t(n) as (values (1) union all select n + 1 from t where n < 9) \
     search depth first by n set o cycle n set c using p select * from t",
    "select extract(year from d), extract(epoch from age(now(), d)), d at time zone 'Europe/Paris', \
     now() - interval '3 months', current_date - 30, d + make_interval(months => 2), to_char(d, 'YYYY-MM') from t",
    "select string_agg(distinct nom, ', ' order by nom), array_agg(code order by code), count(distinct a) from t",
    "select json_agg(json_build_object('commune', commune, 'n', n)), jsonb_object_agg(k, v), to_jsonb(t) from t group by t.*",
    "select doc -> 'a' ->> 'b', doc #>> '{a,b}', doc @> '{\"a\": 1}', jsonb_path_query_first(doc, '$.a'), doc ? 'a' from t",
    "select e.key, e.value from t cross join lateral jsonb_each_text(t.doc) as e(key, value)",
    "select code = any (array['77243', '77058']), array[1, 2] && tags, tags[1], tags[2:3], cardinality(tags), \
     array(select x from u), unnest(tags) from t",
    "select case when n > 10 then 'grand' when n is null then '?' else 'petit' end, case a when 1 then 2 end, \
     nullif(a, 0), greatest(a, b), a is distinct from b, a between 1 and 2, a not in (1, 2), not b, c is not true from t",
    "select * from a full join b using (code) natural join c cross join d",
    "select a from t union all select b from u intersect select c from v except (select d from w limit 1)",
    "select x from t where x > all (select y from u) and exists (select 1 from v where v.i = t.i) \
     and (a, b) in (select a, b from w) and x = (select max(x) from t)",
    "select nom ilike 'lagny%', nom ~* '^saint', nom similar to '(a|b)%', nom like 'a!_%' escape '!', \
     regexp_replace(nom, '[^a-z]', '', 'g'), substring(nom from 1 for 3), trim(both ' ' from nom), \
     position('a' in nom), upper(left(nom, 1)) || lower(substr(nom, 2)), split_part(nom, '-', 1), \
     overlay(nom placing 'x' from 2), normalize(nom), nom collate \"C\" from t",
    "select round(avg(x)::numeric, 2), stddev_samp(x), corr(x, y), regr_slope(y, x), width_bucket(x, 0, 100, 10), \
     sqrt(x ^ 2 + y ^ 2), x % 2, mod(x, 3), ln(x), ceil(x), cast(x as double precision), x::decimal(10, 2) from t",
    "select * from (values (1, 'a'), (2, null)) as v(n, s) where s is null",
    "select * from fact_permis tablesample bernoulli (10) repeatable (42) where random() < 0.5",
    "select daterange(a, b, '[)') && daterange(c, d), (a, b) overlaps (c, d), upper(r), isempty(r) from t",
    "select ts_rank(to_tsvector('french', adresse), q) from t, plainto_tsquery('french', 'rue du parc') q \
     where to_tsvector('french', adresse) @@ q",
    "select date_bin('1 day', ts, timestamp '2001-01-01'), timestamptz '2024-01-01 00:00+01', localtimestamp(0), \
     current_timestamp, md5(a), encode(sha256(a::bytea), 'hex'), pg_typeof(a) from t order by a fetch first 5 rows with ties",
    "select row_number() over (), ntile(4) over (order by x), first_value(x) over (order by y range between \
     interval '1 month' preceding and interval '1 month' following exclude current row), \
     sum(x) filter (where y) over () from t",
];

#[test]
fn ordinary_queries_are_admitted() {
    for sql in ORDINARY {
        if let Err(refusal) = gate().admit(sql) {
            panic!("{refusal} {}\n{sql}", refusal.hint);
        }
    }
}

#[test]
fn a_query_over_each_commune_is_admitted_and_one_over_hundreds_is_not() {
    let union =
        |parts: usize| vec!["select sum(n) from kpi.value where zone = '77243'"; parts].join(" union all ");
    assert!(gate().admit(&union(20)).is_ok());
    assert!(gate().admit(&union(MAX_SOURCES)).is_ok());
    let refusal = gate().admit(&union(MAX_SOURCES + 1)).expect_err("too many sources");
    assert_eq!(refusal.code, RefusalCode::TooMuch);
}
