//! The DAG runtime: what runs, in which order, and who executes it.
//!
//! A [`Dag`] is written as tasks, what each is given and what each waits for; checked, it is a
//! [`Definition`]. [`launch`] makes a run of that: rows in Postgres, which are the truth. A
//! [`Worker`] takes ready tasks and executes the [`Job`] that each names. Nothing here knows what a
//! job does: it is a name, an input and a `run`.
//!
//! Promise: a job runs at least once; a task ends exactly once, together with what its end
//! readies. A run that is cancelled ends at once; jobs of it that are at work are told to stop.

mod book;
mod context;
mod dag;
mod dags;
mod desk;
mod given;
mod graph;
mod job;
mod launch;
mod schedule;
mod scheduler;
mod template;
mod worker;

pub use context::TaskContext;
pub use dag::{
    Branching, Choice, Dag, DagFault, DagFaults, DataTrigger, Definition, Edge, Mapped, ParameterError,
    Parameters, Single, Task, TaskDefinition, TaskShape, all, any,
};
pub use dags::{Dags, Pool};
pub use given::Given;
pub use graph::{Mark, Marks, mermaid, svg};
pub use job::{Job, JobError, JobInput, Jobs};
pub use launch::{LaunchError, Requester, launch, launch_once};
pub use mg_store::run::{Backoff, Cause, TriggerRule};
pub use schedule::{Catchup, Overlap, Schedule, ScheduleError, Timetable, cron};
pub use scheduler::{
    BackfillError, BackfillPlan, BackfillRange, PlannedInstant, RequestError, ScheduleRequest, Scheduler,
    SchedulerError, SchedulerOptions, add_schedule, backfill, change_schedule, plan_backfill,
};
pub use worker::{Worker, WorkerOptions};
