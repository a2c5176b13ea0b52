//! Schedules that somebody makes at run time.

use mg_flow::{Dags, RequestError, ScheduleRequest, Scheduler, add_schedule, change_schedule, cron};
use mg_store::Store;
use mg_store::schedule::{ScheduleId, ScheduleRefused, StoredSchedule};
use serde_json::json;

use super::{lay_back, nightly, runs, skips, stored};

fn request(name: &str) -> ScheduleRequest {
    ScheduleRequest {
        name: name.to_owned(),
        dag: "nightly".to_owned(),
        parameters: json!({"spider": "dvf"}),
        schedule: cron("0 * * * *").in_zone("Europe/Paris"),
    }
}

async fn add(store: &Store, dags: &Dags, name: &str) -> Result<StoredSchedule, RequestError> {
    add_schedule(store, dags, &request(name), "ada").await
}

#[tokio::test]
async fn a_requested_schedule_runs_its_dag_with_its_parameters() -> anyhow::Result<()> {
    let (database, dags) = nightly(cron("0 0 1 1 *")).await?;
    let store = &database.store;
    let made = add(store, &dags, "ventes").await?;
    assert_eq!((made.origin.as_str(), made.version, made.made_by.as_str()), ("request", 1, "ada"));
    assert!(made.next_at > Some(store.now().await?));
    let hourly = "update mg.schedule set next_instant = date_trunc('hour', now()), next_at = now() where name = 'ventes'";
    database.execute("mg_owner", hourly)?;
    let run = Scheduler::tick(store, &dags).await?;
    let run = store.run(run[0]).await?.expect("the run");
    assert_eq!((run.requested_by.as_str(), run.parameters), ("ada", json!({"spider": "dvf"})));
    Ok(())
}

#[tokio::test]
async fn what_it_became_is_kept() -> anyhow::Result<()> {
    let (database, dags) = nightly(cron("0 0 1 1 *")).await?;
    let store = &database.store;
    let id = add(store, &dags, "ventes").await?.id();
    let (weekly, parameters) = (cron("0 6 * * 1"), json!({"spider": "sitadel"}));
    let changed = change_schedule(store, &dags, id, (&weekly, &parameters), "bob").await?;
    assert_eq!((changed.version, &changed.parameters), (2, &parameters));
    store.pause_schedule(id, "bob").await?;
    store.resume_schedule(id, "ada").await?;
    store.remove_schedule(id, "eve").await?;
    let history = store.schedule_history(id).await?;
    let told: Vec<_> =
        history.iter().map(|line| format!("{} {} {}", line.what, line.version, line.by)).collect();
    assert_eq!(told, ["made 1 ada", "changed 2 bob", "paused 2 bob", "resumed 2 ada", "removed 2 eve"]);
    assert_eq!(history[0].parameters, json!({"spider": "dvf"}));

    assert!(store.schedule_named("ventes").await?.is_none());
    assert!(matches!(store.remove_schedule(id, "eve").await, Err(ScheduleRefused::Unknown(_))));
    add(store, &dags, "ventes").await?;
    Ok(())
}

#[tokio::test]
async fn what_does_not_fit_is_refused() -> anyhow::Result<()> {
    let (database, dags) = nightly(cron("0 0 1 1 *")).await?;
    let store = &database.store;
    add(store, &dags, "ventes").await?;
    let refused = |request: ScheduleRequest| {
        let dags = &dags;
        async move { add_schedule(store, dags, &request, "ada").await.expect_err("it does not fit").to_string() }
    };
    assert_eq!(refused(request("ventes")).await, "there is a schedule named ventes already");
    assert_eq!(refused(request("nightly")).await, "there is a schedule named nightly already");
    let unknown = ScheduleRequest { dag: "hourly".to_owned(), ..request("a") };
    assert_eq!(refused(unknown).await, "there is no DAG named hourly");
    let misfit = ScheduleRequest { parameters: json!({"spider": 3}), ..request("a") };
    assert!(refused(misfit).await.contains("spider"));
    let never = ScheduleRequest { schedule: cron("0 0 31 2 *"), ..request("a") };
    assert!(refused(never).await.contains("never comes"));

    let code = stored(store, "nightly").await?.id();
    let change = change_schedule(store, &dags, code, (&cron("0 6 * * *"), &json!({})), "ada").await;
    assert!(matches!(change, Err(RequestError::Refused(ScheduleRefused::OfCode(_)))));
    assert!(matches!(store.remove_schedule(code, "ada").await, Err(ScheduleRefused::OfCode(_))));
    let nobody = ScheduleId(999);
    assert!(matches!(store.pause_schedule(nobody, "ada").await, Err(ScheduleRefused::Unknown(_))));
    Ok(())
}

#[tokio::test]
async fn parameters_that_no_longer_fit_cost_the_run_and_not_the_schedule() -> anyhow::Result<()> {
    let (database, dags) = nightly(cron("0 0 1 1 *")).await?;
    let store = &database.store;
    let id = add(store, &dags, "ventes").await?.id();
    // The DAG has changed since.
    database
        .execute("mg_owner", "update mg.schedule set parameters = '{\"spider\": 3}' where name = 'ventes'")?;
    lay_back(&database, 0)?;
    database.execute(
        "mg_owner",
        "update mg.schedule set next_at = now() + interval '1 day' where name = 'nightly'",
    )?;
    assert_eq!(Scheduler::tick(store, &dags).await?, []);
    assert_eq!((runs(store).await?.len(), skips(store).await?), (0, vec!["unplannable 0".to_owned()]));
    let told = store.schedule_skips(id, 10).await?;
    assert!(told[0].detail.as_deref().is_some_and(|detail| detail.contains("spider")), "{told:?}");
    assert!(stored(store, "ventes").await?.next_at > Some(store.now().await?));
    Ok(())
}
