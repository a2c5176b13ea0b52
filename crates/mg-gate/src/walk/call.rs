//! Calls of functions, aggregates and window functions.

use pg_query::NodeEnum;
use pg_query::protobuf::FuncCall;

use super::{Checked, Walk, in_pg_catalog, repeatable, strings};
use crate::refusal::RefusalCode::Function;
use crate::{Refusal, bounds, functions};

impl<'t> Walk<'t> {
    pub(super) fn call(&mut self, call: &'t FuncCall) -> Checked {
        let FuncCall {
            funcname,
            args,
            agg_order,
            agg_filter,
            over,
            agg_within_group: _,
            agg_star: _,
            agg_distinct: _,
            func_variadic: _,
            funcformat: _,
            location,
        } = call;
        let parts = strings(funcname).unwrap_or_default();
        match in_pg_catalog(&parts).filter(|name| functions::only_computes(name)) {
            Some(name) => {
                let arguments: Vec<&NodeEnum> = args.iter().filter_map(|node| node.node.as_ref()).collect();
                bounds::call(name, &arguments, &mut self.repeated)
                    .map_err(|refusal| refusal.at(*location))?;
                self.is_repeatable &= repeatable::call(name, arguments.len());
            }
            None if self.policy.adds_function(&parts) => {}
            None => return Err(not_listed(&parts).at(*location)),
        }

        self.each(args, Self::expression)?;
        self.each(agg_order, Self::sort)?;
        self.maybe(agg_filter)?;
        match over {
            Some(window) => self.window(window),
            None => Ok(()),
        }
    }
}

fn not_listed(parts: &[&str]) -> Refusal {
    let hint = match parts.last() {
        Some(&("current_setting" | "version" | "set_config" | "current_database")) => {
            "The server's settings are not open; ask only for data."
        }
        Some(name) if name.starts_with("pg_") || name.starts_with("has_") => {
            "The server itself is not open to queries; to see what tables exist call list_tables."
        }
        Some(&("array_fill" | "factorial")) => {
            "Left out because a short call can ask for minutes or gigabytes."
        }
        _ => {
            "Only PostgreSQL's own functions that compute a value may be called: aggregates, window, text, \
             date, array, JSON and number functions."
        }
    };
    Refusal::new(Function, format!("Function `{}` is not on the list of functions.", parts.join(".")), hint)
}
