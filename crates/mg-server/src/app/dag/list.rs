//! `list_dags`.

use std::collections::{BTreeMap, HashMap};

use mg_core::OpContext;
use mg_flow::Definition;
use mg_store::dag::RegisteredDag;
use mg_store::run::RunFilter;
use mg_store::schedule::StoredSchedule;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::App;
use super::dags;
use crate::Problem;

/// The last run of a DAG.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LastRun {
    /// Id of the run.
    #[schemars(range(min = 1))]
    pub run_id: i64,
    /// How it stands.
    #[schemars(extend("enum" = ["waiting", "queued", "running", "succeeded", "failed", "cancelled"]))]
    pub state: String,
    /// When it was asked for, RFC 3339.
    pub created_at: String,
}

/// A DAG in a list.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DagSummary {
    /// Its name, as launch_dag takes it.
    pub name: String,
    /// What a run of it brings.
    pub doc: String,
    /// Who answers for it; left out where nobody is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// When it runs by itself: minute, hour, day of the month, month, day of the week. Left out when by no clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// The IANA zone in which that is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The tables whose change starts it, schema.table.
    pub starts_when_changed: Vec<String>,
    /// What a run may be asked for: a JSON Schema of an object. Left out when it takes no parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeMap<String, Value>>")]
    pub parameters: Option<Value>,
    /// Who paused it, so that it starts no run by itself; left out while it is not paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_by: Option<String>,
    /// The instant of its schedule that is next, RFC 3339; left out when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_instant: Option<String>,
    /// Its last run; left out when it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_run: Option<LastRun>,
}

/// The DAGs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DagList {
    /// The DAGs, in their order.
    pub dags: Vec<DagSummary>,
}

/// Every DAG that this binary knows, and how each stands.
pub async fn list_dags(_ctx: &OpContext, app: &App) -> Result<DagList, Problem> {
    let standing = Standing::read(app).await?;
    let mut listed = Vec::new();
    for dag in dags()?.iter() {
        listed.push(standing.summary(app, dag).await?);
    }
    Ok(DagList { dags: listed })
}

/// What the books say of DAGs.
pub(super) struct Standing {
    registered: HashMap<String, RegisteredDag>,
    schedules: HashMap<String, StoredSchedule>,
}

impl Standing {
    pub(super) async fn read(app: &App) -> Result<Self, Problem> {
        let registered = app.store.dags().await?.into_iter().map(|dag| (dag.name.clone(), dag)).collect();
        let schedules = app.store.schedules().await?.into_iter().filter(|schedule| schedule.origin == "code");
        Ok(Self {
            registered,
            schedules: schedules.map(|schedule| (schedule.dag.clone(), schedule)).collect(),
        })
    }

    pub(super) async fn summary(&self, app: &App, dag: &Definition) -> Result<DagSummary, Problem> {
        let filter = RunFilter { dag: Some(dag.name.clone()), ..RunFilter::default() };
        let last = app.store.runs(&filter, 1).await?.into_iter().next();
        let schedule = self.schedules.get(&dag.name);
        let tables = dag.when_changed.as_ref().map(|trigger| trigger.tables().to_vec());
        Ok(DagSummary {
            name: dag.name.clone(),
            doc: dag.doc.clone(),
            owner: dag.owner.clone(),
            tags: dag.tags.clone(),
            cron: dag.schedule.as_ref().map(|schedule| schedule.cron.clone()),
            zone: dag.schedule.as_ref().map(|schedule| schedule.zone.clone()),
            starts_when_changed: tables.unwrap_or_default(),
            parameters: dag.parameters.clone(),
            paused_by: self.registered.get(&dag.name).and_then(|dag| dag.paused_by.clone()),
            next_instant: schedule
                .and_then(|schedule| schedule.next_instant)
                .map(|instant| instant.to_rfc3339()),
            last_run: last.map(|run| LastRun {
                run_id: run.id,
                state: run.state,
                created_at: run.created_at.to_rfc3339(),
            }),
        })
    }
}
