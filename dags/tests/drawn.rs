//! The timetable and every DAG as it is drawn, held against `dags/dags.txt`: a change of a DAG is seen where it is
//! reviewed. After a change that is meant: `MG_UPDATE=1 cargo nextest run -p mg-dags`.

use std::fmt::Write;
use std::path::Path;

use chrono::{DateTime, Utc};
use mg_flow::{Definition, Marks, mermaid};

/// The day that the timetable is told of: 21 November 2026, a Saturday.
const DAY: DateTime<Utc> = DateTime::from_timestamp(1_795_219_200, 0).expect("an instant");

#[test]
fn every_dag_is_as_it_was_reviewed() {
    let dags = mg_dags::all().expect("nothing is wrong with them");
    let told = dags.iter().map(told).collect::<Vec<_>>().join("\n");
    let text = format!("{}\n{told}", dags.timetable(DAY, 3));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("dags.txt");
    if std::env::var_os("MG_UPDATE").is_some() {
        std::fs::write(&file, &text).expect("dags/dags.txt can be written");
    }
    let kept = std::fs::read_to_string(&file).expect("dags/dags.txt is there");
    assert_eq!(text, kept, "if the change is meant: MG_UPDATE=1 cargo nextest run -p mg-dags");
}

fn told(dag: &Definition) -> String {
    let mut text = format!("{}: {}\n", dag.name, dag.doc);
    if let Some(schema) = &dag.parameters {
        let fields = schema["properties"].as_object().into_iter().flatten();
        let _ = writeln!(
            text,
            "is asked for {}",
            fields.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
        );
    }
    for task in dag.tasks.iter().filter(|task| !task.writes.is_empty()) {
        let _ = writeln!(text, "{} writes {}", task.name, task.writes.join(", "));
    }
    text + &mermaid(dag, &Marks::new())
}
