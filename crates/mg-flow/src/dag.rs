//! How a DAG is written: tasks, what each is given, and what each waits for.
//!
//! A [`Dag`] is being written; [`Dag::checked`] gives its [`Definition`], plain data that runs are
//! made of and that is kept with them. Nothing of a run lives in a closure: what is not known when
//! the DAG is written stands in a task's input as a placeholder, see [`crate::Given`].

mod check;
mod definition;
mod parameters;
mod plan;
mod schema;
mod task;
mod trigger;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use mg_store::run::{Backoff, TriggerRule};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use check::fault;
pub use check::{DagFault, DagFaults};
pub use definition::{Definition, Edge, TaskDefinition, TaskShape};
pub use parameters::Parameters;
pub use schema::ParameterError;
pub use task::{Branching, Choice, Mapped, Single, Task};
pub use trigger::{DataTrigger, all, any};

use crate::given::Placeholder;
use crate::{Given, JobInput, Schedule};

/// A DAG that is being written.
///
/// ```
/// use std::time::Duration;
/// use mg_flow::{Catchup, Dag, Given, JobInput, Overlap, TriggerRule, cron};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct FindEdition { spider: String }
/// impl JobInput for FindEdition {
///     const JOB: &'static str = "find_edition";
///     type Output = String;
/// }
///
/// #[derive(Serialize, Deserialize)]
/// struct ListParts { edition: Given<String> }
/// impl JobInput for ListParts {
///     const JOB: &'static str = "list_parts";
///     type Output = Vec<u32>;
/// }
///
/// #[derive(Serialize, Deserialize)]
/// struct LoadPart { part: Given<u32> }
/// impl JobInput for LoadPart {
///     const JOB: &'static str = "load_part";
///     type Output = u64;
/// }
///
/// #[derive(Serialize, Deserialize)]
/// struct Measure {}
/// impl JobInput for Measure {
///     const JOB: &'static str = "measure";
///     type Output = ();
/// }
///
/// let mut dag = Dag::new("sitadel", "Loads the latest building permits.")
///     .schedule(cron("0 6 3 * *").in_zone("Europe/Paris").catchup(Catchup::Latest).overlap(Overlap::Skip))
///     .deadline(Duration::from_hours(6));
/// let edition = dag.task("edition", FindEdition { spider: "sitadel".into() });
/// let parts = dag.task("parties", ListParts { edition: edition.output() });
/// let permits = dag
///     .map("permis", parts.output(), |part| LoadPart { part })
///     .width(4)
///     .retries(3)
///     .timeout(Duration::from_mins(20))
///     .writes(["analytics.fact_permis"]);
/// dag.task("indicateurs", Measure {}).after(&permits).rule(TriggerRule::NoneFailed);
/// let definition = dag.checked()?;
/// assert_eq!(definition.tasks.len(), 4);
/// # Ok::<(), mg_flow::DagFaults>(())
/// ```
///
/// An output that does not fit does not compile:
///
/// ```compile_fail,E0308
/// use mg_flow::{Dag, Given, JobInput};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct FindEdition {}
/// impl JobInput for FindEdition {
///     const JOB: &'static str = "find_edition";
///     type Output = String;
/// }
///
/// #[derive(Serialize, Deserialize)]
/// struct LoadPart { part: Given<u32> }
/// impl JobInput for LoadPart {
///     const JOB: &'static str = "load_part";
///     type Output = u64;
/// }
///
/// let mut dag = Dag::new("sitadel", "Loads the latest building permits.");
/// let edition = dag.task("edition", FindEdition {});
/// dag.task("permis", LoadPart { part: edition.output() });
/// ```
#[derive(Debug)]
pub struct Dag {
    draft: Rc<RefCell<Draft>>,
}

/// What a [`Dag`] and the handles of its tasks write on.
#[derive(Debug, Clone)]
struct Draft {
    definition: Definition,
    faults: Vec<DagFault>,
}

impl Dag {
    /// An empty DAG. `doc` says in a sentence what a run of it brings.
    pub fn new(name: impl Into<String>, doc: impl Into<String>) -> Self {
        let definition = Definition {
            name: name.into(),
            doc: doc.into(),
            owner: None,
            tags: Vec::new(),
            schedule: None,
            when_changed: None,
            deadline_s: None,
            priority: 0,
            parameters: None,
            tasks: Vec::new(),
        };
        Self { draft: Rc::new(RefCell::new(Draft { definition, faults: Vec::new() })) }
    }

