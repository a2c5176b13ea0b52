//! Walks a parse tree and stops at the first node that is not known to be harmless.
//!
//! Each place in the tree admits only the kinds of node that its match names, and each node
//! is taken apart field by field, without `..`. Two sorts of field are passed over: those that
//! hold no node, and those that only parse analysis in the server fills (`xpr`, `cterefcount`).
//! The walk recurses; the decoder's limit on depth (see `parser`) bounds it.

mod call;
mod explain;
mod expression;
mod fields;
mod query;
mod repeatable;
mod show;
mod source;
mod type_name;

use pg_query::protobuf::{Node, ParseResult, RawStmt};
use pg_query::{NodeEnum, protobuf};

use crate::admitted::Kind;
use crate::refusal::RefusalCode::{ManyStatements, NotAllowed, Parameter, TooMuch};
use crate::{Policy, Refusal, Relation};

/// How many tables, sub-queries and functions one statement may read from.
pub const MAX_SOURCES: usize = 64;

/// What a walk found out about a statement.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Findings {
    pub(crate) kind: Kind,
    /// The relations that it names.
    pub(crate) relations: Vec<Relation>,
    /// Whether it is a query whose outermost part has an order.
    pub(crate) is_ordered: bool,
    /// Whether it neither reads the clock nor draws numbers.
    pub(crate) is_repeatable: bool,
}

/// What the one statement in `tree` is, if nothing in it may do harm.
pub(crate) fn check(tree: &ParseResult, policy: &Policy) -> Result<Findings, Refusal> {
    let ParseResult { version: _, stmts } = tree;
    let [RawStmt { stmt, stmt_location: _, stmt_len: _ }] = &stmts[..] else {
        let hint = "Send one statement at a time.";
        return Err(Refusal::new(ManyStatements, "There is not exactly one statement.", hint));
    };
    let mut walk = Walk {
        policy,
        ctes: Vec::new(),
        relations: Vec::new(),
        sources: 0,
        repeated: 1,
        is_repeatable: true,
        fields: fields::Fields::default(),
    };
    let kind = walk.statement(stmt.as_deref())?;
    walk.fields.check()?;
    let Walk { relations, is_repeatable, .. } = walk;
    Ok(Findings { kind, relations, is_ordered: is_ordered(stmt.as_deref()), is_repeatable })
}

type Checked = Result<(), Refusal>;

/// What is known at one point of the walk.
struct Walk<'t> {
    policy: &'t Policy,
    /// The names of the common table expressions in scope, one list a `WITH`, inmost last.
    ctes: Vec<Vec<&'t str>>,
    relations: Vec<Relation>,
    /// How many things are read from so far.
    sources: usize,
    /// How long all the `repeat`s so far could make one character.
    repeated: u64,
    /// Whether nothing so far gives another value each time.
    is_repeatable: bool,
    fields: fields::Fields<'t>,
}

impl<'t> Walk<'t> {
    /// The statement itself, which for `EXPLAIN` holds another.
    fn statement(&mut self, node: Option<&'t Node>) -> Result<Kind, Refusal> {
        match node.and_then(|node| node.node.as_ref()) {
            Some(NodeEnum::ExplainStmt(explain)) => self.explain(explain).map(|()| Kind::Explain),
            Some(NodeEnum::VariableShowStmt(setting)) => show::check(setting).map(|()| Kind::Show),
            _ => self.query(node).map(|()| Kind::Query),
        }
    }

    /// Visits the node in each of `nodes`; the parser leaves some of them empty.
    fn each(&mut self, nodes: &'t [Node], visit: fn(&mut Self, &'t NodeEnum) -> Checked) -> Checked {
        nodes.iter().filter_map(|node| node.node.as_ref()).try_for_each(|node| visit(self, node))
    }

    /// Visits the expression in `node`, if there is one.
    fn maybe(&mut self, node: &'t Option<Box<Node>>) -> Checked {
        match node.as_deref() {
            Some(Node { node: Some(node) }) => self.expression(node),
            _ => Ok(()),
        }
    }

    fn count_source(&mut self) -> Checked {
        self.sources += 1;
        if self.sources <= MAX_SOURCES {
            return Ok(());
        }
        let message =
            format!("The query reads from more than {MAX_SOURCES} tables, sub-queries and functions.");
        Err(Refusal::new(TooMuch, message, "Ask in several queries."))
    }
}

/// Whether `node` is a query with an order, outside of any sub-query. Parentheses around a whole
/// query leave no node.
fn is_ordered(node: Option<&Node>) -> bool {
    match node.and_then(|node| node.node.as_ref()) {
        Some(NodeEnum::SelectStmt(select)) => !select.sort_clause.is_empty(),
        _ => false,
    }
}

/// The strings that `nodes` hold, or nothing when one of them is no string.
fn strings(nodes: &[Node]) -> Option<Vec<&str>> {
    nodes.iter().map(as_string).collect()
}

fn as_string(node: &Node) -> Option<&str> {
    match &node.node {
        Some(NodeEnum::String(protobuf::String { sval })) => Some(sval),
        _ => None,
    }
}

/// The last of a name's parts, when the name is of `pg_catalog` or has no schema.
fn in_pg_catalog<'n>(parts: &[&'n str]) -> Option<&'n str> {
    match parts {
        [name] | ["pg_catalog", name] => Some(name),
        _ => None,
    }
}

/// The refusal of a node that its place does not admit.
fn unknown(node: &NodeEnum) -> Refusal {
    let json = "Use the JSON functions: json_build_object, json_agg, jsonb_path_query, jsonb_to_recordset.";
    let xml = "Return plain columns or build JSON with json_build_object.";
    let (what, hint, location) = match node {
        NodeEnum::ParamRef(parameter) => {
            let refusal = Refusal::new(Parameter, "The query holds a parameter.", "Write the value itself.");
            return refusal.at(parameter.location);
        }
        NodeEnum::XmlExpr(node) => ("XML", xml, node.location),
        NodeEnum::XmlSerialize(node) => ("XML", xml, node.location),
        NodeEnum::RangeTableFunc(node) => ("XML", xml, node.location),
        NodeEnum::JsonObjectConstructor(node) => (SQL_JSON, json, node.location),
        NodeEnum::JsonArrayConstructor(node) => (SQL_JSON, json, node.location),
        NodeEnum::JsonArrayQueryConstructor(node) => (SQL_JSON, json, node.location),
        NodeEnum::JsonParseExpr(node) => (SQL_JSON, json, node.location),
        NodeEnum::JsonScalarExpr(node) => (SQL_JSON, json, node.location),
        NodeEnum::JsonSerializeExpr(node) => (SQL_JSON, json, node.location),
        NodeEnum::JsonFuncExpr(node) => (SQL_JSON, json, node.location),
        NodeEnum::JsonIsPredicate(node) => (SQL_JSON, json, node.location),
        NodeEnum::JsonTable(node) => (SQL_JSON, json, node.location),
        NodeEnum::JsonObjectAgg(_) | NodeEnum::JsonArrayAgg(_) => (SQL_JSON, json, -1),
        NodeEnum::SetToDefault(node) => ("DEFAULT", "Write the value itself.", node.location),
        _ => ("A construct of this statement", "Write one plain SELECT.", -1),
    };
    Refusal::new(NotAllowed, format!("{what} is not admitted."), hint).at(location)
}

const SQL_JSON: &str = "An SQL/JSON construct";
