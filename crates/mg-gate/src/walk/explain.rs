//! `EXPLAIN` of a query, with the options that neither run it nor tell about the server.
//!
//! `VERBOSE` is among them: it names the columns and schemas of tables that may be read.
//! `SETTINGS` is not: it prints whatever planner setting was changed, beside the list of `show`.

use pg_query::NodeEnum;
use pg_query::protobuf::{Boolean, DefElem, ExplainStmt, Integer, String as Text};

use super::{Checked, Walk, unknown};
use crate::Refusal;
use crate::refusal::RefusalCode::{Analyze, NotAllowed};

/// Options that change only how a plan looks.
const HARMLESS: [&str; 3] = ["costs", "summary", "verbose"];
const FORMATS: [&str; 3] = ["json", "text", "yaml"];

impl<'t> Walk<'t> {
    pub(super) fn explain(&mut self, explain: &'t ExplainStmt) -> Checked {
        let ExplainStmt { query, options } = explain;
        self.each(options, Self::option)?;
        self.query(query.as_deref())
    }

    fn option(&mut self, node: &'t NodeEnum) -> Checked {
        let NodeEnum::DefElem(option) = node else { return Err(unknown(node)) };
        let DefElem { defnamespace: _, defname, arg, defaction: _, location, arg_location: _ } = &**option;
        let arg = arg.as_deref().and_then(|node| node.node.as_ref());
        let is_admitted = match (defname.as_str(), arg) {
            ("analyze", arg) if truth(arg) != Some(false) => return Err(runs().at(*location)),
            ("analyze", _) => true,
            ("format", Some(NodeEnum::String(Text { sval }))) => {
                FORMATS.contains(&sval.to_ascii_lowercase().as_str())
            }
            (name, arg) => HARMLESS.contains(&name) && truth(arg).is_some(),
        };
        if is_admitted { Ok(()) } else { Err(not_admitted(defname).at(*location)) }
    }
}

/// What the server takes the argument of an option for, where that is sure.
fn truth(arg: Option<&NodeEnum>) -> Option<bool> {
    match arg {
        None => Some(true),
        Some(NodeEnum::String(Text { sval })) => match sval.to_ascii_lowercase().as_str() {
            "true" | "on" => Some(true),
            "false" | "off" => Some(false),
            _ => None,
        },
        Some(NodeEnum::Boolean(Boolean { boolval })) => Some(*boolval),
        Some(NodeEnum::Integer(Integer { ival: 0 })) => Some(false),
        Some(NodeEnum::Integer(Integer { ival: 1 })) => Some(true),
        Some(_) => None,
    }
}

fn runs() -> Refusal {
    let message = "EXPLAIN ANALYZE runs the query, which is not admitted here.";
    Refusal::new(Analyze, message, "Leave ANALYZE out, or call the tool explain_query with analyze.")
}

fn not_admitted(option: &str) -> Refusal {
    let message = format!("EXPLAIN is not admitted with this option or value of `{option}`.");
    let hint = "Options that are: COSTS, SUMMARY and VERBOSE with a truth value, FORMAT TEXT, JSON or YAML; \
                for more call the tool explain_query.";
    Refusal::new(NotAllowed, message, hint)
}
