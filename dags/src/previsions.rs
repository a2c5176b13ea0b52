//! `previsions`: the forecasts, when the values that they rest on have changed.

use std::time::Duration;

use mg_flow::{Dag, any};

use crate::jobs::ForecastKpis;

/// What is expected, as soon as it can be known anew.
pub(crate) fn previsions() -> Dag {
    let mut dag = Dag::new("previsions", "Forecasts every KPI anew when its values have changed.")
        .when_changed(any(["kpi.value"]))
        .tags(["prévisions"])
        .deadline(Duration::from_hours(2));
    dag.task("previsions", ForecastKpis {})
        .retries(2)
        .timeout(Duration::from_hours(1))
        .writes(["kpi.forecast"]);
    dag
}
