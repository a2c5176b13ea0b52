//! `mg schedule`: what runs by the clock.

pub(in crate::command) mod report;

use std::process::ExitCode;

use mg_core::OpContext;
use mg_server::app::{
    App, ScheduleChanges, ScheduleOrder, ScheduleSummary, SpiderSchedule, TimetableOrder, add_schedule,
    change_schedule, get_schedule, list_schedules, parse_beginning, parse_end, pause_schedule,
    remove_schedule, resume_schedule, schedule_named, schedule_spider,
};
use serde_json::Value;

use super::parameters;
use crate::cli::{ScheduleCommand, TimetableArgs};
use crate::config::Config;
use crate::platform::{Access, Platform};
use crate::show::{self, outln};

/// Does what the command line asks for.
pub(super) async fn run(config: &Config, command: &ScheduleCommand, json: bool) -> anyhow::Result<ExitCode> {
    let reads = matches!(command, ScheduleCommand::List | ScheduleCommand::Show { .. });
    let access = if reads { Access::Read } else { Access::Borrow };
    let platform = Platform::open(config, "mg schedule", access).await?;
    let answered = answer(&platform.operator(), &platform.app, command, json).await;
    platform.close().await?;
    answered?;
    Ok(ExitCode::SUCCESS)
}

async fn answer(ctx: &OpContext, app: &App, command: &ScheduleCommand, json: bool) -> anyhow::Result<()> {
    match command {
        ScheduleCommand::List => {
            let schedules = list_schedules(ctx, app).await?.schedules;
            if json { show::json(&schedules) } else { report::print_list(&schedules) }
        }
        ScheduleCommand::Show { schedule } => {
            let found = get_schedule(ctx, app, schedule_named(ctx, app, schedule).await?).await?;
            if json { show::json(&found) } else { report::print(&found) }
        }
        ScheduleCommand::Add { name, spider, dag, parameters, timetable } => {
            let parameters = parameters::parse(parameters)?;
            let made = match (spider, dag) {
                (Some(spider), _) => add_spider(ctx, app, name, spider, &parameters, timetable).await?,
                (None, dag) => {
                    let dag = dag.clone().unwrap_or_default();
                    let timetable = order(ctx, timetable)?;
                    let order = ScheduleOrder { name: name.clone(), dag, parameters, timetable };
                    add_schedule(ctx, app, order).await?
                }
            };
            if json { show::json(&made) } else { report::print_list(&[made]) }
        }
        ScheduleCommand::Change { schedule, parameters, timetable } => {
            let id = schedule_named(ctx, app, schedule).await?;
            let said = (!parameters.is_empty()).then(|| parameters::parse(parameters)).transpose()?;
            let changes = ScheduleChanges { parameters: said, timetable: order(ctx, timetable)? };
            let changed = change_schedule(ctx, app, id, changes).await?;
            if json { show::json(&changed) } else { report::print_list(&[changed]) }
        }
        ScheduleCommand::Pause { schedule } => {
            let paused = pause_schedule(ctx, app, schedule_named(ctx, app, schedule).await?).await?;
            if json { show::json(&paused) } else { report::print_paused(&paused) }
        }
        ScheduleCommand::Resume { schedule } => {
            let paused = resume_schedule(ctx, app, schedule_named(ctx, app, schedule).await?).await?;
            if json { show::json(&paused) } else { report::print_paused(&paused) }
        }
        ScheduleCommand::Remove { schedule } => {
            let removed = remove_schedule(ctx, app, schedule_named(ctx, app, schedule).await?).await?;
            if json {
                return show::json(&removed);
            }
            outln!("{}: supprimée / removed", removed.name);
            Ok(())
        }
    }
}

async fn add_spider(
    ctx: &OpContext,
    app: &App,
    name: &str,
    spider: &str,
    parameters: &Value,
    timetable: &TimetableArgs,
) -> anyhow::Result<ScheduleSummary> {
    let said = |key: &str| parameters[key].as_str().map(str::to_owned);
    let known = ["url", "edition"];
    if let Some(other) =
        parameters.as_object().and_then(|said| said.keys().find(|key| !known.contains(&key.as_str())))
    {
        anyhow::bail!("a spider takes url and edition, and no {other}");
    }
    let order = SpiderSchedule {
        name: Some(name.to_owned()),
        spider: spider.to_owned(),
        url: said("url"),
        edition: said("edition"),
        timetable: order(ctx, timetable)?,
    };
    Ok(schedule_spider(ctx, app, order).await?)
}

fn order(ctx: &OpContext, timetable: &TimetableArgs) -> anyhow::Result<TimetableOrder> {
    let TimetableArgs { cron, zone, catchup, overlap, window, jitter, starts, ends } = timetable;
    Ok(TimetableOrder {
        cron: cron.clone(),
        zone: zone.clone(),
        catchup: catchup.clone(),
        overlap: overlap.clone(),
        window_s: *window,
        jitter_s: *jitter,
        starts_at: starts.as_deref().map(|text| parse_beginning(ctx, text)).transpose()?,
        ends_at: ends.as_deref().map(|text| parse_end(ctx, text)).transpose()?,
    })
}
