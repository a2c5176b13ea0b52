//! The state machine of runs and tasks, tried in any order against a plain model of it.
//!
//! `MG_TRIALS=long` tries more of it.

mod model;

use std::time::Duration;

use mg_core::RunId;
use mg_store::Store;
use mg_store::run::{Mark, NewDependency, NewRun, NewTask, Rerun, TaskKind, Touched, TriggerRule};
use mg_store::task::{ClaimedTask, Ended, Failure};
use mg_store::worker::WorkerId;
use mg_testkit::TestDatabase;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use model::{Kind, Model, Node, Place, State};

/// Something that happens to a run. Numbers choose among what there is at the time.
#[derive(Debug, Clone)]
enum Happening {
    Claim,
    Complete(usize, Option<&'static str>),
    /// A map is spread over so many elements; any other task is completed.
    Spread(usize, usize),
    Fail(usize, bool),
    HandBack(usize),
    WorkersLost,
    Mark(usize, Mark),
    RerunTask(usize),
    RerunFailed,
    RerunAll,
    CancelRun,
}

#[test]
fn whatever_happens_in_whatever_order_the_books_are_as_the_model_has_them() {
    let long = std::env::var("MG_TRIALS").is_ok_and(|trials| trials == "long");
    let config = Config { cases: if long { 2_000 } else { 60 }, max_shrink_iters: 400, ..Config::default() };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let database = runtime.block_on(TestDatabase::start()).expect("a database");
    let happenings = prop::collection::vec(happening(), 1..45);
    TestRunner::new(config)
        .run(&(nodes(), happenings), |(nodes, happenings)| {
            let told = runtime.block_on(tell(&database.store, &nodes, &happenings));
            told.map_err(|error| TestCaseError::fail(format!("{error:#}")))
        })
        .expect("the books are as the model has them");
}

/// Which of the tasks before it a task waits for, and on which branch of it: the left one or not.
type Branching = (prop::sample::Index, bool);

fn nodes() -> impl Strategy<Value = Vec<Node>> {
    let kind = prop_oneof![3 => Just(Kind::Job), 1 => Just(Kind::Branch), 1 => Just(Kind::Map)];
    let rule = prop_oneof![
        4 => Just(TriggerRule::AllSucceeded),
        1 => Just(TriggerRule::AllDone),
        1 => Just(TriggerRule::OneFailed),
        1 => Just(TriggerRule::OneSucceeded),
        1 => Just(TriggerRule::NoneFailed),
    ];
    let edges = prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..4);
    prop::collection::vec((kind, rule, 0..3_i32, edges), 1..8).prop_map(|given| {
        let kinds: Vec<Kind> = given.iter().map(|(kind, ..)| *kind).collect();
        let node = |(at, (kind, rule, retries, edges)): (usize, (Kind, _, _, Vec<Branching>))| {
            let mut after: Vec<(usize, Option<&'static str>)> = Vec::new();
            for (index, left) in edges.into_iter().filter(|_| at > 0) {
                let before = index.index(at);
                let branch = (kinds[before] == Kind::Branch).then_some(if left { "left" } else { "right" });
                if !after.iter().any(|(other, _)| *other == before) {
                    after.push((before, branch));
                }
            }
            Node { kind, rule, retries, after }
        };
        given.into_iter().enumerate().map(node).collect()
    })
}

fn happening() -> impl Strategy<Value = Happening> {
    let any = 0..64_usize;
    let branch = prop_oneof![Just(Some("left")), Just(Some("right")), Just(None)];
    let mark = prop_oneof![Just(Mark::Succeeded), Just(Mark::Failed), Just(Mark::Cancelled)];
    prop_oneof![
        12 => Just(Happening::Claim),
        9 => (any.clone(), branch).prop_map(|(which, branch)| Happening::Complete(which, branch)),
        4 => (any.clone(), 0..4_usize).prop_map(|(which, width)| Happening::Spread(which, width)),
        3 => (any.clone(), proptest::bool::ANY).prop_map(|(which, again)| Happening::Fail(which, again)),
        1 => any.clone().prop_map(Happening::HandBack),
        1 => Just(Happening::WorkersLost),
        2 => (any.clone(), mark).prop_map(|(which, mark)| Happening::Mark(which, mark)),
        1 => any.prop_map(Happening::RerunTask),
        1 => Just(Happening::RerunFailed),
        1 => Just(Happening::RerunAll),
        1 => Just(Happening::CancelRun),
    ]
}

/// One run, its model, and all that was ever claimed of it: late workers report too.
struct Trial<'a> {
    store: &'a Store,
    run: RunId,
    worker: WorkerId,
    model: Model,
    claimed: Vec<(Place, ClaimedTask)>,
}

