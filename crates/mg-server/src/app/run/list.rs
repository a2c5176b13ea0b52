//! `list_runs`: the latest runs, page by page.

use chrono::{DateTime, Utc};
use mg_core::{OpContext, RunId, Scope};
use mg_store::run::{Run, RunFilter};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::super::App;
use super::RUN_STATES;
use crate::Problem;
use crate::cursor::{BadCursor, State};

/// Most runs of a page.
const MOST: u32 = 200;

/// Which runs are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunQuestion {
    /// Of this DAG.
    pub dag: Option<String>,
    /// In one of these states; in any when empty.
    pub states: Vec<String>,
    /// Asked for at this instant or later.
    pub since: Option<DateTime<Utc>>,
    /// How many at most, 1 to 200.
    pub limit: u32,
    /// `next_cursor` of the page before; the rest of the question must be the same as then.
    pub cursor: Option<String>,
}

impl RunQuestion {
    /// The latest `limit` runs.
    pub fn latest(limit: u32) -> Self {
        Self { limit, ..Self::default() }
    }
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunSummary {
    /// Id of the run.
    #[schemars(range(min = 1))]
    pub run_id: i64,
    /// What it runs.
    pub dag: String,
    /// How it stands.
    #[schemars(extend("enum" = ["waiting", "queued", "running", "succeeded", "failed", "cancelled"]))]
    pub state: String,
    /// Why it was made.
    #[schemars(extend("enum" = ["manual", "schedule", "data", "backfill"]))]
    pub cause: String,
    /// The instant of its schedule that it is for, RFC 3339; left out when it is for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instant: Option<String>,
    /// Who asked for it.
    pub requested_by: String,
    /// Who ended it before its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<String>,
    /// When it was asked for, RFC 3339.
    pub created_at: String,
    /// When it ended, RFC 3339; left out while it has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// What it was asked to do; nothing is told of it to a token that is limited to communes.
    #[schemars(with = "Option<std::collections::BTreeMap<String, Value>>")]
    pub parameters: Value,
}

/// A page of runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunList {
    /// The runs, newest first.
    pub runs: Vec<RunSummary>,
    /// Leads to the runs before these; left out on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl RunSummary {
    /// `whole`: whether what it was asked to do is told.
    pub(in crate::app) fn of(run: Run, whole: bool) -> Self {
        Self {
            run_id: run.id,
            dag: run.dag,
            state: run.state,
            cause: run.cause,
            instant: run.instant.map(|instant| instant.to_rfc3339()),
            requested_by: run.requested_by,
            cancelled_by: run.cancelled_by,
            created_at: run.created_at.to_rfc3339(),
            finished_at: run.finished_at.map(|instant| instant.to_rfc3339()),
            parameters: if whole { run.parameters } else { json!({}) },
        }
    }
}

/// The latest runs that are asked for, newest first.
///
/// # Errors
///
/// `bad_arguments` for a state that there is not or a limit out of bounds, `bad_cursor` for a cursor that was not
/// given to this token for this question.
pub async fn list_runs(ctx: &OpContext, app: &App, question: &RunQuestion) -> Result<RunList, Problem> {
    check(question)?;
    let state = State::of([filter_text(question).as_str()]);
    let seal = app.pages.cursors().seal(ctx, "list_runs").await?;
    let before = match &question.cursor {
        Some(cursor) => match seal.open(cursor.trim()) {
            Ok((place, then)) if then == state => i64::try_from(place).ok().map(RunId),
            Ok(_) | Err(BadCursor::Foreign | BadCursor::Malformed) => return Err(bad_cursor()),
        },
        None => None,
    };
    let filter = RunFilter {
        dag: question.dag.clone(),
        states: question.states.clone(),
        since: question.since,
        before,
        ..RunFilter::default()
    };
    let limit = usize::try_from(question.limit).unwrap_or(usize::MAX);
    let mut runs = app.store.runs(&filter, i64::from(question.limit) + 1).await?;
    let more = runs.len() > limit;
    runs.truncate(limit);
    let last = runs.last().and_then(|run| usize::try_from(run.id).ok()).filter(|_| more);
    let whole = ctx.principal.scope == Scope::All;
    Ok(RunList {
        runs: runs.into_iter().map(|run| RunSummary::of(run, whole)).collect(),
        next_cursor: last.map(|place| seal.cursor(place, state)),
    })
}

fn check(question: &RunQuestion) -> Result<(), Problem> {
    if let Some(unknown) = question.states.iter().find(|state| !RUN_STATES.contains(&state.as_str())) {
        return Err(Problem::new(
            "bad_arguments",
            format!("`{}` is no state of a run.", unknown.chars().take(40).collect::<String>()),
            format!("A run is {}.", RUN_STATES.join(", ")),
        ));
    }
    if !(1..=MOST).contains(&question.limit) {
        let message = format!("A page has 1 to {MOST} runs, and not {}.", question.limit);
        return Err(Problem::new("bad_arguments", message, "next_cursor leads to the runs before."));
    }
    Ok(())
}

/// What a cursor is only good for.
fn filter_text(question: &RunQuestion) -> String {
    let RunQuestion { dag, states, since, limit: _, cursor: _ } = question;
    format!("{dag:?} {states:?} {since:?}")
}

fn bad_cursor() -> Problem {
    Problem::new(
        "bad_cursor",
        "This cursor was not given to this token for this list of runs.",
        "Send next_cursor with the same filters and the same token; or begin again without a cursor.",
    )
}
