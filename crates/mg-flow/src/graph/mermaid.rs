//! A DAG as Mermaid text, which documents and chats draw.

use std::fmt::Write;

use super::state::look;
use super::{Marks, label};
use crate::{Definition, TaskShape};

/// The DAG as a Mermaid flowchart, left to right; with colours where `marks` says how tasks stand.
pub fn mermaid(dag: &Definition, marks: &Marks) -> String {
    let mut text = String::from("flowchart LR\n");
    let place = |name: &str| dag.tasks.iter().position(|task| task.name == name);
    for (number, task) in dag.tasks.iter().enumerate() {
        let mut lines = vec![format!("<b>{}</b>", task.name)];
        lines.extend(label::lines(task));
        if let Some(mark) = marks.get(&task.name) {
            lines.push(
                [Some(look(&mark.state).french), mark.progress.as_deref()]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" "),
            );
        }
        let label = quoted(&lines.join("<br/>"));
        let (open, close) = match task.shape {
            TaskShape::Job => ("[", "]"),
            TaskShape::Map { .. } => ("[[", "]]"),
            TaskShape::Branch { .. } => ("{{", "}}"),
        };
        let _ = writeln!(text, "    t{number}{open}{label}{close}");
    }
    for (number, task) in dag.tasks.iter().enumerate() {
        for edge in &task.after {
            let Some(from) = place(&edge.task) else { continue };
            let branch =
                edge.branch.as_ref().map_or_else(String::new, |branch| format!("|{}|", quoted(branch)));
            let _ = writeln!(text, "    t{from} -->{branch} t{number}");
        }
    }
    for (number, task) in dag.tasks.iter().enumerate() {
        if let Some(mark) = marks.get(&task.name) {
            let look = look(&mark.state);
            let _ =
                writeln!(text, "    style t{number} fill:{},stroke:{},color:#18181b", look.fill, look.stroke);
        }
    }
    text
}

/// Mermaid's own way to write a quote within quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "#quot;"))
}