async fn tell(store: &Store, nodes: &[Node], happenings: &[Happening]) -> anyhow::Result<()> {
    let run = store.create_run(&NewRun::new("dag", "a test", "cli", tasks(nodes))).await?;
    let worker = store.register_worker("w").await?;
    let mut trial = Trial { store, run, worker, model: Model::new(nodes), claimed: Vec::new() };
    trial.compare("made").await?;
    for happening in happenings {
        trial.happen(happening).await?;
        trial.compare(&format!("{happening:?}")).await?;
    }
    // Whatever happened, the run can be brought to its end.
    for _ in 0..200 {
        while trial.claim().await? {}
        let Some(at) =
            trial.claimed.iter().position(|(place, task)| trial.model.counts(*place, task.attempt))
        else {
            break;
        };
        trial.end(at, Report::Done(Some("left"), 2)).await?;
        trial.compare("brought to its end").await?;
    }
    anyhow::ensure!(
        !matches!(trial.model.run, "queued" | "running"),
        "the run does not end: {:?}",
        trial.model.texts()
    );
    store.cancel_run(run, "the end").await?;
    Ok(())
}

fn tasks(nodes: &[Node]) -> Vec<NewTask> {
    let task = |(at, node): (usize, &Node)| NewTask {
        kind: match node.kind {
            Kind::Job => TaskKind::Job,
            Kind::Branch => TaskKind::Branch,
            Kind::Map => TaskKind::Map { over: json!([]), width: None },
        },
        rule: node.rule,
        retries: node.retries.unsigned_abs(),
        after: node
            .after
            .iter()
            .map(|(place, branch)| NewDependency { place: *place, branch: branch.map(str::to_owned) })
            .collect(),
        ..NewTask::new(format!("t{at}"), "job", Value::Null)
    };
    nodes.iter().enumerate().map(task).collect()
}

/// How the worker of a claimed task reports.
#[derive(Debug, Clone, Copy)]
enum Report {
    /// The task is done, on that branch; a map is spread over so many elements.
    Done(Option<&'static str>, usize),
    /// It failed; whether it may be begun anew.
    Failed(bool),
    HandedBack,
}

impl Trial<'_> {
    async fn happen(&mut self, happening: &Happening) -> anyhow::Result<()> {
        let places = self.model.places();
        let place = |which: &usize| places[which % places.len()];
        match happening {
            Happening::Claim => {
                self.claim().await?;
            }
            Happening::Complete(which, branch) => self.end(*which, Report::Done(*branch, 1)).await?,
            Happening::Spread(which, width) => self.end(*which, Report::Done(None, *width)).await?,
            Happening::Fail(which, again) => self.end(*which, Report::Failed(*again)).await?,
            Happening::HandBack(which) => self.end(*which, Report::HandedBack).await?,
            Happening::WorkersLost => {
                self.store.reclaim_lost_tasks(Duration::ZERO).await?;
                self.worker = self.store.register_worker("w").await?;
                self.model.lose_all();
            }
            Happening::Mark(which, mark) => {
                let to = match mark {
                    Mark::Succeeded => State::Succeeded,
                    Mark::Failed => State::Failed,
                    Mark::Cancelled => State::Cancelled,
                };
                let place = place(which);
                let touched = self.store.mark_task(self.run, &Model::name(place), *mark, "eve").await?;
                let changed = self.model.mark(place, to);
                anyhow::ensure!(changed == (touched != Touched::Nothing), "{touched:?}");
            }
            Happening::RerunTask(which) => {
                let place = place(which);
                self.store.rerun(self.run, &Rerun::Task(Model::name(place)), "eve").await?;
                self.model.rerun(|_, other| other == place);
            }
            Happening::RerunFailed => {
                let touched = self.store.rerun(self.run, &Rerun::Failed, "eve").await?;
                let failed = |model: &Model, place| {
                    matches!(
                        model.step(place).state,
                        State::Failed | State::Cancelled | State::Skipped("upstream_failed")
                    )
                };
                let any = self.model.rerun(failed);
                anyhow::ensure!(any == (touched != Touched::Nothing), "{touched:?}");
            }
            Happening::RerunAll => {
                self.store.rerun(self.run, &Rerun::All, "eve").await?;
                self.model.rerun(|_, place| place.1.is_none());
            }
            Happening::CancelRun => {
                self.store.cancel_run(self.run, "eve").await?;
                self.model.cancel_run();
            }
        }
        Ok(())
    }

