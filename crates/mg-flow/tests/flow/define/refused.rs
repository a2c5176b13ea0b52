//! What is wrong with a DAG is found before it runs, all of it at once, with the names.

use std::time::Duration;

use mg_flow::{Backoff, Dag, Dags, Given, Jobs, Pool, TriggerRule, any, cron};

use super::jobs::{AddUp, CompareEditions, FindEdition, LoadPart, Measure, Part, faults};
use crate::jobs::{Diary, Note, note, one_task};

#[test]
fn names_times_and_tables_are_looked_at() {
    let mut dag = Dag::new("Sitadel", "Permits.")
        .schedule(cron("0 6 3 * * * * *"))
        .deadline(Duration::from_millis(10))
        .when_changed(any(["fact_permis"]));
    dag.task("a b", Measure {}).timeout(Duration::ZERO).writes(["analytics.fact-permis"]);
    dag.map("", Given::from(vec![7]), |_: Given<u8>| Measure {}).width(0);
    dag.task("waits", Measure {}).backoff(Backoff { factor: 0.5, ..Backoff::default() });
    let name = "up to 60 small letters, digits, `_` and `-`, a letter or digit first";
    let found = faults(dag);
    assert_eq!(found.len(), 10, "{found:#?}");
    assert_eq!(found[0], format!("DAG Sitadel: `Sitadel` is no name: {name}"));
    assert_eq!(found[1], "DAG Sitadel: its deadline is less than a second");
    assert!(found[2].contains("0 6 3 * * * * *"), "{}", found[2]);
    assert_eq!(found[3], "DAG Sitadel: `fact_permis` is no table: it is written schema.table");
    assert_eq!(found[4], format!("task a b of DAG Sitadel: `a b` is no name: {name}"));
    assert_eq!(found[5], "task a b of DAG Sitadel: its timeout is less than a millisecond");
    assert!(found[6].contains("analytics.fact-permis"), "{}", found[6]);
    assert_eq!(found[7], format!("task  of DAG Sitadel: `` is no name: {name}"));
    assert_eq!(found[8], "task  of DAG Sitadel: its width is 0");
    assert!(found[9].contains("0.5"), "{}", found[9]);

    let zone = faults(Dag::new("z", "").schedule(cron("0 6 3 * *").in_zone("Europe/Lagny")));
    assert!(zone.iter().any(|fault| fault.contains("Europe/Lagny")), "{zone:?}");
    assert!(zone.contains(&"DAG z: it has no task".to_owned()), "{zone:?}");
}

#[test]
fn a_task_of_a_name_that_is_taken_is_refused() {
    let mut dag = Dag::new("d", "");
    dag.task("a", Measure {});
    dag.task("a", Measure {});
    assert_eq!(faults(dag), ["task a of DAG d: another task has that name"]);
}

#[test]
fn tasks_that_wait_for_each_other_are_named() {
    let mut dag = Dag::new("d", "");
    let first = dag.task("first", Measure {});
    let a = dag.task("a", Measure {}).after(&first);
    let b = dag.task("b", Measure {}).after(&a);
    let c = dag.task("c", Measure {}).after(&b);
    a.after(&c);
    assert_eq!(faults(dag), ["DAG d: its tasks wait for each other: a for c for b for a"]);

    let mut dag = Dag::new("d", "");
    let fed = dag.task("fed", FindEdition { spider: "dvf".into() });
    let next = dag.task("next", CompareEditions { edition: fed.output() });
    fed.after(&next);
    assert_eq!(faults(dag), ["DAG d: its tasks wait for each other: fed for next for fed"]);
}

#[test]
fn a_task_of_another_dag_is_not_waited_for() {
    let (mut one, mut other) = (Dag::new("one", ""), Dag::new("other", ""));
    let far = other.task("far", FindEdition { spider: "dvf".into() });
    one.task("near", Measure {}).after(&far);
    one.task("fed", FindEdition { spider: far.output() });
    assert_eq!(
        faults(one),
        [
            "task near of DAG one: it waits for far, a task of another DAG, other",
            "task fed of DAG one: it waits for far, and there is no such task",
        ]
    );
}

