//! From the section `access` of the configuration to the gate in front of agents' queries.

use std::str::FromStr;

use anyhow::Context;
use mg_gate::{Block, BlockedTable, FunctionName, Gate, Policy, TablePattern};

use crate::config::AccessConfig;

/// Whether every name in the section can be read.
pub(crate) fn check(access: &AccessConfig) -> anyhow::Result<()> {
    for column in &access.masked_columns {
        let parts: Vec<&str> = column.split('.').collect();
        anyhow::ensure!(
            parts.len() == 3 && parts.iter().all(|part| !part.is_empty()),
            "access.masked_columns: `{column}` is not schema.table.column, each part a name or *"
        );
    }
    gate(access, &[]).map(drop)
}

/// The gate that the section asks for. `masked` are the tables whose place a view has taken:
/// the view is open or closed as the table is.
pub(crate) fn gate(access: &AccessConfig, masked: &[(String, String)]) -> anyhow::Result<Gate> {
    let mut policy = Policy::reading(mg_store::catalog::READABLE_SCHEMAS);
    policy.functions = parse::<FunctionName>("functions", &access.functions)?;
    let views_of = |patterns: &[TablePattern]| -> anyhow::Result<Vec<TablePattern>> {
        let views = masked.iter().filter(|(table, _)| {
            let (schema, name) = table.split_once('.').unwrap_or_default();
            patterns.iter().any(|pattern| pattern.matches(schema, name))
        });
        views.map(|(_, view)| Ok(view.parse()?)).collect()
    };
    if let Some(allowed) = &access.allowed_tables {
        let mut allowed = parse::<TablePattern>("allowed_tables", allowed)?;
        allowed.extend(views_of(&allowed)?);
        policy.allowed_tables = Some(allowed);
    }
    let mut blocked = parse::<TablePattern>("blocked_tables", &access.blocked_tables)?;
    blocked.extend(views_of(&blocked)?);
    let closed = "The operator has closed it; list_tables shows what is open.";
    let closed = |tables| BlockedTable { tables, block: Block::Closed(closed.to_owned()) };
    policy.blocked_tables = blocked.into_iter().map(closed).collect();
    for (table, view) in masked {
        let block = Block::ReplacedBy(view.parse().context("a masked view's name")?);
        policy.blocked_tables.push(BlockedTable { tables: table.parse()?, block });
    }
    Ok(Gate::new(policy))
}

fn parse<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    key: &str,
    names: &[String],
) -> anyhow::Result<Vec<T>> {
    let read = |name: &String| name.parse().with_context(|| format!("access.{key}: `{name}`"));
    names.iter().map(read).collect()
}
