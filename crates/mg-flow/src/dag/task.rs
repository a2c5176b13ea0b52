//! The handle of a task in a DAG that is being written.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;
use std::time::Duration;

use mg_store::run::{Backoff, TriggerRule};
use serde::Serialize;

use super::{Draft, Edge, TaskDefinition, TaskShape, fault};
use crate::Given;
use crate::given::Placeholder;

/// A task of one job.
#[derive(Debug)]
pub struct Single;

/// A task that is done for each element of a list.
#[derive(Debug)]
pub struct Mapped;

/// A task that chooses.
#[derive(Debug)]
pub struct Branching;

/// An output that says which branches are followed: it serialises to the name of one, or to a list
/// of names.
pub trait Choice: Serialize {
    /// All branches that there are.
    const BRANCHES: &'static [&'static str];
}

impl<C: Choice> Choice for Vec<C> {
    const BRANCHES: &'static [&'static str] = C::BRANCHES;
}

/// A task that was added to a [`crate::Dag`], and gives an `Output`. What is said of it goes to the DAG.
#[derive(Debug)]
pub struct Task<Output, Kind = Single> {
    draft: Rc<RefCell<Draft>>,
    place: usize,
    gives: PhantomData<fn() -> (Output, Kind)>,
}

impl<Output, Kind> Task<Output, Kind> {
    pub(super) fn added(draft: &Rc<RefCell<Draft>>, task: TaskDefinition) -> Self {
        let tasks = &mut draft.borrow_mut().definition.tasks;
        tasks.push(task);
        Self { draft: Rc::clone(draft), place: tasks.len() - 1, gives: PhantomData }
    }

    /// What it will give. A task that has this in its input waits for this one.
    pub fn output(&self) -> Given<Output> {
        Given::later(Placeholder::Output(self.name()))
    }

    /// Waits for another task too, whose output it does not need.
    pub fn after<O, K>(self, other: &Task<O, K>) -> Self {
        self.wait(other, None)
    }

    /// Waits for a choice, and is skipped if that chooses other branches.
    pub fn on<C: Choice>(self, choice: &Task<C, Branching>, branch: &str) -> Self {
        self.wait(choice, Some(branch.to_owned()))
    }

    /// When it may begin, by how those ended that it waits for; once all succeeded, if nothing is said.
    pub fn rule(self, rule: TriggerRule) -> Self {
        self.set(|task| task.rule = rule)
    }

    /// How often it is begun anew after it failed.
    pub fn retries(self, retries: u32) -> Self {
        self.set(|task| task.retries = retries)
    }

    /// How long it waits before it is begun anew.
    pub fn backoff(self, backoff: Backoff) -> Self {
        self.set(|task| task.backoff = backoff)
    }

    /// How many times its worker may be lost, killed or cut off, before the task fails for that: two, if
    /// nothing is said. A task that takes hours survives a bad night with more; one that kills its worker
    /// by its own weight does it so often.
    pub fn losses(self, losses: u32) -> Self {
        self.set(|task| task.losses = Some(losses))
    }

    /// How long one attempt may take, to the millisecond.
    pub fn timeout(self, timeout: Duration) -> Self {
        let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        self.set(|task| task.timeout_ms = Some(timeout_ms))
    }

    /// The pool that it takes a slot of.
    pub fn pool(self, pool: &str) -> Self {
        self.set(|task| task.pool = Some(pool.to_owned()))
    }

    /// Puts it before ready tasks with a lower one; 0 if nothing is said.
    pub fn priority(self, priority: i32) -> Self {
        self.set(|task| task.priority = priority)
    }

    /// The tables that it writes, `schema.table`.
    pub fn writes<const N: usize>(self, tables: [&str; N]) -> Self {
        self.set(|task| task.writes.extend(tables.map(str::to_owned)))
    }

    /// What it is for, in a sentence.
    pub fn doc(self, doc: impl Into<String>) -> Self {
        self.set(|task| task.doc = Some(doc.into()))
    }

    fn wait<O, K>(self, other: &Task<O, K>, branch: Option<String>) -> Self {
        let name = other.name();
        if !Rc::ptr_eq(&self.draft, &other.draft) {
            let dag = other.draft.borrow().definition.name.clone();
            return self.fault(format!("it waits for {name}, a task of another DAG, {dag}"));
        }
        let mut two = None;
        let task = self.set(|task| match task.after.iter_mut().find(|edge| edge.task == name) {
            None => task.after.push(Edge { task: name.clone(), branch }),
            Some(edge) if edge.branch.is_none() => edge.branch = branch,
            Some(edge) => two = branch.filter(|branch| edge.branch.as_ref() != Some(branch)),
        });
        match two {
            Some(branch) => task.fault(format!("it lies on a second branch of {name}, {branch}")),
            None => task,
        }
    }

    fn fault(self, reason: String) -> Self {
        let mut draft = self.draft.borrow_mut();
        let found = fault(&draft.definition.name, Some(&draft.definition.tasks[self.place].name), reason);
        draft.faults.push(found);
        drop(draft);
        self
    }

    fn name(&self) -> String {
        self.draft.borrow().definition.tasks[self.place].name.clone()
    }

    fn set(self, set: impl FnOnce(&mut TaskDefinition)) -> Self {
        set(&mut self.draft.borrow_mut().definition.tasks[self.place]);
        self
    }
}

impl<Output> Task<Output, Mapped> {
    /// How many elements are worked on at a time.
    pub fn width(self, most: u32) -> Self {
        self.set(|task| {
            if let TaskShape::Map { width, .. } = &mut task.shape {
                *width = Some(most);
            }
        })
    }
}
