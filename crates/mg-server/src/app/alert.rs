//! `list_alerts`: what somebody should know, and who was told.

use chrono::{DateTime, Utc};
use mg_core::{OpContext, Role, Scope};
use mg_store::alert::{Alert, AlertFilter, AlertKind};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::App;
use crate::Problem;

/// Most alerts of an answer.
const MOST: u32 = 200;
/// What the name of a channel that is an address begins with.
const MAIL: &str = "mail:";

/// Which alerts are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertQuestion {
    /// About this DAG.
    pub dag: Option<String>,
    /// Of one of these kinds, by name; of any when empty.
    pub kinds: Vec<String>,
    /// Found at this instant or later.
    pub since: Option<DateTime<Utc>>,
    /// How many at most, 1 to 200.
    pub limit: u32,
}

/// An event that was found, and how far the telling is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AlertReport {
    /// Id of the alert.
    #[schemars(range(min = 1))]
    pub alert_id: i64,
    /// What kind: a run failed, had not ended when it should have, succeeded after it had failed; or a KPI has no fresh
    /// value.
    #[schemars(extend("enum" = ["failure", "deadline", "stale", "recovery"]))]
    pub kind: String,
    /// The DAG; of a KPI the one that brings its data.
    pub dag: String,
    /// The run, unless it is about a KPI. It may be gone since.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub run_id: Option<i64>,
    /// The task that failed, or was at work when the deadline passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// The KPI, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kpi: Option<String>,
    /// Stable code of what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What went wrong; not told to a token that is limited to communes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// When it happened, or since when it has been so, RFC 3339.
    pub since: String,
    /// When it was found, RFC 3339.
    pub detected_at: String,
    /// Channels that were told. Of addresses only an admin is told more than the domain.
    pub told: Vec<String>,
    /// Channels that are yet to be told.
    pub waiting: Vec<String>,
    /// Channels that could not be told.
    pub given_up: Vec<String>,
}

/// Alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AlertList {
    /// The alerts, newest first.
    pub alerts: Vec<AlertReport>,
}

/// The schema of a list of kinds.
pub(crate) fn alert_kinds_schema(_generator: &mut SchemaGenerator) -> Schema {
    let kinds = AlertKind::ALL.map(AlertKind::as_str);
    json_schema!({ "type": "array", "maxItems": kinds.len(), "items": { "type": "string", "enum": kinds } })
}

/// The latest alerts that are asked for, newest first: told or not.
///
/// # Errors
///
/// `bad_arguments` for a kind that there is not or a limit out of bounds.
pub async fn list_alerts(ctx: &OpContext, app: &App, question: &AlertQuestion) -> Result<AlertList, Problem> {
    if !(1..=MOST).contains(&question.limit) {
        let message = format!("An answer has 1 to {MOST} alerts, and not {}.", question.limit);
        return Err(Problem::new("bad_arguments", message, "dag, kind and since leave out others."));
    }
    let kinds = question.kinds.iter().map(|name| kind(name)).collect::<Result<_, _>>()?;
    let filter = AlertFilter { dag: question.dag.clone(), kinds, since: question.since };
    let alerts = app.store.alerts(&filter, question.limit.into()).await?;
    Ok(AlertList { alerts: alerts.into_iter().map(|alert| AlertReport::of(ctx, alert)).collect() })
}

fn kind(name: &str) -> Result<AlertKind, Problem> {
    AlertKind::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| {
        let shown: String = name.chars().take(40).collect();
        let kinds = AlertKind::ALL.map(AlertKind::as_str).join(", ");
        Problem::new(
            "bad_arguments",
            format!("`{shown}` is no kind of alert."),
            format!("There are {kinds}."),
        )
    })
}

impl AlertReport {
    fn of(ctx: &OpContext, alert: Alert) -> Self {
        let channels = |names: Vec<String>| -> Vec<String> {
            names
                .into_iter()
                .map(|name| if ctx.principal.role >= Role::Admin { name } else { discreet(name) })
                .collect()
        };
        Self {
            alert_id: alert.id,
            kind: alert.kind.as_str().to_owned(),
            dag: alert.dag,
            run_id: alert.run_id,
            task: alert.task,
            kpi: alert.kpi,
            code: alert.code,
            sentence: alert.sentence.filter(|_| ctx.principal.scope == Scope::All),
            since: alert.since.to_rfc3339(),
            detected_at: alert.detected_at.to_rfc3339(),
            told: channels(alert.told),
            waiting: channels(alert.waiting),
            given_up: channels(alert.given_up),
        }
    }
}

/// A channel's name without whose address it is.
fn discreet(channel: String) -> String {
    match channel.strip_prefix(MAIL).and_then(|address| address.rsplit_once('@')) {
        Some((_, domain)) => format!("{MAIL}…@{domain}"),
        None => channel,
    }
}

#[cfg(test)]
mod tests {
    use super::discreet;

    #[test]
    fn of_an_address_the_domain_is_told() {
        assert_eq!(discreet("mail:ada@example.fr".to_owned()), "mail:…@example.fr");
        assert_eq!(discreet("astreinte".to_owned()), "astreinte");
    }
}