    /// Claims a task; whether there was one.
    async fn claim(&mut self) -> anyhow::Result<bool> {
        let ready = self.model.ready();
        let Some(task) = self.store.claim_task(self.worker, &["job".to_owned()]).await? else {
            anyhow::ensure!(ready.is_empty(), "nothing was claimed, and these are ready: {ready:?}");
            return Ok(false);
        };
        let place = ready.into_iter().find(|place| Model::name(*place) == task.name);
        let place = place.ok_or_else(|| anyhow::anyhow!("{} was claimed and is not ready", task.name))?;
        self.model.claim(place);
        anyhow::ensure!(self.model.step(place).attempt == task.attempt, "{} has another attempt", task.name);
        self.claimed.push((place, task));
        Ok(true)
    }

    /// Ends one of the claims there ever were. An end is accepted if it is the one that counts, and
    /// never twice.
    async fn end(&mut self, which: usize, report: Report) -> anyhow::Result<()> {
        if self.claimed.is_empty() {
            return Ok(());
        }
        let (place, task) = self.claimed[which % self.claimed.len()].clone();
        let counts = self.model.counts(place, task.attempt);
        let accepted = match report {
            Report::Done(_, width) if self.model.kind(place) == Kind::Map => {
                let accepted = self.store.spread_task(&task, &vec![json!({}); width]).await?;
                if counts {
                    self.model.spread(place, width);
                }
                accepted
            }
            Report::Done(branch, _) => {
                let branch = branch.filter(|_| self.model.kind(place) == Kind::Branch);
                let accepted = self.store.complete_task(&task, &json!(branch)).await?;
                if counts {
                    self.model.complete(place, branch);
                }
                accepted
            }
            Report::Failed(again) => {
                let again_after = again.then_some(Duration::ZERO);
                let failure = Failure { code: "broken", message: "It broke.", again_after };
                let ended = self.store.fail_attempt(&task, &failure).await?;
                if counts {
                    self.model.fail(place, again);
                }
                ended != Ended::Late
            }
            Report::HandedBack => {
                let accepted = self.store.hand_back_task(&task).await?;
                if counts {
                    self.model.hand_back(place);
                }
                accepted
            }
        };
        anyhow::ensure!(accepted == counts, "accepted: {accepted}, counts: {counts}, {}", task.name);
        Ok(())
    }

    async fn compare(&self, after: &str) -> anyhow::Result<()> {
        let run = self.run;
        let query = format!(
            "select concat_ws(' ', name, state, skipped_because) from mg.task where run_id = {run} order by name collate \"C\""
        );
        let texts = self.store.texts(query.leak()).await?;
        anyhow::ensure!(
            texts == self.model.texts(),
            "after {after}: {texts:?}, not {:?}",
            self.model.texts()
        );
        let state = self.store.texts(format!("select state from mg.run where id = {run}").leak()).await?;
        anyhow::ensure!(
            state == [self.model.run],
            "after {after}: the run is {state:?}, not {}",
            self.model.run
        );
        let open = format!(
            "select format('%s %s', t.name, count(*)) from mg.task t join mg.task_attempt a on a.task_id = t.id
             where t.run_id = {run} and ((a.outcome is null) <> (t.state = 'running' and a.attempt = t.attempt))
             group by t.name"
        );
        let open = self.store.texts(open.leak()).await?;
        anyhow::ensure!(open.is_empty(), "after {after}: attempts are open that should not be: {open:?}");
        Ok(())
    }
}
