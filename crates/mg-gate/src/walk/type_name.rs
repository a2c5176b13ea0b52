//! The types that a value may be cast to.

use pg_query::NodeEnum;
use pg_query::protobuf::{AConst, Integer, Node, TypeName, a_const::Val};

use super::{Checked, Walk, in_pg_catalog, strings};
use crate::Refusal;
use crate::refusal::RefusalCode::{TooMuch, Type};

/// Types of `pg_catalog` whose input only reads its text. Left out, apart from what nobody
/// needs: `reg*` (looks names up), `oid`, `aclitem` (looks roles up), `xml`, `record`.
const TYPES: [&str; 51] = [
    "bit",
    "bool",
    "box",
    "bpchar",
    "bytea",
    "char",
    "cidr",
    "circle",
    "date",
    "datemultirange",
    "daterange",
    "float4",
    "float8",
    "inet",
    "int2",
    "int4",
    "int4multirange",
    "int4range",
    "int8",
    "int8multirange",
    "int8range",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "nummultirange",
    "numrange",
    "path",
    "point",
    "polygon",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "uuid",
    "varbit",
    "varchar",
];

/// The greatest modifier, as in `varchar(n)`: `char(n)` pads to it. Fits the mask of `interval`.
const MAX_MODIFIER: i32 = 65_535;

impl<'t> Walk<'t> {
    pub(super) fn type_name(&mut self, name: Option<&'t TypeName>) -> Checked {
        let Some(name) = name else {
            return Err(Refusal::new(Type, "A type is missing.", "Name an ordinary type, such as text."));
        };
        let TypeName { names, type_oid: _, setof, pct_type, typmods, typemod: _, array_bounds, location } =
            name;
        let parts = strings(names).unwrap_or_default();
        let is_known = in_pg_catalog(&parts).is_some_and(|name| TYPES.contains(&name));
        if !is_known || *setof || *pct_type {
            return Err(not_known(&parts).at(*location));
        }
        if !typmods.iter().all(is_modifier) {
            let message =
                format!("A modifier of type `{}` is not a number up to {MAX_MODIFIER}.", parts.join("."));
            return Err(Refusal::new(TooMuch, message, "Write a smaller number, or text.").at(*location));
        }
        let is_bound = |node: &Node| matches!(node.node, Some(NodeEnum::Integer(Integer { ival: _ })));
        if !array_bounds.iter().all(is_bound) {
            return Err(not_known(&parts).at(*location));
        }
        Ok(())
    }
}

fn is_modifier(node: &Node) -> bool {
    let Some(NodeEnum::AConst(AConst { isnull: _, location: _, val })) = &node.node else { return false };
    matches!(val, Some(Val::Ival(Integer { ival: 0..=MAX_MODIFIER })))
}

fn not_known(parts: &[&str]) -> Refusal {
    let name = parts.join(".");
    let (why, hint) = if parts.last().is_some_and(|name| name.starts_with("reg")) {
        ("looks names up in the server's catalog", "To see what tables exist call list_tables.")
    } else {
        (
            "is not on the list of types",
            "Cast to an ordinary type: text, numeric, integer, date, timestamptz, jsonb.",
        )
    };
    Refusal::new(Type, format!("Type `{name}` {why}; casts to it are not admitted."), hint)
}
