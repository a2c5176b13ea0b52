//! `mg dag backfill`.

use mg_core::OpContext;
use mg_server::app::{
    App, BackfillDraft, BackfillOrder, BackfillReport, draft_backfill, parse_instant, schedule_named,
    start_backfill,
};

use crate::show::{self, outln};

/// What was asked for.
pub(super) struct Asked<'a> {
    /// Name of the schedule; that of a DAG's own is the DAG's.
    pub(super) schedule: &'a str,
    pub(super) from: &'a str,
    pub(super) until: Option<&'a str>,
    pub(super) width: u32,
}

/// Makes up for the instants of a range, or tells which it would.
pub(super) async fn run(
    ctx: &OpContext,
    app: &App,
    asked: &Asked<'_>,
    dry: bool,
    json: bool,
) -> anyhow::Result<()> {
    let until = asked.until.map(|text| parse_instant(ctx, text)).transpose()?;
    let order = BackfillOrder {
        schedule_id: schedule_named(ctx, app, asked.schedule).await?,
        from: parse_instant(ctx, asked.from)?,
        until: until.unwrap_or_else(|| ctx.now()),
        width: asked.width,
    };
    if dry {
        let draft = draft_backfill(ctx, app, order).await?;
        return if json { show::json(&draft) } else { print_draft(&draft) };
    }
    let made = start_backfill(ctx, app, order).await?;
    if json { show::json(&made) } else { print(&made) }
}

fn print_draft(draft: &BackfillDraft) -> anyhow::Result<()> {
    for planned in &draft.instants {
        let run = match (planned.run_id, &planned.state) {
            (Some(run), Some(state)) => format!("run {run} ({state})"),
            _ => "à faire / to do".to_owned(),
        };
        outln!("  {} {run}", show::instant(&planned.instant));
    }
    outln!("{}: {} sur / of {} à faire / to do", draft.schedule, draft.missing, draft.instants.len());
    Ok(())
}

fn print(made: &BackfillReport) -> anyhow::Result<()> {
    let (first, last) = (show::instant(&made.first), show::instant(&made.last));
    outln!("Backfill {}: {first} … {last}, {} runs", made.backfill_id, made.waiting + made.open);
    Ok(())
}
