//! The run that is made of a DAG.

use std::time::Duration;

use mg_flow::{Backoff, Cause, Dag, Definition, Given, Requester, TaskShape, TriggerRule};
use mg_store::run::{NewDependency, NewTask, TaskKind};
use serde_json::{Value, json};

use super::jobs::{AddUp, CompareEditions, FindEdition, ListParts, LoadPart, Measure};

/// A DAG with a bit of everything.
pub(super) fn sitadel() -> Definition {
    let mut dag = Dag::new("sitadel", "Permits.").priority(5).deadline(Duration::from_hours(6));
    let edition = dag.task("edition", FindEdition { spider: "sitadel".into() }).doc("Finds it.");
    let choice = dag.branch("choix", CompareEditions { edition: edition.output() });
    let parts = dag.task("parties", ListParts { edition: edition.output() }).on(&choice, "nouvelle");
    let permits = dag
        .map("permis", parts.output(), |part| LoadPart { part })
        .width(4)
        .pool("portail")
        .retries(3)
        .backoff(Backoff { first_ms: 100, ..Backoff::default() })
        .timeout(Duration::from_mins(20))
        .priority(-1)
        .writes(["analytics.fact_permis"]);
    dag.task("somme", AddUp { rows: permits.output() });
    dag.task("indicateurs", Measure {}).after(&permits).rule(TriggerRule::NoneFailed);
    dag.checked().expect("nothing is wrong with it")
}

#[test]
fn a_run_has_all_that_its_dag_says() {
    let dag = sitadel();
    let requester = Requester { principal: "ada", face: "mcp" };
    let run = dag.planned(Value::Null, Cause::Data, requester).expect("it takes no parameters");
    assert_eq!(
        (run.dag.as_str(), run.requested_by.as_str(), run.requested_through),
        ("sitadel", "ada", "mcp")
    );
    assert_eq!((run.cause, run.priority, run.waits), (Cause::Data, 5, false));
    assert_eq!((run.deadline, run.parameters), (Some(Duration::from_secs(21_600)), json!({})));
    assert_eq!(run.definition_hash, Some(dag.hash()));

    let waits =
        |place: usize, branch: Option<&str>| NewDependency { place, branch: branch.map(str::to_owned) };
    let expected = [
        NewTask::new("edition", "find_edition", json!({"spider": "sitadel"})),
        NewTask {
            kind: TaskKind::Branch,
            ..NewTask::new("choix", "compare_editions", json!({"edition": {"$output": "edition"}})).after([0])
        },
        NewTask {
            after: vec![waits(0, None), waits(1, Some("nouvelle"))],
            ..NewTask::new("parties", "list_parts", json!({"edition": {"$output": "edition"}}))
        },
        NewTask {
            kind: TaskKind::Map { over: json!({"$output": "parties"}), width: Some(4) },
            pool: Some("portail".to_owned()),
            retries: 3,
            backoff: Backoff { first_ms: 100, ..Backoff::default() },
            timeout: Some(Duration::from_secs(1_200)),
            priority: -1,
            writes: vec!["analytics.fact_permis".to_owned()],
            ..NewTask::new("permis", "load_part", json!({"part": {"$item": {}}})).after([2])
        },
        NewTask::new("somme", "add_up", json!({"rows": {"$output": "permis"}})).after([3]),
        NewTask {
            rule: TriggerRule::NoneFailed,
            ..NewTask::new("indicateurs", "measure", json!({})).after([3])
        },
    ];
    assert_eq!(run.tasks, expected);
}

#[test]
fn what_is_known_when_the_dag_is_written_stands_in_it() {
    let mut dag = Dag::new("d", "");
    dag.map("editions", Given::from(vec!["sitadel".to_owned()]), |spider| FindEdition { spider });
    let dag = dag.checked().expect("nothing is wrong with it");
    assert_eq!(dag.tasks[0].shape, TaskShape::Map { over: json!(["sitadel"]), width: None });
}

#[test]
fn a_task_that_was_made_to_wait_for_a_later_one_comes_after_it() {
    let mut dag = Dag::new("d", "");
    let a = dag.task("a", Measure {});
    dag.task("b", Measure {});
    let c = dag.task("c", Measure {});
    a.after(&c);
    let dag = dag.checked().expect("nothing is wrong with it");
    let names: Vec<&str> = dag.tasks.iter().map(|task| task.name.as_str()).collect();
    assert_eq!(names, ["b", "c", "a"]);
}

#[test]
fn the_instant_of_a_run_comes_later() {
    let dag = Dag::new("d", "");
    assert_eq!(serde_json::to_value(dag.instant()).expect("plain data"), json!({"$instant": {}}));
}
