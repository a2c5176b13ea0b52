//! `measure_kpis`: from the facts to the KPI values.

use mg_dags::jobs::{MeasureKpis, Measured};
use mg_flow::{Job, JobError, TaskContext};

use crate::Problem;
use crate::app::App;
use crate::model::Empty;

/// Measures every KPI.
pub(super) struct MeasureJob {
    pub(super) app: App,
}

impl Job for MeasureJob {
    type Input = MeasureKpis;

    async fn run(&self, context: &TaskContext, _input: MeasureKpis) -> Result<Measured, JobError> {
        tokio::select! {
            measured = self.measure(context) => measured.map_err(JobError::from),
            () = context.stopped() => Err(JobError::new("stopped", "the measuring was stopped")),
        }
    }
}

impl MeasureJob {
    async fn measure(&self, context: &TaskContext) -> Result<Measured, Problem> {
        let store = &self.app.store;
        let kpis = &self.app.models.kpis;
        let mut measured = Measured { kpis: 0, values: 0 };
        for (place, kpi) in kpis.iter().enumerate() {
            let known = store.kpi(&kpi.name).await?;
            let edition = store.latest_edition(&kpi.dataset).await?;
            if let (Some(known), Some(edition)) = (known, edition) {
                let zero = kpi.empty == Empty::Zero;
                let values = store.measure_kpi(&known, kpi.grain, &kpi.query, zero, &edition.name).await?;
                measured.kpis += 1;
                measured.values += values;
            } else {
                context.warn(&format!("{}: nothing of {} is loaded yet", kpi.name, kpi.dataset)).await;
            }
            context.progress(place as u64 + 1, kpis.len() as u64).await;
        }
        context.info(&format!("{} KPIs measured, {} values", measured.kpis, measured.values)).await;
        Ok(measured)
    }
}
