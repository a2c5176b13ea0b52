//! DAGs: listed, shown, drawn, launched, paused.

mod check;
mod draw;
mod launch;
mod list;
mod pause;
mod show;

use std::sync::LazyLock;

pub use check::{CheckedDag, check_dags};
pub use draw::{Drawing, draw_dag, draw_run};
pub use launch::launch_dag;
pub use list::{DagList, DagSummary, LastRun, list_dags};
use mg_flow::{DagFaults, Dags, Definition};
pub use pause::{PauseReport, pause_dag, resume_dag};
pub use show::{DagReport, DagTask, get_dag};

use crate::Problem;

/// Every DAG that this binary knows.
///
/// # Errors
///
/// `dag_wrong` with what is wrong with them.
pub(crate) fn dags() -> Result<&'static Dags, Problem> {
    static DAGS: LazyLock<Result<Dags, DagFaults>> = LazyLock::new(mg_dags::all);
    DAGS.as_ref().map_err(|faults| Problem::new("dag_wrong", format!("{faults}."), "Correct it in dags/."))
}

/// The DAG of that name.
pub(super) fn dag_named(name: &str) -> Result<&'static Definition, Problem> {
    let dags = dags()?;
    let names = dags.iter().map(|dag| dag.name.as_str());
    dags.get(name.trim()).ok_or_else(|| Problem::unknown("dag", name, names, "list_dags (`mg dag list`)"))
}