#[test]
fn a_branch_that_nobody_chooses_is_refused() {
    let mut dag = Dag::new("d", "");
    let choice = dag.branch("choix", CompareEditions { edition: "2026-10".into() });
    dag.task("a", Measure {}).on(&choice, "nouvelle").on(&choice, "connue");
    dag.task("b", Measure {}).on(&choice, "ancienne");
    assert_eq!(
        faults(dag),
        [
            "task a of DAG d: it lies on a second branch of choix, connue",
            "task b of DAG d: it lies on branch ancienne, which choix never chooses: nouvelle, connue",
        ]
    );
}

#[test]
fn an_output_that_may_not_be_there_is_not_given() {
    let mut dag = Dag::new("d", "");
    let choice = dag.branch("choix", CompareEditions { edition: "2026-10".into() });
    let sure = dag.map("sure", Given::from(vec![]), |part| LoadPart { part });
    let skipped = dag.map("skipped", Given::from(vec![]), |part| LoadPart { part }).on(&choice, "nouvelle");
    dag.task("a", AddUp { rows: sure.output() }).rule(TriggerRule::AllDone);
    dag.task("b", AddUp { rows: skipped.output() }).rule(TriggerRule::NoneFailed);
    dag.task("c", AddUp { rows: sure.output() }).rule(TriggerRule::NoneFailed);
    dag.task("d", AddUp { rows: skipped.output() });
    assert_eq!(
        faults(dag),
        [
            "task a of DAG d: its input has the output of sure, and by its rule all_done it may begin without",
            "task b of DAG d: its input has the output of skipped, and by its rule none_failed it may begin without",
        ]
    );
}

#[test]
fn an_element_is_given_to_the_task_that_is_mapped_alone() {
    let mut dag = Dag::new("d", "");
    let mut kept = None;
    dag.map("parts", Given::from(vec![]), |part: Given<Part>| {
        kept = Some(part.clone());
        LoadPart { part }
    });
    dag.task("late", LoadPart { part: kept.expect("the closure was called") });
    assert_eq!(
        faults(dag),
        ["task late of DAG d: its input has an element of a list that another task is mapped over"]
    );
}

#[test]
fn all_dags_are_looked_at_together() {
    let named = |name: &str| {
        let mut dag = Dag::new(name, "");
        dag.task("a", Measure {}).pool("portal").writes(["analytics.fact_permis"]);
        dag
    };
    let pools = || [Pool::new("portail", 2), Pool::new("base", 1)];
    let empty = Dag::new("empty", "");
    let found = Dags::new([named("a"), empty, named("a")], pools()).expect_err("they are wrong");
    let lines: Vec<String> = found.faults().iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "DAG empty: it has no task",
            "DAG a: another DAG has that name",
            "task a of DAG a: there is no pool portal; known are: portail, base",
            "task a of DAG a: there is no pool portal; known are: portail, base",
        ]
    );

    let mut waits = Dag::new("waits", "").when_changed(any(["kpi.value"]));
    waits.task("a", Measure {});
    let found = Dags::new([waits], pools()).expect_err("nobody writes it");
    assert_eq!(found.to_string(), "DAG waits: it waits for kpi.value to change, which no task writes");
}

#[test]
fn a_job_that_no_worker_has_is_named() {
    let mut dag = Dag::new("d", "");
    dag.task("known", note("a"));
    dag.task("unknown", Measure {});
    let dags = Dags::new([dag, one_task("a", note("a"))], []).expect("they are right by themselves");
    let jobs = Jobs::default().with(Note(Diary::default()));
    let found = dags.check_jobs(&jobs).expect_err("one is unknown");
    assert_eq!(found.to_string(), "task unknown of DAG d: there is no job measure");
}
