//! What stands in `FROM`: relations, sub-queries, functions, joins, samples.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    Alias, CollateClause, ColumnDef, FuncCall, JoinExpr, List, Node, RangeFunction, RangeSubselect,
    RangeTableSample, RangeVar,
};

use super::{Checked, Walk, strings, unknown};
use crate::policy::{Block, Closed};
use crate::refusal::RefusalCode::{Catalog, NotAllowed, Schema, Table};
use crate::{Refusal, Relation};

impl<'t> Walk<'t> {
    /// An item of `FROM`, or a side of a join.
    pub(super) fn source(&mut self, node: &'t NodeEnum) -> Checked {
        match node {
            NodeEnum::RangeVar(range) => self.relation(range).map_err(|refusal| refusal.at(range.location)),
            NodeEnum::RangeSubselect(range) => {
                let RangeSubselect { lateral: _, subquery, alias: _ } = &**range;
                self.count_source()?;
                self.query(subquery.as_deref())
            }
            NodeEnum::RangeFunction(range) => self.range_function(range),
            NodeEnum::JoinExpr(join) => self.join(join),
            NodeEnum::RangeTableSample(sample) => self.sample(sample),
            _ => Err(unknown(node)),
        }
    }

    fn relation(&mut self, range: &'t RangeVar) -> Checked {
        let RangeVar { catalogname, schemaname, relname, inh: _, relpersistence: _, alias: _, location: _ } =
            range;
        self.count_source()?;
        if !catalogname.is_empty() {
            let message = format!("`{catalogname}` is another database, or names this one needlessly.");
            return Err(Refusal::new(Schema, message, self.open_schemas()));
        }
        let is_catalog = match schemaname.as_str() {
            // Of the schemas that the server searches unasked, every relation begins so.
            "" => relname.starts_with("pg_"),
            schema => schema.starts_with("pg_") || schema == "information_schema",
        };
        if is_catalog {
            let message =
                format!("`{relname}` belongs to the server's catalog, which is not open to queries.");
            let hint = "To see what tables exist call list_tables; for their columns call describe_table.";
            return Err(Refusal::new(Catalog, message, hint));
        }
        if !schemaname.is_empty() && !self.policy.schemas.contains(schemaname) {
            let message = format!("Schema `{schemaname}` is not open to queries.");
            return Err(Refusal::new(Schema, message, self.open_schemas()));
        }
        if schemaname.is_empty() && self.ctes.iter().flatten().any(|name| name == relname) {
            return Ok(());
        }
        let relation = Relation {
            schema: Some(schemaname.clone()).filter(|schema| !schema.is_empty()),
            name: relname.clone(),
        };
        if let Some(why) = self.policy.closed(relation.schema.as_deref(), relname) {
            return Err(closed(&relation, why));
        }
        if !self.relations.contains(&relation) {
            self.relations.push(relation);
        }
        Ok(())
    }

    fn open_schemas(&self) -> String {
        format!(
            "Open schemas: {}; to see what tables exist call list_tables.",
            self.policy.schemas.join(", ")
        )
    }

    fn join(&mut self, join: &'t JoinExpr) -> Checked {
        let JoinExpr {
            jointype: _,
            is_natural: _,
            larg,
            rarg,
            using_clause: _,
            join_using_alias: _,
            quals,
            alias: _,
            rtindex: _,
        } = join;
        for side in [larg, rarg].into_iter().flatten() {
            match &side.node {
                Some(node) => self.source(node)?,
                None => return Err(Refusal::new(NotAllowed, "A join lacks a side.", "Write both sides.")),
            }
        }
        self.maybe(quals)
    }

    fn sample(&mut self, sample: &'t RangeTableSample) -> Checked {
        let RangeTableSample { relation, method, args, repeatable, location } = sample;
        let method = strings(method).unwrap_or_default();
        if !matches!(method[..], ["system" | "bernoulli"]) {
            let message = "TABLESAMPLE is admitted with SYSTEM and BERNOULLI only.";
            let refusal = Refusal::new(NotAllowed, message, "Write TABLESAMPLE SYSTEM (percentage).");
            return Err(refusal.at(*location));
        }
        match relation.as_deref() {
            Some(Node { node: Some(node @ NodeEnum::RangeVar(_)) }) => self.source(node)?,
            _ => return Err(Refusal::new(NotAllowed, "Only tables can be sampled.", "Sample a table.")),
        }
        // Without a seed each run takes other rows.
        self.is_repeatable &= repeatable.is_some();
        self.each(args, Self::expression)?;
        self.maybe(repeatable)
    }

