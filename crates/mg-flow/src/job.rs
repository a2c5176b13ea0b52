//! Jobs: what a worker can execute.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::TaskContext;

/// What a job is given. The type names the job, so a task cannot give one job's input to another.
pub trait JobInput: Serialize + DeserializeOwned + Send + 'static {
    /// The job's name.
    const JOB: &'static str;
    /// What the job gives; kept with the task, and what tasks after it can be given.
    type Output: Serialize + DeserializeOwned + Send + 'static;
}

/// Something that a worker can execute. It may be executed again after a crash, so doing it
/// twice must leave what doing it once leaves.
pub trait Job: Send + Sync + 'static {
    /// What it is given.
    type Input: JobInput;

    /// Does the work.
    fn run(
        &self,
        context: &TaskContext,
        input: Self::Input,
    ) -> impl Future<Output = Result<<Self::Input as JobInput>::Output, JobError>> + Send;
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JobError {
    /// A stable name of the kind.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// Whether doing it once more could help: a portal may be up again, a wrong input stays wrong.
    pub is_lasting: bool,
}

impl JobError {
    /// A failure of kind `code`.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), is_lasting: false }
    }

    /// The same, of which is known that doing it once more would not help: no retry is spent on it.
    #[must_use]
    pub fn lasting(self) -> Self {
        Self { is_lasting: true, ..self }
    }
}

type Execute = Arc<dyn Fn(TaskContext, Value) -> BoxFuture<'static, Result<Value, JobError>> + Send + Sync>;

/// The jobs that a worker knows.
#[derive(Clone, Default)]
pub struct Jobs {
    by_name: HashMap<&'static str, Execute>,
}

impl Jobs {
    /// Adds a job, under its input's name for it.
    pub fn with<J: Job>(mut self, job: J) -> Self {
        let job = Arc::new(job);
        let execute: Execute = Arc::new(move |context, input| {
            let job = Arc::clone(&job);
            async move {
                let input = serde_json::from_value(input)
                    .map_err(|error| JobError::new("input_unreadable", error.to_string()).lasting())?;
                let output = job.run(&context, input).await?;
                serde_json::to_value(output)
                    .map_err(|error| JobError::new("output_unwritable", error.to_string()).lasting())
            }
            .boxed()
        });
        self.by_name.insert(J::Input::JOB, execute);
        self
    }

    /// Their names.
    pub fn names(&self) -> Vec<String> {
        self.by_name.keys().map(|name| (*name).to_owned()).collect()
    }

    pub(crate) fn execute(
        &self,
        context: TaskContext,
        job: &str,
        input: Value,
    ) -> BoxFuture<'static, Result<Value, JobError>> {
        match self.by_name.get(job) {
            Some(execute) => execute(context, input),
            // Workers claim only jobs that they know.
            None => futures::future::ready(Err(JobError::new("job_unknown", job))).boxed(),
        }
    }
}