    /// Runs it by a timetable.
    #[must_use]
    pub fn schedule(self, schedule: Schedule) -> Self {
        self.set(|definition| definition.schedule = Some(schedule))
    }

    /// Runs it when tables were written: [`any`] or [`all`] of some.
    #[must_use]
    pub fn when_changed(self, trigger: DataTrigger) -> Self {
        self.set(|definition| definition.when_changed = Some(trigger))
    }

    /// Who answers for it.
    #[must_use]
    pub fn owner(self, owner: impl Into<String>) -> Self {
        self.set(|definition| definition.owner = Some(owner.into()))
    }

    /// Words to find it by.
    #[must_use]
    pub fn tags<const N: usize>(self, tags: [&str; N]) -> Self {
        self.set(|definition| definition.tags.extend(tags.map(str::to_owned)))
    }

    /// How long after it is asked for a run should have ended, to the second.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        self.set(|definition| definition.deadline_s = Some(deadline.as_secs()))
    }

    /// Puts its tasks before those of DAGs with a lower one; 0 if nothing is said.
    #[must_use]
    pub fn priority(self, priority: i32) -> Self {
        self.set(|definition| definition.priority = priority)
    }

    /// Lets a run be asked for with parameters: a struct whose schema is shown as a form. A field
    /// that may be left out has `#[serde(default)]`.
    pub fn parameters<P: JsonSchema + DeserializeOwned>(&mut self) -> Parameters<P> {
        Parameters::declared(&self.draft)
    }

    /// The instant of its timetable that a run is for; of a run without, when it was asked for.
    pub fn instant(&self) -> Given<DateTime<Utc>> {
        Given::later(Placeholder::Instant)
    }

    /// Adds a task that gives `input` to the job it belongs to. It waits for the tasks whose
    /// outputs stand in the input.
    pub fn task<I: JobInput>(&mut self, name: impl Into<String>, input: I) -> Task<I::Output> {
        self.add(name, TaskShape::Job, input)
    }

    /// Adds a task that is done once for each element of a list; its output is the list of what
    /// each gave, in the order of the list.
    pub fn map<T: Serialize, I: JobInput>(
        &mut self,
        name: impl Into<String>,
        over: Given<Vec<T>>,
        input: impl FnOnce(Given<T>) -> I,
    ) -> Task<Vec<I::Output>, Mapped> {
        let over = serde_json::to_value(over).expect("the list of a map is plain data");
        self.add(name, TaskShape::Map { over, width: None }, input(Given::later(Placeholder::Item)))
    }

    /// Adds a task whose output says which branches are followed: [`Task::on`] lays tasks on them.
    pub fn branch<I: JobInput<Output: Choice>>(
        &mut self,
        name: impl Into<String>,
        input: I,
    ) -> Task<I::Output, Branching> {
        let branches = I::Output::BRANCHES.iter().map(|branch| (*branch).to_owned()).collect();
        self.add(name, TaskShape::Branch { branches }, input)
    }

    /// What it says, if nothing is wrong with it. Pools and tables that other DAGs write are looked
    /// at with all DAGs together, see [`crate::Dags::new`].
    pub fn checked(self) -> Result<Definition, DagFaults> {
        let Draft { mut definition, mut faults } = self.draft.borrow().clone();
        faults.extend(check::sort_tasks(&mut definition));
        faults.extend(check::alone(&definition));
        DagFaults::none_or(faults)?;
        Ok(definition)
    }

    fn set(self, set: impl FnOnce(&mut Definition)) -> Self {
        set(&mut self.draft.borrow_mut().definition);
        self
    }

    fn add<I: JobInput, O, K>(&mut self, name: impl Into<String>, shape: TaskShape, input: I) -> Task<O, K> {
        let input = serde_json::to_value(input).expect("a job's input is plain data");
        let mut templates = Placeholder::all_in(&input);
        if let TaskShape::Map { over, .. } = &shape {
            templates.extend(Placeholder::all_in(over));
        }
        let mut after: Vec<Edge> = Vec::new();
        for placeholder in templates {
            if let Placeholder::Output(task) = placeholder
                && after.iter().all(|edge| edge.task != task)
            {
                after.push(Edge { task, branch: None });
            }
        }
        let task = TaskDefinition {
            name: name.into(),
            doc: None,
            job: I::JOB.to_owned(),
            input,
            shape,
            after,
            rule: TriggerRule::default(),
            retries: 0,
            backoff: Backoff::default(),
            losses: None,
            timeout_ms: None,
            pool: None,
            priority: 0,
            writes: Vec::new(),
        };
        Task::added(&self.draft, task)
    }
}
