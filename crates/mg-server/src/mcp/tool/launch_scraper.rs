//! `launch_scraper`.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Effect, McpTool};
use crate::Problem;
use crate::app::{self, App, CrawlOrder, Launch};

pub(super) struct LaunchScraper;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the spider, as list_spiders gives it.
    #[schemars(example = &"sitadel")]
    spider: String,
    /// URL of one file or page of the spider's site, on its own host. Without it, all that it reads.
    #[schemars(example = &"https://files.data.gouv.fr/geo-dvf/latest/csv/2025/communes/77/77243.csv")]
    url: Option<String>,
    /// The edition (millésime) to read, YYYY-MM. Without it, the latest.
    #[schemars(example = &"2026-10")]
    edition: Option<String>,
    /// True when it is right that a site gives much less than it used to. Without it such a fall is a
    /// failure (`yield_fell`), and nothing is loaded.
    #[schemars(example = true)]
    accept_fall: Option<bool>,
}

impl Input {
    fn order(&self) -> CrawlOrder<'_> {
        CrawlOrder {
            spider: &self.spider,
            url: self.url.as_deref(),
            edition: self.edition.as_deref(),
            accept_fall: self.accept_fall.unwrap_or(false),
        }
    }
}

impl McpTool for LaunchScraper {
    type Input = Input;
    type Output = Launch;
    const NAME: &'static str = "launch_scraper";
    const TITLE: &'static str = "Launch a scraper / Lancer une collecte";
    const DESCRIPTION: &'static str = "Starts a spider in the background and answers at once with a run id: it loads \
        the data, then measures the KPIs and forecasts anew. Use it when data are missing or late, then call get_run \
        until `finished` is true; cancel_run ends it. Asked again while the same launch has not ended, it gives that run \
        (`already_running`) and starts no second one. Loading the same data twice changes nothing.";
    const ROLE: Role = Role::Editor;
    const EFFECT: Effect = Effect { destructive: false, idempotent: false, open_world: true };
    const READ_ONLY: bool = false;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let run = app::launch_scraper(&ctx, &app, input.order()).await?;
        let Launch { run_id, state, already_running } = &run;
        let text = if *already_running {
            format!(
                "The same launch has not ended yet: it is run {run_id}, {state}, and no second one was started. \
                 Call get_run with run_id {run_id} to follow it."
            )
        } else {
            format!(
                "Run {run_id} is {state}: spider {}. Call get_run with run_id {run_id} to follow it.",
                input.spider
            )
        };
        Answer::new(&run, text)
    }
}
