//! The jobs of a trial.

use std::path::Path;

use mg_flow::{Given, Job, JobError, JobInput, Jobs, TaskContext};
use serde::{Deserialize, Serialize};

use crate::effect::Effects;

/// What a process of that generation can execute.
pub(crate) fn known(socket: &Path, generation: u32) -> Jobs {
    let effects = Effects::behind(socket);
    let jobs = Jobs::default()
        .with(Listing(effects.clone()))
        .with(Writing(effects.clone()))
        .with(Totalling(effects.clone()))
        .with(Counting(effects.clone()));
    if generation > 1 { jobs.with(Sealing(effects)) } else { jobs }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct List {
    pub(crate) parts: u32,
}

impl JobInput for List {
    const JOB: &'static str = "list";
    type Output = Vec<u32>;
}

struct Listing(Effects);

impl Job for Listing {
    type Input = List;

    async fn run(&self, context: &TaskContext, input: List) -> Result<Vec<u32>, JobError> {
        self.0.leave(context).await?;
        Ok((1..=input.parts).collect())
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Write {
    pub(crate) part: Given<u32>,
}

impl JobInput for Write {
    const JOB: &'static str = "write";
    type Output = u32;
}

struct Writing(Effects);

impl Job for Writing {
    type Input = Write;

    async fn run(&self, context: &TaskContext, input: Write) -> Result<u32, JobError> {
        self.0.leave(context).await?;
        Ok(*input.part)
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Total {
    pub(crate) parts: Given<Vec<u32>>,
}

impl JobInput for Total {
    const JOB: &'static str = "total";
    type Output = u32;
}

struct Totalling(Effects);

impl Job for Totalling {
    type Input = Total;

    async fn run(&self, context: &TaskContext, input: Total) -> Result<u32, JobError> {
        self.0.leave(context).await?;
        Ok(input.parts.iter().sum())
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Count {}

impl JobInput for Count {
    const JOB: &'static str = "count";
    type Output = ();
}

struct Counting(Effects);

impl Job for Counting {
    type Input = Count;

    async fn run(&self, context: &TaskContext, _input: Count) -> Result<(), JobError> {
        self.0.leave(context).await
    }
}

/// A job that only the next generation knows.
#[derive(Serialize, Deserialize)]
pub(crate) struct Seal {
    pub(crate) total: Given<u32>,
}

impl JobInput for Seal {
    const JOB: &'static str = "seal";
    type Output = u32;
}

struct Sealing(Effects);

impl Job for Sealing {
    type Input = Seal;

    async fn run(&self, context: &TaskContext, input: Seal) -> Result<u32, JobError> {
        self.0.leave(context).await?;
        Ok(*input.total)
    }
}

/// Holds on until its process ends, unless it is told that it may end.
pub(crate) struct Hold;

#[derive(Serialize, Deserialize)]
pub(crate) struct HoldInput {
    /// A file that is there once the job may end.
    until: String,
}

impl JobInput for HoldInput {
    const JOB: &'static str = "hold";
    type Output = u32;
}

impl Job for Hold {
    type Input = HoldInput;

    async fn run(&self, context: &TaskContext, input: HoldInput) -> Result<u32, JobError> {
        context.progress(1, 2).await;
        while !Path::new(&input.until).exists() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        Ok(std::process::id())
    }
}
