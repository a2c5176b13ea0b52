//! Tables and functions that the policy opens and closes.

use mg_gate::{Block, BlockedTable, Gate, Policy, PolicyError, RefusalCode};

fn closed(tables: &str) -> BlockedTable {
    BlockedTable {
        tables: tables.parse().expect("a pattern"),
        block: Block::Closed("Ask the data owner.".to_owned()),
    }
}

fn replaced(tables: &str, by: &str) -> BlockedTable {
    BlockedTable {
        tables: tables.parse().expect("a pattern"),
        block: Block::ReplacedBy(by.parse().expect("a relation")),
    }
}

fn blocking(schemas: &[&str], blocked_tables: Vec<BlockedTable>) -> Gate {
    Gate::new(Policy { blocked_tables, ..Policy::reading(schemas.iter().copied()) })
}

/// That `gate` refuses each of `refused` for its table, and none of `admitted`.
fn holds(gate: &Gate, refused: &[&str], admitted: &[&str]) {
    for sql in refused {
        let refusal = gate.admit(sql).expect_err(sql);
        assert_eq!(refusal.code, RefusalCode::Table, "{sql}: {refusal}");
        assert!(refusal.position.is_some() && !refusal.hint.is_empty(), "{sql}: {refusal:?}");
    }
    for sql in admitted {
        if let Err(refusal) = gate.admit(sql) {
            panic!("{sql}: {refusal}");
        }
    }
}

#[test]
fn a_blocked_table_is_refused_however_it_is_named() {
    let gate = blocking(&["analytics", "kpi"], vec![closed("analytics.secret"), closed("kpi.*_brut")]);
    holds(
        &gate,
        &[
            "select * from analytics.secret",
            "select * from secret",
            "select * from SECRET",
            "table \"secret\"",
            "table U&\"s\\0065cret\"",
            "select * from only analytics.secret",
            "explain select * from secret",
            "select 1 where exists (select from secret)",
            "select * from a, lateral (select * from b natural join secret) q",
            "select * from secret tablesample system (1)",
            "select * from secret as value",
            "with secret as (select * from secret) table secret",
            "with x as (with secret as (select 1) table secret) select * from x, secret",
            "select * from (with secret as (select 1) table secret) q union table secret",
            "with recursive a as (select * from analytics.secret) table a",
            "select * from value_brut",
            "table kpi.x_brut",
        ],
        &[
            "select * from kpi.secret",
            "select * from \"SECRET\"",
            "select secret from a as secret",
            "with secret as (select 1) table secret",
            "with recursive secret as (select 1 union table secret) table secret",
            "with recursive a as (table secret), secret as (select 1) table a",
            "table analytics.value_brut",
        ],
    );
    let refusal = gate.admit("select * from a, analytics.secret s").expect_err("blocked");
    assert_eq!(refusal.hint, "Ask the data owner.");
    assert_eq!(refusal.part.as_deref(), Some("analytics.secret s"));
}

#[test]
fn a_name_too_long_for_the_server_is_what_the_server_makes_of_it() {
    let name = "s".repeat(63);
    let gate = blocking(&["analytics"], vec![closed(&format!("analytics.{name}"))]);
    holds(
        &gate,
        &[
            &format!("table {name}"),
            &format!("table {name}x"),
            &format!("table analytics.\"{name}xyz\""),
            &format!("table U&\"{name}\\0061\""),
        ],
        &[&format!("table {}", &name[1..])],
    );
}

#[test]
fn with_a_list_only_what_is_on_it_is_read() {
    let allowed_tables = ["analytics.fact_*", "kpi.value"].map(|table| table.parse().expect("a pattern"));
    let gate = Gate::new(Policy {
        allowed_tables: Some(allowed_tables.to_vec()),
        blocked_tables: vec![closed("analytics.fact_secret")],
        ..Policy::reading(["analytics", "kpi"])
    });
    holds(
        &gate,
        &[
            "table dim_commune",
            "table kpi.forecast",
            // Might be analytics.value, which is not on the list.
            "table value",
            // Might be kpi.fact_permis where analytics has none.
            "table fact_permis",
            "table analytics.fact_secret",
        ],
        &[
            "table analytics.fact_permis",
            "table kpi.value",
            "with value as (select 1) table value",
            "select 1",
        ],
    );
    let refusal = gate.admit("table value").expect_err("which value?");
    assert!(refusal.hint.starts_with("Write schema.table"), "{}", refusal.hint);
    let nothing = Gate::new(Policy { allowed_tables: Some(vec![]), ..Policy::reading(["analytics"]) });
    holds(&nothing, &["table a", "table analytics.a"], &["select 1"]);
}

#[test]
fn a_masked_table_leads_to_its_view() {
    let rule = || vec![replaced("analytics.client", "masked.client")];
    // The view first on the search path: the bare name is the view.
    let gate = blocking(&["masked", "analytics"], rule());
    holds(
        &gate,
        &["table analytics.client"],
        &["table masked.client", "table client", "table analytics.other"],
    );
    let refusal = gate.admit("table analytics.client").expect_err("masked");
    assert_eq!(refusal.hint, "Read masked.client instead.");
    // The table first: the bare name is the table.
    holds(&blocking(&["analytics", "masked"], rule()), &["table client"], &["table masked.client"]);
    // A rule does not close what it leads to; another rule does.
    let wide = || replaced("analytics.client*", "analytics.client_masked");
    let gate = blocking(&["analytics"], vec![wide()]);
    holds(&gate, &["table client", "table client_x"], &["table client_masked"]);
    let gate = blocking(&["analytics"], vec![wide(), closed("analytics.client_m*")]);
    holds(&gate, &["table client_masked", "table analytics.client_masked"], &[]);
}

#[test]
fn functions_of_extensions_are_added_by_name() {
    let functions = ["unaccent", "geo.st_area"].map(|name| name.parse().expect("a function"));
    let gate = Gate::new(Policy { functions: functions.to_vec(), ..Policy::reading(["analytics"]) });
    for sql in ["select unaccent('é'), UNACCENT('é')", "select geo.st_area(a) from unaccent('x') a"] {
        if let Err(refusal) = gate.admit(sql) {
            panic!("{sql}: {refusal}");
        }
    }
    for sql in [
        "select st_area(a) from t",
        "select geo.unaccent('é')",
        "select pg_catalog.unaccent('é')",
        "select \"geo.st_area\"(a) from t",
        "select mg.geo.st_area(a) from t",
        "select unaccent(version())",
        "select geo.st_area((select pg_sleep(9)))",
    ] {
        assert_eq!(gate.admit(sql).expect_err(sql).code, RefusalCode::Function, "{sql}");
    }
    let plain = Gate::new(Policy::reading(["analytics"]));
    assert_eq!(plain.admit("select unaccent('é')").expect_err("not added").code, RefusalCode::Function);
}

#[test]
fn names_that_cannot_be_read_are_told() {
    for text in ["", ".", "a.", ".b", "a.b.c", "a.*", "a()"] {
        let refused = text.parse::<mg_gate::FunctionName>();
        assert_eq!(refused, Err(PolicyError::Function(text.to_owned())));
    }
}
