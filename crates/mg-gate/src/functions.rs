//! The functions that a statement may call.

use std::collections::HashSet;
use std::sync::LazyLock;

static NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| names().collect());

/// Whether the function of `pg_catalog` with this name, in any overload, only computes.
pub(crate) fn only_computes(name: &str) -> bool {
    NAMES.contains(name)
}

/// The names of the functions of `pg_catalog` that a statement may call, in any overload.
pub fn functions() -> impl Iterator<Item = &'static str> {
    names()
}

fn names() -> impl Iterator<Item = &'static str> {
    groups().flatten()
}

/// The names of each group: a group is a run of lines without blank lines and comments.
fn groups() -> impl Iterator<Item = impl Iterator<Item = &'static str>> {
    include_str!("functions.txt")
        .split("\n\n")
        .map(|group| group.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_stands_once_and_in_order() {
        for group in groups() {
            let group: Vec<_> = group.collect();
            assert!(group.is_sorted(), "not sorted: {group:?}");
        }
        assert_eq!(names().count(), NAMES.len(), "a name stands twice");
    }

    #[test]
    fn families_that_do_more_than_compute_are_absent() {
        let prefixes = [
            "binary_upgrade",
            "col_description",
            "current",
            "dblink",
            "has_",
            "inet_",
            "lo_",
            "obj_",
            "pg_",
            "query_to",
            "table_to",
            "schema_to",
            "database_to",
            "cursor_to",
            "set_config",
            "setseed",
            "setval",
            "shobj_",
            "to_reg",
            "txid_",
            "xml",
            "xpath",
        ];
        let names_absent = [
            "array_fill",
            "crosstab",
            "currval",
            "factorial",
            "lastval",
            "nextval",
            "ts_rewrite",
            "ts_stat",
            "version",
        ];
        for name in names().filter(|name| *name != "pg_typeof") {
            assert!(!prefixes.iter().any(|prefix| name.starts_with(prefix)), "{name}");
            assert!(!names_absent.contains(&name), "{name}");
        }
    }
}
