//! What is written in the box of a task.

use mg_store::run::TriggerRule;

use crate::{TaskDefinition, TaskShape};

/// The lines under a task's name, in French: its job, then what is not as usual.
pub(super) fn lines(task: &TaskDefinition) -> Vec<String> {
    let mut lines = vec![task.job.clone()];
    match &task.shape {
        TaskShape::Job => {}
        TaskShape::Map { width: None, .. } => lines.push("pour chaque élément".to_owned()),
        TaskShape::Map { width: Some(width), .. } => {
            lines.push(format!("pour chaque élément, {width} à la fois"));
        }
        TaskShape::Branch { branches } => lines.push(format!("choisit : {}", branches.join(", "))),
    }
    lines.extend(rule(task.rule).map(str::to_owned));
    if let Some(pool) = &task.pool {
        lines.push(format!("groupe {pool}"));
    }
    lines
}

/// When a task begins, unless it is the usual: once all before it succeeded.
fn rule(rule: TriggerRule) -> Option<&'static str> {
    match rule {
        TriggerRule::AllSucceeded => None,
        TriggerRule::AllDone => Some("quand tout est fini"),
        TriggerRule::OneFailed => Some("dès un échec"),
        TriggerRule::OneSucceeded => Some("dès une réussite"),
        TriggerRule::NoneFailed => Some("si rien n'a échoué"),
    }
}
