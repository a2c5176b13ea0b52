//! Tasks that choose what is done.

use mg_flow::{Choice, Dag, Job, JobError, JobInput, Jobs, TaskContext, TriggerRule};
use mg_store::run::Rerun;
use mg_testkit::TestDatabase;
use serde::{Deserialize, Serialize};

use crate::jobs::{Diary, Note, ended, note, run_of, task, worker};

/// Chooses as it is told to.
pub(super) struct Choose;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Way {
    North,
    South,
}

impl Choice for Way {
    const BRANCHES: &'static [&'static str] = &["north", "south"];
}

#[derive(Serialize, Deserialize)]
pub(super) struct ChooseInput {
    pub(super) ways: Vec<Way>,
}

impl JobInput for ChooseInput {
    const JOB: &'static str = "choose";
    type Output = Vec<Way>;
}

impl Job for Choose {
    type Input = ChooseInput;

    async fn run(&self, _context: &TaskContext, input: ChooseInput) -> Result<Vec<Way>, JobError> {
        Ok(input.ways)
    }
}

fn forked(ways: &[Way]) -> Dag {
    let mut dag = Dag::new("forked", "Forks.");
    let way = dag.branch("way", ChooseInput { ways: ways.to_vec() });
    let north = dag.task("north", note("north")).on(&way, "north");
    let farther = dag.task("farther", note("farther")).after(&north);
    let south = dag.task("south", note("south")).on(&way, "south");
    dag.task("met", note("met")).after(&farther).after(&south).rule(TriggerRule::NoneFailed);
    dag.task("both", note("both")).after(&north).after(&south);
    dag
}

#[tokio::test]
async fn what_was_chosen_is_done_and_the_rest_is_passed_over() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let diary = Diary::default();
    let worker = worker(store, Jobs::default().with(Choose).with(Note(diary.clone()))).await?;
    let choices: [(&[Way], &[&str]); 4] = [
        (&[Way::South], &["met", "south"]),
        (&[Way::North], &["farther", "met", "north"]),
        (&[Way::North, Way::South], &["both", "farther", "met", "north", "south"]),
        (&[], &["met"]),
    ];
    let mut before = 0;
    for (ways, expected) in choices {
        let run = run_of(store, forked(ways)).await?;
        assert_eq!(ended(store, run).await?.state, "succeeded", "{ways:?}");
        let mut done = diary.lines().split_off(before);
        before += done.len();
        done.sort();
        assert_eq!(done, expected, "{ways:?}");
        let tasks = store.run_tasks(run).await?;
        let skipped = tasks.iter().filter(|task| task.state == "skipped");
        assert!(
            skipped.clone().all(|task| task.skipped_because.as_deref() == Some("not_chosen")),
            "{tasks:?}"
        );
        assert_eq!(skipped.count(), 5 - expected.len(), "{ways:?}");
    }
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_choice_that_is_made_again_may_go_the_other_way() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = worker(store, Jobs::default().with(Choose).with(Note(Diary::default()))).await?;
    let run = run_of(store, forked(&[Way::South])).await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    database
        .execute("mg_owner", "update mg.task set input = '{\"ways\": [\"north\"]}' where name = 'way'")?;
    store.rerun(run, &Rerun::Task("way".to_owned()), "ada").await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    assert_eq!(task(store, run, "north").await?.state, "succeeded");
    let south = task(store, run, "south").await?;
    assert_eq!((south.state.as_str(), south.skipped_because.as_deref()), ("skipped", Some("not_chosen")));
    assert_eq!(south.output, None, "what it gave then counts no more");
    worker.stop().await;
    Ok(())
}
