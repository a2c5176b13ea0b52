//! A new version of a DAG says something else about when it runs.

use mg_flow::{Dag, Overlap, Schedule, Scheduler, cron};

use super::{hourly, lay_back, nightly, only, scheduled, skips, stored};
use crate::jobs::note;

#[tokio::test]
async fn another_timetable_begins_with_its_own_next_instant() -> anyhow::Result<()> {
    let (database, _) = nightly(hourly()).await?;
    let store = &database.store;
    lay_back(&database, 10)?;
    let changed = only(scheduled("nightly", cron("30 6 * * 1").in_zone("Europe/Paris")))?;
    Scheduler::sync(store, &changed).await?;
    let now = stored(store, "nightly").await?;
    assert_eq!((now.version, now.definition["cron"].as_str()), (2, Some("30 6 * * 1")));
    assert!(now.next_at > Some(store.now().await?));
    assert_eq!(skips(store).await?, ["changed 10"], "what was missed until then is told");
    assert_eq!(Scheduler::tick(store, &changed).await?, []);
    let history: Vec<_> = store.schedule_history(now.id()).await?;
    let told: Vec<_> =
        history.iter().map(|line| (line.what.as_str(), line.version, line.by.as_str())).collect();
    assert_eq!(told, [("made", 1, "code"), ("changed", 2, "code")]);
    assert_ne!(history[0].definition["cron"], history[1].definition["cron"]);
    Ok(())
}

#[tokio::test]
async fn other_rules_leave_the_next_instant() -> anyhow::Result<()> {
    let (database, _) = nightly(hourly()).await?;
    let store = &database.store;
    lay_back(&database, 10)?;
    let before = stored(store, "nightly").await?;
    let queued = Schedule { overlap: Overlap::Queue, ..serde_json::from_value(before.definition)? };
    let changed = only(scheduled("nightly", queued))?;
    Scheduler::sync(store, &changed).await?;
    let after = stored(store, "nightly").await?;
    assert_eq!((after.version, after.next_at), (2, before.next_at));
    assert_eq!(Scheduler::tick(store, &changed).await?.len(), 1, "what was due still is");
    Ok(())
}

#[tokio::test]
async fn a_dag_without_schedule_runs_no_more_by_itself() -> anyhow::Result<()> {
    let (database, dags) = nightly(hourly()).await?;
    let store = &database.store;
    let id = stored(store, "nightly").await?.id();
    let mut without = Dag::new("nightly", "Tried here.");
    without.task("a", note("a"));
    Scheduler::sync(store, &only(without)?).await?;
    assert!(store.schedules().await?.is_empty());
    let removed = store.schedule(id).await?.expect("it is kept");
    assert_eq!((removed.removed_by.as_deref(), removed.next_at), (Some("code"), None));
    // It comes back as another, which begins anew.
    Scheduler::sync(store, &dags).await?;
    assert_ne!(stored(store, "nightly").await?.id(), id);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_start_at_a_time_make_one_schedule() -> anyhow::Result<()> {
    let (database, _) = nightly(hourly()).await?;
    let store = &database.store;
    let dags = only(scheduled("weekly", cron("0 6 * * 1")))?;
    let starts = (0..8).map(|_| Scheduler::sync(store, &dags));
    for start in futures::future::join_all(starts).await {
        start?;
    }
    let made = "select count(*)::text from mg.schedule where dag = 'weekly'";
    assert_eq!(store.texts(made).await?, ["1"]);
    Ok(())
}

#[test]
fn a_dag_that_runs_by_itself_takes_no_parameter_that_somebody_must_give() {
    #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    struct Wanted {
        spider: String,
    }
    let mut dag = Dag::new("nightly", "Tried here.").schedule(cron("0 6 * * *"));
    dag.parameters::<Wanted>();
    dag.task("a", note("a"));
    let faults = dag.checked().expect_err("nobody gives it").to_string();
    assert!(faults.contains("nobody gives it parameters") && faults.contains("spider"), "{faults}");
}
