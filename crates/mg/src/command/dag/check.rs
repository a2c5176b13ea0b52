//! `mg dag check`: the DAGs, without a database.

use std::process::ExitCode;

use mg_core::{Clock, SystemClock};
use mg_server::app::check_dags;

use crate::show::{self, outln};

/// How many instants of each DAG are told.
const INSTANTS: usize = 3;

/// Prints when each DAG runs, and its graph; fails when something is wrong with one.
pub(super) fn run(json: bool) -> anyhow::Result<ExitCode> {
    let dags = check_dags(SystemClock.now())?;
    if json {
        show::json(&dags)?;
        return Ok(ExitCode::SUCCESS);
    }
    show::print(mg_dags::all()?.timetable(SystemClock.now(), INSTANTS))?;
    for dag in &dags {
        outln!("{}: {}", dag.name, dag.doc);
        show::print(&dag.graph)?;
    }
    Ok(ExitCode::SUCCESS)
}
