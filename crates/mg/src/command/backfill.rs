//! `mg backfill`: what is made up for. `mg dag backfill` makes one.

use std::process::ExitCode;

use mg_core::OpContext;
use mg_server::app::{App, BackfillReport, cancel_backfill, get_backfill, list_backfills};

use crate::cli::BackfillCommand;
use crate::config::Config;
use crate::platform::{Access, Platform};
use crate::show;

/// Does what the command line asks for.
pub(super) async fn run(config: &Config, command: &BackfillCommand, json: bool) -> anyhow::Result<ExitCode> {
    let access =
        if matches!(command, BackfillCommand::Cancel { .. }) { Access::Borrow } else { Access::Read };
    let platform = Platform::open(config, "mg backfill", access).await?;
    let answered = answer(&platform.operator(), &platform.app, command, json).await;
    platform.close().await?;
    answered?;
    Ok(ExitCode::SUCCESS)
}

async fn answer(ctx: &OpContext, app: &App, command: &BackfillCommand, json: bool) -> anyhow::Result<()> {
    let backfill = match command {
        BackfillCommand::List => {
            let backfills = list_backfills(ctx, app).await?.backfills;
            return if json { show::json(&backfills) } else { print(&backfills) };
        }
        BackfillCommand::Show { id } => get_backfill(ctx, app, *id).await?,
        BackfillCommand::Cancel { id } => cancel_backfill(ctx, app, *id).await?,
    };
    if json { show::json(&backfill) } else { print(&[backfill]) }
}

fn print(backfills: &[BackfillReport]) -> anyhow::Result<()> {
    let headers = [
        "Id",
        "Planification / schedule",
        "De / from",
        "À / to",
        "Attendent / wait",
        "Ouverts / open",
        "Réussis / done",
        "Échoués / failed",
        "Par / by",
    ];
    let mut table = show::table(&headers, &[0, 1, 4, 5, 6, 7]);
    for backfill in backfills {
        let BackfillReport { backfill_id, schedule_id, waiting, open, succeeded, failed, .. } = backfill;
        let by = match &backfill.cancelled_by {
            Some(cancelled_by) => format!("{} (annulé par / cancelled by {cancelled_by})", backfill.made_by),
            None => backfill.made_by.clone(),
        };
        table.add_row([
            backfill_id.to_string(),
            schedule_id.to_string(),
            show::instant(&backfill.first),
            show::instant(&backfill.last),
            waiting.to_string(),
            open.to_string(),
            succeeded.to_string(),
            failed.to_string(),
            by,
        ]);
    }
    show::print(table)
}
