//! `draw_dag` and `draw_run`: the graph of a DAG, and of a run with how its tasks stand.

use mg_core::{OpContext, RunId};
use mg_flow::{Definition, Mark, Marks, mermaid, svg};

use super::super::run::unknown_run;
use super::super::{App, get_run};
use super::dag_named;
use crate::Problem;

/// In which form a graph is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// A Mermaid flowchart, text.
    Mermaid,
    /// SVG.
    Svg,
}

impl Drawing {
    /// The form of that name: `mermaid` or `svg`.
    ///
    /// # Errors
    ///
    /// `bad_arguments` for another.
    pub fn named(name: &str) -> Result<Self, Problem> {
        match name {
            "mermaid" => Ok(Self::Mermaid),
            "svg" => Ok(Self::Svg),
            _ => Err(Problem::new(
                "bad_arguments",
                "A graph is drawn as `mermaid` or `svg`.",
                "Say one of them.",
            )),
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Mermaid => "text/plain; charset=utf-8",
            Self::Svg => "image/svg+xml",
        }
    }

    fn of(self, dag: &Definition, marks: &Marks) -> String {
        match self {
            Self::Mermaid => mermaid(dag, marks),
            Self::Svg => svg(dag, marks),
        }
    }
}

/// The graph of the DAG of that name.
pub fn draw_dag(_ctx: &OpContext, _app: &App, name: &str, drawing: Drawing) -> Result<String, Problem> {
    Ok(drawing.of(dag_named(name)?, &Marks::new()))
}

/// The graph that a run has started with, with the states of its tasks.
///
/// # Errors
///
/// `unknown_run`; `no_definition` for a run whose definition was not kept, or is not understood by this version.
pub async fn draw_run(ctx: &OpContext, app: &App, id: RunId, drawing: Drawing) -> Result<String, Problem> {
    let Some(run) = app.store.run(id).await? else {
        return Err(unknown_run(app, id).await?);
    };
    let kept = match &run.definition_hash {
        Some(hash) => app.store.dag_version(&run.dag, hash).await?,
        None => None,
    };
    let dag: Option<Definition> = kept.and_then(|kept| serde_json::from_value(kept).ok());
    let Some(dag) = dag else {
        let message = format!("The definition that run {id} started with is not here.");
        return Err(Problem::new("no_definition", message, "get_run tells its tasks."));
    };
    let report = get_run(ctx, app, id).await?;
    let marks = report.tasks.into_iter().map(|task| {
        let progress =
            task.progress_done.zip(task.progress_total).map(|(done, total)| format!("{done}/{total}"));
        (task.name, Mark { state: task.state, progress })
    });
    Ok(drawing.of(&dag, &marks.collect()))
}
