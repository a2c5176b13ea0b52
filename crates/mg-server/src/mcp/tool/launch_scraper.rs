//! `launch_scraper`.

use mg_core::{OpContext, Role, RunId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, App};

pub(super) struct LaunchScraper;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the spider, as list_spiders gives it.
    #[schemars(example = &"sitadel")]
    spider: String,
    /// One file of the spider's portal. Without it, all that the territory needs.
    url: Option<String>,
    /// The edition (millésime) to read. Without it, the latest.
    #[schemars(example = &"2026-10")]
    edition: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// Id of the run; get_run tells how it stands.
    run_id: i64,
    /// queued: a worker takes it within a second.
    state: String,
}

impl McpTool for LaunchScraper {
    type Input = Input;
    type Output = Output;
    const NAME: &'static str = "launch_scraper";
    const TITLE: &'static str = "Launch a scraper / Lancer une collecte";
    const DESCRIPTION: &'static str = "Starts a spider in the background and answers at once with a run id: it loads \
        the data, then measures the KPIs and forecasts anew. Use it when data are missing or late, then call get_run \
        until `finished` is true. Loading the same data twice changes nothing.";
    const ROLE: Role = Role::Editor;
    const READ_ONLY: bool = false;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let run =
            app::launch_scraper(&ctx, &app, &input.spider, input.url.as_deref(), input.edition.as_deref())
                .await?;
        let RunId(run_id) = run;
        let text = format!(
            "Run {run_id} is queued: spider {}. Call get_run with run_id {run_id} to follow it.",
            input.spider
        );
        Answer::new(&Output { run_id, state: "queued".to_owned() }, text)
    }
}
