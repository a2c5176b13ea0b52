//! The table of a spider as SQL, and beside one that exists.

use mg_crawl::declared::{Existing, Proposal};

use super::{spider, with_head};

const TABLE: &str = r##"
[table]
name = "fact_essai"
doc_fr = "Une ligne par chose"
doc_en = "One row for each thing"
key = ["code", "jour"]
[read]
items = "li"
[[field]]
name = "code"
selector = "a"
required = true
[[field]]
name = "jour"
selector = "time"
type = "date"
required = true
[[field]]
name = "prix_eur"
selector = "b"
type = "float"
unit = "EUR"
doc_fr = "Prix d'achat"
doc_en = "What it cost"
[[field]]
name = "pieces"
selector = "i"
type = "integer"
"##;

const DDL: &str = "create table analytics.fact_essai (
    code text not null,
    jour date not null,
    prix_eur double precision,
    pieces bigint,
    source_url text not null,
    fetched_at timestamptz not null,
    run_id bigint,
    content_hash text not null,
    edition text not null,
    primary key (code, jour)
);
comment on table analytics.fact_essai is 'Essai. / Trial. Une ligne par chose. / One row for each thing. Source : Personne.';
comment on column analytics.fact_essai.code is 'code.';
comment on column analytics.fact_essai.jour is 'jour.';
comment on column analytics.fact_essai.prix_eur is 'Prix d''achat. / What it cost. Unité / unit: EUR.';
comment on column analytics.fact_essai.pieces is 'pieces.';
";

#[test]
fn the_table_is_told_as_sql() {
    let ddl = spider(&with_head(TABLE)).ddl();
    assert!(ddl.starts_with(DDL), "{ddl}");
    assert_eq!(ddl.matches("comment on column").count(), 9);
}

/// The columns of the table as the database would say them.
fn existing() -> Vec<Existing> {
    [
        ("code", "text", true),
        ("jour", "date", true),
        ("prix_eur", "double precision", false),
        ("pieces", "bigint", false),
        ("source_url", "text", true),
        ("fetched_at", "timestamp with time zone", true),
        ("run_id", "bigint", false),
        ("content_hash", "text", true),
        ("edition", "text", true),
    ]
    .map(|(name, sql_type, required)| Existing { name: name.into(), sql_type: sql_type.into(), required })
    .to_vec()
}

#[test]
fn a_table_as_declared_needs_nothing() {
    let spider = spider(&with_head(TABLE));
    assert_eq!(spider.compare(&existing()), Proposal::Same);
    assert_eq!(spider.compare(&[]), Proposal::Create(spider.ddl()));
}

#[test]
fn a_difference_is_proposed_and_never_a_loss() {
    let spider = spider(&with_head(TABLE));
    let mut columns = existing();
    columns.retain(|column| !["pieces", "code"].contains(&column.name.as_str()));
    columns[1].sql_type = "real".to_owned();
    columns[0].sql_type = "text".to_owned();
    columns.push(Existing { name: "ancien".to_owned(), sql_type: "text".to_owned(), required: true });
    let Proposal::Differs { migration, undecided } = spider.compare(&columns) else {
        panic!("no difference")
    };
    assert_eq!(
        migration,
        "alter table analytics.fact_essai\n    add column code text,\n    alter column prix_eur type double precision,\n    \
         add column pieces bigint,\n    alter column ancien drop not null;\n"
    );
    let told: Vec<&str> = undecided.iter().filter_map(|told| told.split(' ').next()).collect();
    assert_eq!(told, ["code", "jour", "ancien"]);
    assert!(!migration.contains("drop column") && undecided[1].contains("date in the file"), "{undecided:?}");
}
