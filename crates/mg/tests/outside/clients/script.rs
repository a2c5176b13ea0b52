//! What the scripted model decides, from what a program has told it so far.

use anyhow::{Context, ensure};
use serde_json::{Value, json};

/// The commune that both questions are about.
pub(super) const COMMUNE: &str = "Lagny-sur-Marne";
/// A place that no territory has.
pub(super) const NOWHERE: &str = "Atlantis";
/// The indicator that the script asks for.
pub(super) const KPI: &str = "logements_autorises";
/// What stands between indicator and forecast in the answer.
pub(super) const FORECAST_TITLE: &str = "Prévu :";

/// One request of a program, whatever its provider's wire format.
#[derive(Debug, Clone)]
pub(super) struct Conversation {
    /// Text of the user's message.
    pub(super) question: String,
    /// The tools offered.
    pub(super) tools: Vec<OfferedTool>,
    /// Calls that were asked for, with what came of each, oldest first.
    pub(super) results: Vec<ToolResult>,
}

/// A tool as a program describes it to its model.
#[derive(Debug, Clone)]
pub(super) struct OfferedTool {
    /// Its name.
    pub(super) name: String,
    /// The JSON schema of its arguments.
    pub(super) schema: Value,
}

/// A call, and what the program says came of it.
#[derive(Debug, Clone)]
pub(super) struct ToolResult {
    /// Name of the tool.
    pub(super) tool: String,
    /// The result's text.
    pub(super) text: String,
    /// Whether the tool refused; none where the wire format does not say.
    pub(super) is_error: Option<bool>,
}

/// What the model does next.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Calls a tool.
    Call {
        /// Its name.
        tool: &'static str,
        /// A JSON object.
        arguments: Value,
    },
    /// Answers the question.
    Say(String),
}

/// The next step: to a question about [`NOWHERE`] one call that must be refused, to any other
/// the whole job.
pub(super) fn next_step(conversation: &Conversation) -> anyhow::Result<Step> {
    let refused = conversation.question.contains(NOWHERE);
    let commune = if refused { NOWHERE } else { COMMUNE };
    match conversation.results.last() {
        None if refused => conversation.ask_of(commune, "get_indicator", json!({ "name": KPI })),
        None => conversation.ask("launch_scraper", json!({ "spider": "sitadel" })),
        Some(last) if refused => Ok(Step::Say(format!("Impossible : {}", last.text))),
        Some(last) => match last.tool.as_str() {
            "launch_scraper" => conversation.follow(&last.text),
            "get_run" if last.text.contains("Not finished") => conversation.follow(&last.text),
            "get_run" if last.text.contains("succeeded") => {
                conversation.ask_of(commune, "get_indicator", json!({ "name": KPI }))
            }
            "get_indicator" => {
                conversation.ask_of(commune, "forecast_kpi", json!({ "name": KPI, "horizon": 12 }))
            }
            "forecast_kpi" => conversation.conclude(&last.text),
            _ => Ok(Step::Say(format!("Impossible : {}", last.text))),
        },
    }
}

impl Conversation {
    /// Calls a tool that was offered, with arguments that its schema names.
    fn ask(&self, tool: &'static str, arguments: Value) -> anyhow::Result<Step> {
        let names: Vec<&String> = arguments.as_object().context("an object")?.keys().collect();
        let offered = self.tools.iter().find(|offered| offered.name == tool);
        let offered = offered.with_context(|| format!("{tool} was not offered"))?;
        for name in names {
            ensure!(offered.takes(name), "{tool} takes no {name}: {}", offered.schema);
        }
        Ok(Step::Call { tool, arguments })
    }

    /// The same, about one commune: tools take one, or a list.
    fn ask_of(&self, commune: &str, tool: &'static str, mut arguments: Value) -> anyhow::Result<Step> {
        if self.takes(tool, "communes") {
            arguments["communes"] = json!([commune]);
        } else {
            arguments["commune"] = json!(commune);
        }
        self.ask(tool, arguments)
    }

    /// Asks how the run stands whose number is the first in `text`.
    fn follow(&self, text: &str) -> anyhow::Result<Step> {
        let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
        let number: String = digits.chars().take_while(char::is_ascii_digit).collect();
        let run_id: i64 = number.parse().with_context(|| format!("no run in `{text}`"))?;
        let mut arguments = json!({ "run_id": run_id });
        if self.takes("get_run", "wait_seconds") {
            arguments["wait_seconds"] = json!(20);
        }
        self.ask("get_run", arguments)
    }

    /// The answer, from what the tools said: two paragraphs.
    fn conclude(&self, forecast: &str) -> anyhow::Result<Step> {
        let indicator = self.results.iter().find(|result| result.tool == "get_indicator");
        let indicator = indicator.context("forecast_kpi comes after get_indicator")?;
        Ok(Step::Say(format!("Constaté : {}\n{FORECAST_TITLE}\n{forecast}", indicator.text)))
    }

    fn takes(&self, tool: &str, argument: &str) -> bool {
        self.tools.iter().any(|offered| offered.name == tool && offered.takes(argument))
    }
}

impl OfferedTool {
    fn takes(&self, argument: &str) -> bool {
        self.schema["properties"][argument].is_object()
    }
}
