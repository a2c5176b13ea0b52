//! A declared table beside the one in the database: what a migration would say. Nothing is altered here, and what
//! would lose values is said and not proposed.

use super::Declared;
use super::ddl::{provenance, sql_type};

/// A column that the database has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Existing {
    /// Its name.
    pub name: String,
    /// Its type, as `format_type` says it: `double precision`.
    pub sql_type: String,
    /// Whether it is `not null`.
    pub required: bool,
}

/// What would make the database's table the declared one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposal {
    /// There is no such table: the statements that create it.
    Create(String),
    /// It is as declared.
    Same,
    /// It differs.
    Differs {
        /// The statements that lose nothing, in their order; empty if there are none.
        migration: String,
        /// What a person has to decide, a sentence each.
        undecided: Vec<String>,
    },
}

impl Declared {
    /// The table compared with the columns that the database has of it; with none, there is no such table.
    pub fn compare(&self, existing: &[Existing]) -> Proposal {
        if existing.is_empty() {
            return Proposal::Create(self.ddl());
        }
        let mut changes = Vec::new();
        let mut undecided = Vec::new();
        let declared = self
            .table
            .columns
            .iter()
            .map(|column| (column.name.as_str(), sql_type(column.kind), column.required));
        let provenance = provenance().map(|(name, kind)| {
            let (kind, required) = kind.strip_suffix(" not null").map_or((kind, false), |kind| (kind, true));
            // `format_type` writes it out.
            (name, if kind == "timestamptz" { "timestamp with time zone" } else { kind }, required)
        });
        let declared: Vec<(&str, &str, bool)> = declared.chain(provenance).collect();
        for (name, kind, required) in &declared {
            match existing.iter().find(|column| column.name == *name) {
                None => {
                    changes.push(format!("add column {name} {kind}"));
                    if *required {
                        undecided.push(format!(
                            "{name} is required, and rows that are there have none: fill it, then `set not null`."
                        ));
                    }
                }
                Some(found) => of_column(found, kind, *required, &mut changes, &mut undecided),
            }
        }
        for found in existing.iter().filter(|found| declared.iter().all(|(name, ..)| found.name != *name)) {
            let name = &found.name;
            undecided.push(format!("{name} is in the table and no field: it stays, and stays empty."));
            if found.required {
                changes.push(format!("alter column {name} drop not null"));
            }
        }
        if changes.is_empty() && undecided.is_empty() {
            return Proposal::Same;
        }
        let migration = match changes.as_slice() {
            [] => String::new(),
            changes => {
                format!("alter table analytics.{}\n    {};\n", self.table.name, changes.join(",\n    "))
            }
        };
        Proposal::Differs { migration, undecided }
    }
}

fn of_column(
    found: &Existing,
    kind: &str,
    required: bool,
    changes: &mut Vec<String>,
    undecided: &mut Vec<String>,
) {
    let Existing { name, sql_type, .. } = found;
    match (sql_type.as_str(), kind) {
        (found, kind) if found == kind => {}
        ("integer" | "smallint", "bigint") | ("real", "double precision") | ("character varying", "text") => {
            changes.push(format!("alter column {name} type {kind}"));
        }
        (found, kind) => {
            undecided
                .push(format!("{name} is {found} in the table and {kind} in the file: rename one of them."));
        }
    }
    match (found.required, required) {
        (true, false) => changes.push(format!("alter column {name} drop not null")),
        (false, true) => {
            undecided.push(format!(
                "{name} is required in the file and may be empty in the table: `set not null`."
            ));
        }
        _ => {}
    }
}
