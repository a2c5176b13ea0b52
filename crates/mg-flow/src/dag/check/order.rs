//! The order of a DAG's tasks.

use std::collections::HashSet;

use super::{DagFault, fault};
use crate::Definition;

/// Puts each task after those that it waits for, and leaves their order as it is otherwise. A
/// handle can be made to wait for a task that waits for it: such a cycle is a fault.
pub(in crate::dag) fn sort_tasks(dag: &mut Definition) -> Option<DagFault> {
    let known: HashSet<String> = dag.tasks.iter().map(|task| task.name.clone()).collect();
    let mut open = std::mem::take(&mut dag.tasks);
    let mut before: HashSet<String> = HashSet::new();
    while !open.is_empty() {
        // A task that is not there is a fault of its own, and none of the order.
        let free = open.iter().position(|task| {
            task.after.iter().all(|edge| before.contains(&edge.task) || !known.contains(&edge.task))
        });
        let Some(place) = free else {
            dag.tasks.append(&mut open);
            return Some(fault(&dag.name, None, cycle(dag, &before)));
        };
        let task = open.remove(place);
        before.insert(task.name.clone());
        dag.tasks.push(task);
    }
    None
}

/// A cycle among the tasks that are not in `before`, in a sentence: there is one.
fn cycle(dag: &Definition, before: &HashSet<String>) -> String {
    let next = |name: &str| {
        let waits = dag.task(name).into_iter().flat_map(|task| &task.after).map(|edge| edge.task.as_str());
        waits.into_iter().find(|other| !before.contains(*other) && dag.task(other).is_some())
    };
    let first = dag.tasks.iter().map(|task| task.name.as_str()).find(|name| !before.contains(*name));
    let mut way: Vec<&str> = first.into_iter().collect();
    while let Some(name) = way.last().and_then(|last| next(last)) {
        if let Some(begin) = way.iter().position(|passed| *passed == name) {
            way.push(name);
            return format!("its tasks wait for each other: {}", way[begin..].join(" for "));
        }
        way.push(name);
    }
    "its tasks wait for each other".to_owned()
}
