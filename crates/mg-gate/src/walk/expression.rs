//! Expressions: what stands in a `SELECT` list, a condition, an argument.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AArrayExpr, AConst, AExpr, AIndices, AIndirection, AStar, BoolExpr, BooleanTest, CaseExpr, CaseWhen,
    CoalesceExpr, CollateClause, ColumnRef, GroupingFunc, List, MinMaxExpr, NamedArgExpr, Node, NullTest,
    RowExpr, SqlValueFunction, SqlValueFunctionOp, SubLink, TypeCast,
};

use super::{Checked, Walk, as_string, in_pg_catalog, repeatable, strings, unknown};
use crate::refusal::RefusalCode::{FieldSelection, Function, Operator};
use crate::{Refusal, bounds};

impl<'t> Walk<'t> {
    pub(super) fn expression(&mut self, node: &'t NodeEnum) -> Checked {
        match node {
            NodeEnum::ColumnRef(column) => self.column_ref(node, column),
            NodeEnum::AConst(constant) => {
                let AConst { isnull: _, location, val } = constant;
                self.is_repeatable &= repeatable::constant(val.as_ref());
                bounds::constant(val.as_ref()).map_err(|refusal| refusal.at(*location))
            }
            NodeEnum::AExpr(operation) => self.operation(operation),
            NodeEnum::BoolExpr(junction) => {
                let BoolExpr { xpr: _, boolop: _, args, location: _ } = &**junction;
                self.each(args, Self::expression)
            }
            NodeEnum::NullTest(test) => {
                let NullTest { xpr: _, arg, nulltesttype: _, argisrow: _, location: _ } = &**test;
                self.maybe(arg)
            }
            NodeEnum::BooleanTest(test) => {
                let BooleanTest { xpr: _, arg, booltesttype: _, location: _ } = &**test;
                self.maybe(arg)
            }
            NodeEnum::FuncCall(call) => self.call(call),
            NodeEnum::NamedArgExpr(named) => {
                let NamedArgExpr { xpr: _, arg, name: _, argnumber: _, location: _ } = &**named;
                self.maybe(arg)
            }
            NodeEnum::TypeCast(cast) => {
                let TypeCast { arg, type_name, location } = &**cast;
                self.type_name(type_name.as_ref()).map_err(|refusal| refusal.at(*location))?;
                self.maybe(arg)
            }
            NodeEnum::CaseExpr(case) => self.case(case),
            NodeEnum::CoalesceExpr(coalesce) => {
                let CoalesceExpr { xpr: _, coalescetype: _, coalescecollid: _, args, location: _ } =
                    &**coalesce;
                self.each(args, Self::expression)
            }
            NodeEnum::MinMaxExpr(extreme) => {
                let MinMaxExpr {
                    xpr: _,
                    minmaxtype: _,
                    minmaxcollid: _,
                    inputcollid: _,
                    op: _,
                    args,
                    location: _,
                } = &**extreme;
                self.each(args, Self::expression)
            }
            NodeEnum::SubLink(link) => self.sub_link(link),
            NodeEnum::AArrayExpr(array) => {
                let AArrayExpr { elements, list_start: _, list_end: _, location: _ } = array;
                self.each(elements, Self::expression)
            }
            NodeEnum::RowExpr(row) => {
                let RowExpr { xpr: _, args, row_typeid: _, row_format: _, colnames: _, location: _ } = &**row;
                self.each(args, Self::expression)
            }
            NodeEnum::AIndirection(indirection) => {
                let AIndirection { arg, indirection } = &**indirection;
                self.each(indirection, Self::subscript)?;
                self.maybe(arg)
            }
            NodeEnum::CollateClause(collate) => {
                let CollateClause { arg, collname, location } = &**collate;
                self.operator(collname).map_err(|refusal| refusal.at(*location))?;
                self.maybe(arg)
            }
            NodeEnum::SqlvalueFunction(function) => {
                self.is_repeatable = false;
                instant(function)
            }
            NodeEnum::GroupingFunc(grouping) => {
                let GroupingFunc { xpr: _, args, refs: _, agglevelsup: _, location: _ } = &**grouping;
                self.each(args, Self::expression)
            }
            // The right side of IN and BETWEEN.
            NodeEnum::List(List { items }) => self.each(items, Self::expression),
            _ => Err(unknown(node)),
        }
    }

