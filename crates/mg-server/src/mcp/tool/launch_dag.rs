//! `launch_dag`.

use mg_core::{OpContext, Role};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Effect, McpTool};
use crate::Problem;
use crate::app::{self, App, Launch};

pub(super) struct LaunchDag;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    // A doc comment would stand in the place of the description that the schema has.
    #[schemars(schema_with = "dag")]
    dag: String,
    #[serde(default)]
    #[schemars(schema_with = "parameters")]
    parameters: Value,
}

impl McpTool for LaunchDag {
    type Input = Input;
    type Output = Launch;
    const NAME: &'static str = "launch_dag";
    const TITLE: &'static str = "Launch a DAG / Lancer un traitement";
    const DESCRIPTION: &'static str = "Asks for a run of a DAG and answers at once with its run id. Use it to collect, measure or forecast \
        anew as a whole; launch_scraper runs one spider. Call get_run until `finished` is true, get_run_logs to see what it \
        does. Asked again while the same launch has not ended, it gives that run (`already_running`).";
    const ROLE: Role = Role::Editor;
    const EFFECT: Effect = Effect { destructive: false, idempotent: false, open_world: true };
    const READ_ONLY: bool = false;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let run = app::launch_dag(&ctx, &app, &input.dag, input.parameters).await?;
        let Launch { run_id, state, already_running } = &run;
        let text = if *already_running {
            format!("The same launch has not ended yet: it is run {run_id}, {state}. Follow it with get_run.")
        } else {
            format!("Run {run_id} of {} is {state}. Follow it with get_run, run_id {run_id}.", input.dag)
        };
        Answer::new(&run, text)
    }
}

fn dag(_generator: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> =
        app::dags().map(|dags| dags.iter().map(|dag| dag.name.as_str()).collect()).unwrap_or_default();
    json_schema!({
        "type": "string",
        "enum": names,
        "description": "Name of the DAG, as list_dags gives it.",
        "examples": names.first().into_iter().collect::<Vec<_>>(),
    })
}

/// What each DAG takes is said in words: one schema for all would need choices that some clients refuse. It is held to
/// the DAG's own schema when it is launched.
fn parameters(_generator: &mut SchemaGenerator) -> Schema {
    let mut text = "What the run is asked to do; what is left out is as the DAG says.".to_owned();
    for dag in app::dags().into_iter().flat_map(mg_flow::Dags::iter) {
        let taken = dag.parameters.as_ref().and_then(|schema| schema["properties"].as_object());
        let taken: Vec<String> =
            taken.into_iter().flatten().map(|(name, schema)| described(name, schema)).collect();
        let taken = if taken.is_empty() { "nothing".to_owned() } else { taken.join("; ") };
        text.push_str(&format!(" {} takes {taken}.", dag.name));
    }
    json_schema!({ "type": "object", "description": text, "examples": [{ "spider": "dvf" }] })
}

fn described(name: &str, schema: &Value) -> String {
    let doc = schema["description"].as_str().unwrap_or_default().trim_end_matches('.');
    if doc.is_empty() { format!("`{name}`") } else { format!("`{name}` ({doc})") }
}
