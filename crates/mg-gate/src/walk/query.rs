//! Queries, their clauses and their common table expressions.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    CommonTableExpr, CteCycleClause, GroupingSet, List, Node, ResTarget, SelectStmt, SortBy, WindowDef,
    WithClause,
};

use super::{Checked, Walk, unknown};
use crate::Refusal;
use crate::refusal::RefusalCode::{Locks, NotAQuery, Writes};

impl<'t> Walk<'t> {
    /// A node that must be a query: the statement itself, a sub-query, the body of a CTE.
    pub(super) fn query(&mut self, node: Option<&'t Node>) -> Checked {
        match node.and_then(|node| node.node.as_ref()) {
            Some(NodeEnum::SelectStmt(select)) => self.select(select),
            Some(
                NodeEnum::InsertStmt(_)
                | NodeEnum::UpdateStmt(_)
                | NodeEnum::DeleteStmt(_)
                | NodeEnum::MergeStmt(_),
            ) => Err(Refusal::new(
                Writes,
                "A part of the statement changes data: INSERT, UPDATE, DELETE and MERGE are not admitted.",
                "Only read: write SELECT in each part of WITH.",
            )),
            _ => Err(not_a_query()),
        }
    }

    fn select(&mut self, select: &'t SelectStmt) -> Checked {
        let SelectStmt {
            distinct_clause,
            into_clause,
            target_list,
            from_clause,
            where_clause,
            group_clause,
            group_distinct: _,
            having_clause,
            window_clause,
            values_lists,
            sort_clause,
            limit_offset,
            limit_count,
            limit_option: _,
            locking_clause,
            with_clause,
            op: _,
            all: _,
            larg,
            rarg,
        } = select;
        if let Some(into) = into_clause {
            let message = "SELECT INTO makes a table, which is not admitted.";
            let refusal = Refusal::new(Writes, message, "Leave INTO out; the rows are returned to you.");
            return Err(refusal.at(into.rel.as_ref().map_or(-1, |table| table.location)));
        }
        if !locking_clause.is_empty() {
            let message = "FOR UPDATE and FOR SHARE lock rows, which is not admitted.";
            return Err(Refusal::new(Locks, message, "Leave the locking clause out."));
        }
        self.ctes.push(Vec::new());
        if let Some(with) = with_clause {
            self.with(with)?;
        }
        for side in [larg, rarg].into_iter().flatten() {
            self.select(side)?;
        }
        self.each(from_clause, Self::source)?;
        self.each(target_list, Self::target)?;
        self.each(distinct_clause, Self::expression)?;
        self.maybe(where_clause)?;
        self.each(group_clause, Self::grouping)?;
        self.maybe(having_clause)?;
        self.each(window_clause, Self::window_node)?;
        self.each(values_lists, Self::row)?;
        self.each(sort_clause, Self::sort)?;
        self.maybe(limit_offset)?;
        self.maybe(limit_count)?;
        self.ctes.pop();
        Ok(())
    }

    /// Each common table expression sees those before it, and all of them if `RECURSIVE`.
    fn with(&mut self, with: &'t WithClause) -> Checked {
        let WithClause { ctes, recursive, location: _ } = with;
        if *recursive {
            ctes.iter().filter_map(cte_of).for_each(|cte| self.name_cte(cte));
        }
        for node in ctes {
            let cte = cte_of(node).ok_or_else(not_a_query)?;
            self.cte(cte).map_err(|refusal| refusal.at(cte.location))?;
            if !recursive {
                self.name_cte(cte);
            }
        }
        Ok(())
    }

    fn name_cte(&mut self, cte: &'t CommonTableExpr) {
        if let Some(names) = self.ctes.last_mut() {
            names.push(&cte.ctename);
        }
    }

    fn cte(&mut self, cte: &'t CommonTableExpr) -> Checked {
        let CommonTableExpr {
            ctename: _,
            aliascolnames: _,
            ctematerialized: _,
            ctequery,
            // Names of columns, nothing else.
            search_clause: _,
            cycle_clause,
            location: _,
            cterecursive: _,
            cterefcount: _,
            ctecolnames: _,
            ctecoltypes: _,
            ctecoltypmods: _,
            ctecolcollations: _,
        } = cte;
        if let Some(cycle) = cycle_clause {
            let CteCycleClause {
                cycle_col_list: _,
                cycle_mark_column: _,
                cycle_mark_value,
                cycle_mark_default,
                cycle_path_column: _,
                location: _,
                cycle_mark_type: _,
                cycle_mark_typmod: _,
                cycle_mark_collation: _,
                cycle_mark_neop: _,
            } = &**cycle;
            self.maybe(cycle_mark_value)?;
            self.maybe(cycle_mark_default)?;
        }
        self.query(ctequery.as_deref())
    }

    fn target(&mut self, node: &'t NodeEnum) -> Checked {
        let NodeEnum::ResTarget(target) = node else { return Err(unknown(node)) };
        let ResTarget { name: _, indirection, val, location } = &**target;
        if !indirection.is_empty() {
            return Err(unknown(node).at(*location));
        }
        self.maybe(val)
    }

    fn grouping(&mut self, node: &'t NodeEnum) -> Checked {
        match node {
            NodeEnum::GroupingSet(GroupingSet { kind: _, content, location: _ }) => {
                self.each(content, Self::grouping)
            }
            _ => self.expression(node),
        }
    }

    /// A row of `VALUES`.
    fn row(&mut self, node: &'t NodeEnum) -> Checked {
        let NodeEnum::List(List { items }) = node else { return Err(unknown(node)) };
        self.each(items, Self::expression)
    }

    pub(super) fn sort(&mut self, node: &'t NodeEnum) -> Checked {
        let NodeEnum::SortBy(sort) = node else { return Err(unknown(node)) };
        let SortBy { node, sortby_dir: _, sortby_nulls: _, use_op, location } = &**sort;
        if !use_op.is_empty() {
            self.operator(use_op).map_err(|refusal| refusal.at(*location))?;
        }
        self.maybe(node)
    }

    fn window_node(&mut self, node: &'t NodeEnum) -> Checked {
        let NodeEnum::WindowDef(window) = node else { return Err(unknown(node)) };
        self.window(window)
    }

    pub(super) fn window(&mut self, window: &'t WindowDef) -> Checked {
        let WindowDef {
            name: _,
            refname: _,
            partition_clause,
            order_clause,
            frame_options: _,
            start_offset,
            end_offset,
            location: _,
        } = window;
        self.each(partition_clause, Self::expression)?;
        self.each(order_clause, Self::sort)?;
        self.maybe(start_offset)?;
        self.maybe(end_offset)
    }
}

fn cte_of(node: &Node) -> Option<&CommonTableExpr> {
    match &node.node {
        Some(NodeEnum::CommonTableExpr(cte)) => Some(cte),
        _ => None,
    }
}

fn not_a_query() -> Refusal {
    Refusal::new(NotAQuery, "A part of the statement is no query.", "Write one SELECT.")
}
