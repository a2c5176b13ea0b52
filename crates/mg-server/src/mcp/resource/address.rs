//! The addresses of resources: `mg://…`.

use mg_core::RunId;

/// Template of the address of a table.
pub(in crate::mcp) const TABLE_TEMPLATE: &str = "mg://tables/{schema}.{table}";
/// Template of the address of a KPI.
pub(in crate::mcp) const KPI_TEMPLATE: &str = "mg://kpis/{name}";
/// Template of the address of a run.
pub(in crate::mcp) const RUN_TEMPLATE: &str = "mg://runs/{id}";

/// What an address names. That it is well formed does not say that it exists.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::mcp) enum Address {
    /// Every table with its columns.
    Schema,
    /// What there is, and how fresh.
    Stats,
    /// A table, as `schema.table`.
    Table(String),
    /// A KPI by its name.
    Kpi(String),
    /// A run.
    Run(RunId),
}

impl Address {
    /// The address that `uri` writes, if it is one.
    pub(in crate::mcp) fn parse(uri: &str) -> Option<Self> {
        let path = uri.strip_prefix("mg://")?;
        match path.split_once('/') {
            None if path == "schema" => Some(Self::Schema),
            None if path == "stats" => Some(Self::Stats),
            Some(("tables", name)) => {
                let (schema, table) = name.split_once('.')?;
                (is_name(schema) && is_name(table)).then(|| Self::Table(name.to_owned()))
            }
            Some(("kpis", name)) if is_name(name) => Some(Self::Kpi(name.to_owned())),
            Some(("runs", id)) => {
                let run = id.parse().ok().filter(|&run: &i64| run > 0)?;
                // One run has one address: not 07, not +7.
                (run.to_string() == id).then_some(Self::Run(RunId(run)))
            }
            _ => None,
        }
    }

    /// How it is written.
    pub(in crate::mcp) fn uri(&self) -> String {
        match self {
            Self::Schema => "mg://schema".to_owned(),
            Self::Stats => "mg://stats".to_owned(),
            Self::Table(name) => format!("mg://tables/{name}"),
            Self::Kpi(name) => format!("mg://kpis/{name}"),
            Self::Run(RunId(id)) => format!("mg://runs/{id}"),
        }
    }
}

fn is_name(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=63).contains(&text.len()) && text.bytes().all(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_in_one_way() {
        for uri in
            ["mg://schema", "mg://stats", "mg://tables/kpi.value", "mg://kpis/mutations", "mg://runs/7"]
        {
            assert_eq!(Address::parse(uri).expect("it is an address").uri(), uri);
        }
        for uri in [
            "",
            "mg://",
            "mg://schema/",
            "mg:schema",
            "MG://schema",
            "mg://tables/value",
            "mg://tables/a.b.c",
            "mg://tables/a.b/..",
            "mg://kpis/",
            "mg://kpis/Mutations",
            "mg://kpis/a%62",
            "mg://runs/07",
            "mg://runs/-1",
            "mg://runs/0",
            "mg://runs/99999999999999999999",
            "mg://runs/1?x",
            "https://schema",
        ] {
            assert_eq!(Address::parse(uri), None, "{uri}");
        }
    }
}
