//! Selections `f.name` that Postgres would take for a call `name(f)`.
//!
//! When `f` is a function in `FROM` that yields plain values, its whole row *is* that value.
//! If it has no column `name`, the server calls the function of that name with it:
//! `select f.pg_sleep from abs(9.0::float8) f` waits. Of rows, which is what tables and
//! sub-queries yield, only functions of any row could be called so, and those only compute.

use std::collections::{HashMap, HashSet};

use super::Checked;
use crate::Refusal;
use crate::refusal::RefusalCode::FieldSelection;

/// Columns that functions bring along whatever they are aliased to; no function has such a name.
const OWN_COLUMNS: [&str; 3] = ["key", "ordinality", "value"];

/// Functions whose one column takes the name of the alias. Those with a named result do not.
const NAMED_BY_ALIAS: [&str; 5] =
    ["generate_series", "generate_subscripts", "regexp_split_to_table", "string_to_table", "unnest"];

/// The functions in `FROM` of a whole statement, and what is selected from them.
#[derive(Debug, Default)]
pub(super) struct Fields<'t> {
    /// For each name that such a function goes by, the columns that it surely has. Where two
    /// share a name, those that both have: scopes need not be told apart then.
    columns: HashMap<&'t str, HashSet<&'t str>>,
    selections: Vec<(&'t str, &'t str, i32)>,
}

impl<'t> Fields<'t> {
    /// Notes that `functions` stand in `FROM` as `alias`, with these `columns` by name.
    /// `alias_may_name` tells that no list of column names follows the alias.
    pub(super) fn function(
        &mut self,
        alias: &'t str,
        alias_may_name: bool,
        functions: &[&'t str],
        columns: &[&'t str],
    ) {
        let mut columns: HashSet<&str> = columns.iter().copied().chain(OWN_COLUMNS).collect();
        if alias_may_name && functions.iter().all(|function| NAMED_BY_ALIAS.contains(function)) {
            columns.insert(alias);
        }
        self.columns
            .entry(alias)
            .and_modify(|known| known.retain(|name| columns.contains(name)))
            .or_insert(columns);
    }

    /// Notes that `field` is selected from `source`.
    pub(super) fn selection(&mut self, source: &'t str, field: &'t str, location: i32) {
        self.selections.push((source, field, location));
    }

    /// Refuses the first selection that could be a call.
    pub(super) fn check(&self) -> Checked {
        let may_call = |source: &&str, field: &&str| {
            self.columns.get(source).is_some_and(|columns| !columns.contains(field))
        };
        match self.selections.iter().find(|(source, field, _)| may_call(source, field)) {
            None => Ok(()),
            Some((source, field, location)) => {
                let message =
                    format!("`{source}.{field}` may not be a column of the function `{source}` in FROM.");
                let hint = format!(
                    "Name the function's columns, as in generate_series(1, 3) AS {source}({field}), or call a \
                     function as {field}(...)."
                );
                Err(Refusal::new(FieldSelection, message, hint).at(*location))
            }
        }
    }
}
