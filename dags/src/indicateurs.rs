//! `indicateurs`: the KPIs, when what they are measured on has changed.

use std::time::Duration;

use mg_flow::{Dag, any};

use crate::jobs::MeasureKpis;

/// A dataset has changed once its edition is noted, which comes after all its files.
pub(crate) fn indicateurs() -> Dag {
    let mut dag = Dag::new("indicateurs", "Measures every KPI anew when facts have changed.")
        .when_changed(any(["analytics.edition"]))
        .tags(["indicateurs"])
        .deadline(Duration::from_hours(1));
    dag.task("indicateurs", MeasureKpis {}).retries(2).timeout(Duration::from_mins(30)).writes(["kpi.value"]);
    dag
}