    fn column_ref(&mut self, node: &'t NodeEnum, column: &'t ColumnRef) -> Checked {
        let ColumnRef { fields, location } = column;
        let is_name =
            |field: &Node| matches!(field.node, Some(NodeEnum::String(_) | NodeEnum::AStar(AStar {})));
        if !fields.iter().all(is_name) {
            return Err(unknown(node).at(*location));
        }
        if let [.., source, field] = &fields[..]
            && let (Some(source), Some(field)) = (as_string(source), as_string(field))
        {
            self.fields.selection(source, field, *location);
        }
        Ok(())
    }

    fn operation(&mut self, operation: &'t AExpr) -> Checked {
        let AExpr { kind: _, name, lexpr, rexpr, rexpr_list_start: _, rexpr_list_end: _, location } =
            operation;
        self.operator(name).map_err(|refusal| refusal.at(*location))?;
        let right = rexpr.as_deref().and_then(|node| node.node.as_ref());
        bounds::operation(name.last().and_then(as_string), right).map_err(|refusal| refusal.at(*location))?;
        self.maybe(lexpr)?;
        self.maybe(rexpr)
    }

    /// The name of an operator or of a collation.
    pub(super) fn operator(&mut self, name: &'t [Node]) -> Checked {
        let parts = strings(name).unwrap_or_default();
        match in_pg_catalog(&parts) {
            Some(_) => Ok(()),
            None => {
                let message =
                    format!("`{}` is not an operator or collation of PostgreSQL itself.", parts.join("."));
                Err(Refusal::new(Operator, message, "Leave the schema out."))
            }
        }
    }

    fn case(&mut self, case: &'t CaseExpr) -> Checked {
        let CaseExpr { xpr: _, casetype: _, casecollid: _, arg, args, defresult, location: _ } = case;
        self.maybe(arg)?;
        self.each(args, Self::when)?;
        self.maybe(defresult)
    }

    fn when(&mut self, node: &'t NodeEnum) -> Checked {
        let NodeEnum::CaseWhen(when) = node else { return Err(unknown(node)) };
        let CaseWhen { xpr: _, expr, result, location: _ } = &**when;
        self.maybe(expr)?;
        self.maybe(result)
    }

    fn sub_link(&mut self, link: &'t SubLink) -> Checked {
        let SubLink { xpr: _, sub_link_type: _, sub_link_id: _, testexpr, oper_name, subselect, location } =
            link;
        if !oper_name.is_empty() {
            self.operator(oper_name).map_err(|refusal| refusal.at(*location))?;
        }
        self.maybe(testexpr)?;
        self.query(subselect.as_deref()).map_err(|refusal| refusal.at(*location))
    }

    /// What follows an expression: `[i]`, `[i:j]`, `.*`, but not `.name` (see `fields`).
    fn subscript(&mut self, node: &'t NodeEnum) -> Checked {
        match node {
            NodeEnum::AIndices(indices) => {
                let AIndices { is_slice: _, lidx, uidx } = &**indices;
                self.maybe(lidx)?;
                self.maybe(uidx)
            }
            NodeEnum::AStar(AStar {}) => Ok(()),
            NodeEnum::String(field) => {
                let message = format!("`(...).{}` may be a call of a function of that name.", field.sval);
                let hint = "Write table.column without parentheses; put a function that yields rows into FROM \
                            and name its columns; take a key of JSON with ->>.";
                Err(Refusal::new(FieldSelection, message, hint))
            }
            _ => Err(unknown(node)),
        }
    }
}

/// `current_date` and its like; not `current_user` and its like.
fn instant(function: &SqlValueFunction) -> Checked {
    use SqlValueFunctionOp as Op;
    let SqlValueFunction { xpr: _, op: _, r#type: _, typmod: _, location } = function;
    match function.op() {
        Op::SvfopCurrentDate
        | Op::SvfopCurrentTime
        | Op::SvfopCurrentTimeN
        | Op::SvfopCurrentTimestamp
        | Op::SvfopCurrentTimestampN
        | Op::SvfopLocaltime
        | Op::SvfopLocaltimeN
        | Op::SvfopLocaltimestamp
        | Op::SvfopLocaltimestampN => Ok(()),
        Op::SqlvalueFunctionOpUndefined
        | Op::SvfopCurrentRole
        | Op::SvfopCurrentUser
        | Op::SvfopUser
        | Op::SvfopSessionUser
        | Op::SvfopCurrentCatalog
        | Op::SvfopCurrentSchema => {
            let message = "Names of users, databases and schemas of the connection are not open.";
            Err(Refusal::new(Function, message, "Ask only for data.").at(*location))
        }
    }
}
