//! The DAG runtime: what runs, in which order, and who executes it.
//!
//! A [`Dag`] is a list of tasks and what each waits for. [`launch`] makes a run of it: rows in
//! Postgres, which are the truth. A [`Worker`] takes ready tasks and executes the [`Job`] that
//! each names. Nothing here knows what a job does: it is a name, an input and a `run`.
//!
//! Promise: a job runs at least once; a task ends exactly once, together with what its end
//! readies. A run that is cancelled ends at once; jobs of it that are at work are told to stop.

mod context;
mod dag;
mod desk;
mod job;
mod launch;
mod schedule;
mod worker;

pub use context::TaskContext;
pub use dag::{Dag, DagError, PlannedTask};
pub use job::{Job, JobError, JobInput, Jobs};
pub use launch::{Requester, launch, launch_once};
pub use schedule::{Catchup, Overlap, Schedule, ScheduleError, Timetable, cron};
pub use worker::{Worker, WorkerOptions};
