//! `mg run list`.

use mg_core::OpContext;
use mg_server::app::{App, RunQuestion, RunSummary, list_runs, parse_instant};

use crate::show;

/// Prints the latest runs.
pub(super) async fn print(
    ctx: &OpContext,
    app: &App,
    dag: Option<&str>,
    states: &[String],
    since: Option<&str>,
    limit: u32,
    json: bool,
) -> anyhow::Result<()> {
    let since = since.map(|text| parse_instant(ctx, text)).transpose()?;
    let question = RunQuestion {
        dag: dag.map(str::to_owned),
        states: states.to_vec(),
        since,
        ..RunQuestion::latest(limit)
    };
    let runs = list_runs(ctx, app, &question).await?.runs;
    if json { show::json(&runs) } else { show::print(table(&runs)) }
}

fn table(runs: &[RunSummary]) -> comfy_table::Table {
    let headers = ["Id", "DAG", "État / state", "Cause", "Par / by", "Demandé / asked", "Fini / ended"];
    let mut table = show::table(&headers, &[0]);
    for run in runs {
        let RunSummary { run_id, dag, state, cause, requested_by, created_at, finished_at, .. } = run;
        let ended = finished_at.as_deref().map(show::instant).unwrap_or_default();
        table.add_row([
            &run_id.to_string(),
            dag,
            state,
            cause,
            requested_by,
            &show::instant(created_at),
            &ended,
        ]);
    }
    table
}
