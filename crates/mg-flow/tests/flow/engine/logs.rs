//! Lines that tasks say, which are kept in groups behind their work.

use std::collections::HashMap;

use mg_flow::{Dag, Job, JobError, JobInput, Jobs, TaskContext};
use mg_store::task::LogLevel;
use mg_testkit::TestDatabase;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::jobs::{ended, one_task, run_of, task, worker};

/// More than are written at a time.
const LINES: usize = 1_500;

/// Says many lines, and then ends as it is told to.
struct Talk;

#[derive(Serialize, Deserialize)]
struct TalkInput {
    fails: bool,
}

impl JobInput for TalkInput {
    const JOB: &'static str = "talk";
    type Output = ();
}

impl Job for Talk {
    type Input = TalkInput;

    async fn run(&self, context: &TaskContext, input: TalkInput) -> Result<(), JobError> {
        for number in 0..LINES {
            let level = LogLevel::ALL[number % 4];
            context.say(level, &format!("line {number}"), json!({ "number": number })).await;
        }
        context.debug("a nul \0 in the middle").await;
        if input.fails { Err(JobError::new("mute", "Nothing more to say.")) } else { Ok(()) }
    }
}

#[tokio::test]
async fn all_that_tasks_said_is_kept_in_their_order_once_they_have_ended() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = worker(store, Jobs::default().with(Talk)).await?;
    let mut dag = Dag::new("talking", "Talks.");
    for name in ["one", "other"] {
        dag.task(name, TalkInput { fails: name == "other" });
    }
    let run = run_of(store, dag).await?;
    assert_eq!(ended(store, run).await?.state, "failed");
    // Nobody waited for the lines: they were there when the tasks had ended.
    let mut said: HashMap<String, Vec<_>> = HashMap::new();
    for line in store.run_log(run, 100_000).await? {
        said.entry(line.task.clone()).or_default().push(line);
    }
    for (name, ending) in [("one", None), ("other", Some("Nothing more to say."))] {
        let lines = &said[name];
        for (number, line) in lines.iter().take(LINES).enumerate() {
            assert_eq!(line.message, format!("line {number}"), "{name}");
            assert_eq!(line.level, LogLevel::ALL[number % 4].as_str());
            assert_eq!(line.fields, Some(json!({ "number": number })));
        }
        let rest: Vec<&str> = lines[LINES..].iter().map(|line| line.message.as_str()).collect();
        let nul = "a nul \u{fffd} in the middle";
        assert_eq!(rest, [Some(nul), ending].into_iter().flatten().collect::<Vec<_>>(), "{name}");
    }
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn lines_are_there_when_a_worker_has_stopped_in_the_middle_of_a_job() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = worker(store, Jobs::default().with(TalkThenWait)).await?;
    let run = run_of(store, one_task("talk", TalkThenWaitInput {})).await?;
    crate::jobs::reached(async || {
        Ok((task(store, run, "talk").await?.progress_done == Some(1)).then_some(()))
    })
    .await?;
    worker.stop().await;
    let lines = store.run_log(run, 10).await?;
    let said: Vec<&str> = lines.iter().map(|line| line.message.as_str()).collect();
    assert_eq!(said, ["before", "after"]);
    assert_eq!(task(store, run, "talk").await?.state, "ready");
    Ok(())
}

/// Says a line before it is told to stop, and one after.
struct TalkThenWait;

#[derive(Serialize, Deserialize)]
struct TalkThenWaitInput {}

impl JobInput for TalkThenWaitInput {
    const JOB: &'static str = "talk_then_wait";
    type Output = ();
}

impl Job for TalkThenWait {
    type Input = TalkThenWaitInput;

    async fn run(&self, context: &TaskContext, _input: TalkThenWaitInput) -> Result<(), JobError> {
        context.info("before").await;
        context.progress(1, 2).await;
        context.stopped().await;
        context.info("after").await;
        Err(JobError::new("stopped", "The job was told to stop."))
    }
}