    fn range_function(&mut self, range: &'t RangeFunction) -> Checked {
        let RangeFunction { lateral: _, ordinality: _, is_rowsfrom: _, functions, alias, coldeflist } = range;
        self.count_source()?;
        self.each(coldeflist, Self::column)?;
        let mut columns = column_names(coldeflist);
        let mut names = Vec::new();
        for function in functions {
            let (call, definitions) = call_of(function).ok_or_else(not_a_call)?;
            self.call(call)?;
            names.extend(strings(&call.funcname).unwrap_or_default().last());
            for definition in definitions {
                match &definition.node {
                    None => {}
                    Some(NodeEnum::List(List { items })) => {
                        self.each(items, Self::column)?;
                        columns.extend(column_names(items));
                    }
                    Some(node) => return Err(unknown(node)),
                }
            }
        }
        match alias {
            Some(Alias { aliasname, colnames }) => {
                columns.extend(strings(colnames).unwrap_or_default());
                self.fields.function(aliasname, colnames.is_empty(), &names, &columns);
            }
            None => names.iter().for_each(|name| self.fields.function(name, true, &names, &columns)),
        }
        Ok(())
    }

    /// A column of `AS t (name type, …)`.
    fn column(&mut self, node: &'t NodeEnum) -> Checked {
        let NodeEnum::ColumnDef(column) = node else { return Err(unknown(node)) };
        let ColumnDef {
            colname: _,
            type_name,
            compression: _,
            inhcount: _,
            is_local: _,
            is_not_null: _,
            is_from_type: _,
            storage: _,
            storage_name: _,
            raw_default: None,
            cooked_default: None,
            identity: _,
            identity_sequence: None,
            generated: _,
            coll_clause,
            coll_oid: _,
            constraints,
            fdwoptions,
            location: _,
        } = &**column
        else {
            return Err(unknown(node));
        };
        if !constraints.is_empty() || !fdwoptions.is_empty() {
            return Err(unknown(node));
        }
        if let Some(collate) = coll_clause {
            let CollateClause { arg, collname, location: _ } = &**collate;
            self.operator(collname)?;
            self.maybe(arg)?;
        }
        self.type_name(type_name.as_ref())
    }
}

fn closed(relation: &Relation, why: Closed<'_>) -> Refusal {
    let (message, hint) = match why {
        Closed::Blocked(Block::Closed(hint)) => {
            (format!("Table `{relation}` is not open to queries."), hint.clone())
        }
        Closed::Blocked(Block::ReplacedBy(by)) => {
            (format!("Table `{relation}` is not open to queries."), format!("Read {by} instead."))
        }
        Closed::NotAllowed if relation.schema.is_some() => (
            format!("Table `{relation}` is not on the list of open tables."),
            "To see what tables exist call list_tables.".to_owned(),
        ),
        Closed::NotAllowed => (
            format!("Table `{relation}` is not on the list of open tables in each schema where it might be."),
            "Write schema.table; to see what tables exist call list_tables.".to_owned(),
        ),
    };
    Refusal::new(Table, message, hint)
}

/// The call in an item of `ROWS FROM`, and the lists of columns after it.
fn call_of(item: &Node) -> Option<(&FuncCall, &[Node])> {
    let Some(NodeEnum::List(List { items })) = &item.node else { return None };
    match &items[..] {
        [Node { node: Some(NodeEnum::FuncCall(call)) }, definitions @ ..] => Some((call, definitions)),
        _ => None,
    }
}

fn column_names(columns: &[Node]) -> Vec<&str> {
    columns
        .iter()
        .filter_map(|node| match &node.node {
            Some(NodeEnum::ColumnDef(column)) => Some(column.colname.as_str()),
            _ => None,
        })
        .collect()
}

fn not_a_call() -> Refusal {
    Refusal::new(
        NotAllowed,
        "Only plain function calls stand in FROM.",
        "Put the expression into the SELECT list.",
    )
}
