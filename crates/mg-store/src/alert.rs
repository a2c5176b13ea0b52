//! Alerts: events that somebody should know, and the messages that tell them.
//!
//! An event is found and written by one statement, so it exists once however many processes look.
//! Which channels it goes to is written with it. Messages are made of what waits for a channel and
//! a DAG, at most one in a window, and sent at least once: [`outbox`](self) keeps one until its
//! sending is noted.

mod detect;
mod outbox;

pub use detect::{AlertRoute, DetectedAlerts, WatchedKpi};
pub use outbox::{AlertGroup, AlertMessage};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Store, StoreError};

/// What kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum AlertKind {
    /// A run failed.
    Failure,
    /// A run had not ended when it should have.
    Deadline,
    /// A KPI has no fresh value.
    Stale,
    /// A run that had failed has succeeded.
    Recovery,
}

impl AlertKind {
    /// All of them, the gravest first.
    pub const ALL: [AlertKind; 4] =
        [AlertKind::Failure, AlertKind::Deadline, AlertKind::Stale, AlertKind::Recovery];

    /// Its name in the database and in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            AlertKind::Failure => "failure",
            AlertKind::Deadline => "deadline",
            AlertKind::Stale => "stale",
            AlertKind::Recovery => "recovery",
        }
    }
}

/// An event that was found, and how far the telling is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Alert {
    /// Its number.
    pub id: i64,
    /// What kind of event.
    pub kind: AlertKind,
    /// The DAG; of a KPI the one that brings its data.
    pub dag: String,
    /// The run, unless it is about a KPI.
    pub run_id: Option<i64>,
    /// The task that failed, or was at work when the deadline passed.
    pub task: Option<String>,
    /// The KPI, if it is about one.
    pub kpi: Option<String>,
    /// Stable code of what went wrong.
    pub code: Option<String>,
    /// What went wrong.
    pub sentence: Option<String>,
    /// When it happened, or since when it has been so.
    pub since: DateTime<Utc>,
    /// When it was found.
    pub detected_at: DateTime<Utc>,
    /// Channels that were told.
    pub told: Vec<String>,
    /// Channels that are yet to be told.
    pub waiting: Vec<String>,
    /// Channels that could not be told.
    pub given_up: Vec<String>,
}

/// Which events are meant. Everything that is said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertFilter {
    /// About this DAG.
    pub dag: Option<String>,
    /// Of one of these kinds; of any when empty.
    pub kinds: Vec<AlertKind>,
    /// Found at this instant or later.
    pub since: Option<DateTime<Utc>>,
}

impl Store {
    /// The last `limit` events that a filter lets through, newest first.
    pub async fn alerts(&self, filter: &AlertFilter, limit: i64) -> Result<Vec<Alert>, StoreError> {
        sqlx::query_as(
            "select a.id, a.kind, a.dag, a.run_id, a.task, a.kpi, a.code, a.sentence, a.since, a.detected_at,
                    array(select d.channel from mg.alert_delivery d join mg.alert_message m on m.id = d.message_id
                          where d.alert_id = a.id and m.sent_at is not null order by 1) as told,
                    array(select d.channel from mg.alert_delivery d left join mg.alert_message m on m.id = d.message_id
                          where d.alert_id = a.id and m.sent_at is null and m.given_up_at is null order by 1) as waiting,
                    array(select d.channel from mg.alert_delivery d join mg.alert_message m on m.id = d.message_id
                          where d.alert_id = a.id and m.given_up_at is not null order by 1) as given_up
             from mg.alert a
             where ($1::text is null or a.dag = $1)
               and (cardinality($2::text[]) = 0 or a.kind = any ($2))
               and ($3::timestamptz is null or a.detected_at >= $3)
             order by a.id desc limit $4",
        )
        .bind(&filter.dag)
        .bind(filter.kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>())
        .bind(filter.since)
        .bind(limit)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("listing alerts"))
    }
}
