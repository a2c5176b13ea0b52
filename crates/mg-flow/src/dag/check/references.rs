//! What a task points to: tasks, branches, parameters, the element that it is for.

use mg_store::run::TriggerRule;

use crate::given::Placeholder;
use crate::{Definition, Edge, TaskDefinition, TaskShape};

/// What is wrong with what a task points to.
pub(super) fn faults(dag: &Definition, task: &TaskDefinition) -> Vec<String> {
    let mut reasons: Vec<String> = task.after.iter().filter_map(|edge| bad_edge(dag, edge)).collect();
    for placeholder in Placeholder::all_in(&task.input) {
        let item = placeholder == Placeholder::Item;
        if item && !matches!(task.shape, TaskShape::Map { .. }) {
            reasons.push("its input has an element of a list that another task is mapped over".to_owned());
        }
        reasons.extend(bad_placeholder(dag, task, &placeholder));
    }
    if let TaskShape::Map { over, .. } = &task.shape {
        for placeholder in Placeholder::all_in(over) {
            if placeholder == Placeholder::Item {
                reasons.push("its list has an element of a list that is mapped over".to_owned());
            }
            reasons.extend(bad_placeholder(dag, task, &placeholder));
        }
    }
    reasons
}

fn bad_edge(dag: &Definition, edge: &Edge) -> Option<String> {
    let Some(other) = dag.task(&edge.task) else {
        return Some(format!("it waits for {}, and there is no such task", edge.task));
    };
    let branch = edge.branch.as_ref()?;
    match &other.shape {
        TaskShape::Branch { branches } if branches.contains(branch) => None,
        TaskShape::Branch { branches } => Some(format!(
            "it lies on branch {branch}, which {} never chooses: {}",
            other.name,
            branches.join(", ")
        )),
        TaskShape::Job | TaskShape::Map { .. } => {
            Some(format!("it lies on branch {branch} of {}, which chooses none", other.name))
        }
    }
}

fn bad_placeholder(dag: &Definition, task: &TaskDefinition, placeholder: &Placeholder) -> Option<String> {
    match placeholder {
        Placeholder::Output(name) => bad_output(dag, task, name),
        Placeholder::Parameters if dag.parameters.is_none() => {
            Some("its input has the run's parameters, and the DAG declares none".to_owned())
        }
        Placeholder::Parameter(field) => {
            let schema = dag.parameters.as_ref();
            let known = schema.is_some_and(|schema| schema["properties"].get(field).is_some());
            (!known).then(|| format!("its input has parameter {field}, which the DAG does not declare"))
        }
        Placeholder::Item | Placeholder::Parameters | Placeholder::Instant => None,
    }
}

fn bad_output(dag: &Definition, task: &TaskDefinition, name: &str) -> Option<String> {
    if task.after.iter().all(|edge| edge.task != name) {
        return Some(format!("its input has the output of {name}, which it does not wait for"));
    }
    let sure = match task.rule {
        TriggerRule::AllSucceeded => true,
        TriggerRule::NoneFailed => !may_be_skipped(dag, name, &mut Vec::new()),
        TriggerRule::AllDone | TriggerRule::OneFailed | TriggerRule::OneSucceeded => false,
    };
    (!sure).then(|| {
        format!(
            "its input has the output of {name}, and by its rule {} it may begin without",
            task.rule.as_str()
        )
    })
}

/// Whether a task lies on a branch, or behind one that does. `passed` ends the walk in a cycle,
/// which is a fault of its own.
fn may_be_skipped<'a>(dag: &'a Definition, name: &'a str, passed: &mut Vec<&'a str>) -> bool {
    if passed.contains(&name) {
        return false;
    }
    passed.push(name);
    let edges = dag.task(name).map_or(&[][..], |task| &task.after);
    edges.iter().any(|edge| edge.branch.is_some() || may_be_skipped(dag, &edge.task, passed))
}
