//! Refuses literals that make a short statement mean gigabytes or minutes.
//!
//! Postgres folds constants while it plans, where a statement's timeout is not looked at, and
//! one value may take a gigabyte. These checks stop what is cheap to write. They are no bound
//! on what a query takes: text doubled in a recursive query grows as well, and is stopped by
//! the server's limits only.

use pg_query::NodeEnum;
use pg_query::protobuf::a_const::Val;
use pg_query::protobuf::{AConst, Float, Integer, MinMaxExpr, MinMaxOp, TypeCast};

use crate::Refusal;
use crate::refusal::RefusalCode::TooMuch;

/// How long `repeat`, `lpad`, `rpad` or one place of `format` may make a text, in characters
/// (of `repeat`: in copies).
const MAX_LENGTH: f64 = 10_000.0;
/// How long all the `repeat`s of a statement could make one character, were they nested.
const MAX_REPEATED: u64 = 1_000_000;
/// How many rows a series between two literals may have.
const MAX_SERIES: f64 = 1_000_000.0;
/// The greatest literal exponent of `^` and `power`.
const MAX_EXPONENT: f64 = 1_000.0;
/// How many digits a literal may have, and to which power of ten: beyond a double's range.
const MAX_DIGITS: usize = 400;

/// That a call of `name` with these arguments is not a bomb. `repeated` is what all `repeat`s
/// before it multiply to.
pub(crate) fn call(name: &str, arguments: &[&NodeEnum], repeated: &mut u64) -> Result<(), Refusal> {
    match (name, arguments) {
        ("repeat", [_, count]) => {
            let copies = length(name, count)?;
            *repeated = repeated.saturating_mul(copies.max(1));
            if *repeated > MAX_REPEATED {
                return Err(too_much(
                    "The statement repeats a text too often in all.",
                    "Repeat it less often.",
                ));
            }
            Ok(())
        }
        ("lpad" | "rpad", [_, count] | [_, count, _]) => length(name, count).map(drop),
        ("format", [template, ..]) => format_template(template),
        ("generate_series", [from, to]) => series(literal(from), literal(to), Some(1.0)),
        ("generate_series", [from, to, step]) => series(literal(from), literal(to), literal(step)),
        ("power" | "pow", [_, exponent]) => operation(Some("^"), Some(exponent)),
        _ => Ok(()),
    }
}

/// That an operation with this operator and right side is not a bomb.
pub(crate) fn operation(operator: Option<&str>, right: Option<&NodeEnum>) -> Result<(), Refusal> {
    match right.and_then(literal) {
        Some(exponent) if operator == Some("^") && exponent.abs() > MAX_EXPONENT => {
            let message = format!("An exponent is beyond {MAX_EXPONENT}.");
            Err(too_much(message, "Write a smaller exponent."))
        }
        _ => Ok(()),
    }
}

/// That a constant is of ordinary size.
pub(crate) fn constant(value: Option<&Val>) -> Result<(), Refusal> {
    let Some(Val::Fval(Float { fval })) = value else { return Ok(()) };
    let power = fval.split_once(['e', 'E']).map_or("0", |(_, power)| power);
    let is_hexadecimal = fval.starts_with("0x") || fval.starts_with("0X");
    let is_small = power.parse::<i64>().is_ok_and(|power| power.unsigned_abs() <= MAX_DIGITS as u64);
    if fval.len() <= MAX_DIGITS && (is_small || is_hexadecimal) {
        return Ok(());
    }
    let message = format!("A number has more than {MAX_DIGITS} digits.");
    Err(too_much(message, "Write a number that a double precision value can hold."))
}

/// The greatest value of a length that is a number or `least(…, number)`.
fn length(function: &str, count: &NodeEnum) -> Result<u64, Refusal> {
    match at_most(count) {
        Some(count) if count <= MAX_LENGTH => Ok(count.max(0.0) as u64),
        _ => {
            let message = format!("The length given to {function} is not known to be at most {MAX_LENGTH}.");
            let hint = format!("Write a number up to {MAX_LENGTH}, or least(expression, number).");
            Err(too_much(message, hint))
        }
    }
}

/// A number that `node` surely does not exceed.
fn at_most(node: &NodeEnum) -> Option<f64> {
    match node {
        NodeEnum::MinMaxExpr(extreme) if extreme.op() == MinMaxOp::IsLeast => {
            let MinMaxExpr { args, .. } = &**extreme;
            args.iter().filter_map(|node| at_most(node.node.as_ref()?)).reduce(f64::min)
        }
        NodeEnum::TypeCast(cast) => at_most(number_cast(cast)?),
        _ => literal(node),
    }
}

/// The number that `node` spells.
fn literal(node: &NodeEnum) -> Option<f64> {
    match node {
        NodeEnum::AConst(AConst { val: Some(Val::Ival(Integer { ival })), .. }) => Some(f64::from(*ival)),
        NodeEnum::AConst(AConst { val: Some(Val::Fval(Float { fval })), .. }) => fval.parse().ok(),
        NodeEnum::TypeCast(cast) => literal(number_cast(cast)?),
        _ => None,
    }
}

/// What is cast from one number to another. Other casts may change the number: -1 by way of
/// `bit(31)` is 2147483647.
fn number_cast(cast: &TypeCast) -> Option<&NodeEnum> {
    let TypeCast { arg, type_name, location: _ } = cast;
    let Some(NodeEnum::String(name)) = &type_name.as_ref()?.names.last()?.node else { return None };
    let is_number = ["int2", "int4", "int8", "float4", "float8", "numeric"].contains(&name.sval.as_str());
    if is_number { arg.as_ref()?.node.as_ref() } else { None }
}

fn series(from: Option<f64>, to: Option<f64>, step: Option<f64>) -> Result<(), Refusal> {
    let (Some(from), Some(to), Some(step)) = (from, to, step) else { return Ok(()) };
    if (to - from) / step > MAX_SERIES {
        let message = format!("A series has more than {MAX_SERIES} rows.");
        return Err(too_much(message, "Generate fewer rows."));
    }
    Ok(())
}

/// That the template of `format` is there to be read and has no wide place in it.
fn format_template(template: &NodeEnum) -> Result<(), Refusal> {
    let NodeEnum::AConst(AConst { val: Some(Val::Sval(template)), .. }) = template else {
        let hint = "Write the template as one literal, or join texts with || or concat.";
        return Err(too_much("The template of format is not a literal.", hint));
    };
    // Every other piece begins at a `%`; a `%%` leaves an empty one, which is harmless.
    for place in template.sval.split('%').skip(1) {
        let end = place.find(|c: char| !c.is_ascii_digit() && !"$-*".contains(c)).unwrap_or(place.len());
        let place = &place[..end];
        let is_wide = |number: &str| number.len() > 4;
        if place.contains('*') || place.split(|c: char| !c.is_ascii_digit()).any(is_wide) {
            let message =
                format!("A place in the template of format is wider than {MAX_LENGTH} or set by `*`.");
            return Err(too_much(message, "Write a smaller width."));
        }
    }
    Ok(())
}

fn too_much(message: impl Into<String>, hint: impl Into<String>) -> Refusal {
    Refusal::new(TooMuch, message, hint)
}
