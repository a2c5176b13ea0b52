//! Schedules as programs and agents make and change them.

use anyhow::Context;
use mg_core::Role;
use mg_flow::Scheduler;
use mg_server::app::{self, ScheduleOrder, TimetableOrder};
use mg_testkit::{Era, TestPlatform};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::{Program, problem};

#[tokio::test]
async fn a_schedule_is_made_changed_paused_and_removed_and_its_history_tells_so() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let program = Program::of(&platform, Role::Editor).await?;
    let order = json!({
        "name": "lundi", "dag": "collecte", "cron": "30 6 * * 1", "parameters": { "spider": "dvf" },
        "catchup": "none", "overlap": "queue",
    });
    let answer = program.request(Method::POST, "/schedules").json(&order).send().await?;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["Location"]),
        (201, &"/api/v1/schedules/1".parse()?)
    );
    let made: Value = answer.json().await?;
    assert_eq!(
        (&made["zone"], &made["catchup"], &made["overlap"]),
        (&json!("Europe/Paris"), &json!("none"), &json!("queue"))
    );
    let (status, refused) =
        problem(program.request(Method::POST, "/schedules").json(&order).send().await?).await?;
    assert_eq!((status, &refused["code"]), (409, &json!("schedule_exists")));

    let change = json!({ "cron": "0 7 * * 1" });
    let changed = program.request(Method::PATCH, "/schedules/1").json(&change).send().await?;
    let changed: Value = changed.json().await?;
    assert_eq!(
        (&changed["cron"], &changed["overlap"], &changed["version"]),
        (&json!("0 7 * * 1"), &json!("queue"), &json!(2))
    );
    let mondays = program.get("/schedules/1").await?;
    let upcoming = mondays["upcoming"].as_array().context("upcoming")?;
    assert_eq!(upcoming.len(), 10);
    assert_eq!(upcoming[0], changed["next_instant"]);

    for (path, paused, changed) in [("pause", true, true), ("pause", true, false), ("resume", false, true)] {
        let report = program.post(&format!("/schedules/1/{path}"), &json!({})).await?;
        assert_eq!((&report["paused"], &report["changed"]), (&json!(paused), &json!(changed)), "{path}");
    }
    program.request(Method::DELETE, "/schedules/1").send().await?.error_for_status()?;
    assert_eq!(program.get("/schedules").await?["schedules"], json!([]));
    let removed = program.get("/schedules/1").await?;
    let steps: Vec<&str> = removed["history"]
        .as_array()
        .context("history")?
        .iter()
        .filter_map(|step| step["what"].as_str())
        .collect();
    assert_eq!(steps, ["made", "changed", "paused", "resumed", "removed"]);
    for path in ["/schedules/1/pause", "/schedules/9/pause"] {
        let (status, refused) = problem(program.request(Method::POST, path).send().await?).await?;
        assert_eq!((status, &refused["code"]), (404, &json!("unknown_schedule")), "{path}");
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_schedule_begins_and_ends_when_it_is_told_to() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let agent = platform.agent(Role::Editor, Era::Current).await?;
    let order = json!({
        "spider": "dvf", "cron": "0 6 * * *", "starts_at": "2101-03-01", "ends_at": "2101-03-03",
    });
    let made = agent.call("schedule_spider", order).await?;
    assert!(!made.is_error && made.text.contains("not after 2101-03-03T22:59:59Z"), "{}", made.text);
    let id = made.structured["schedule_id"].as_i64().context("an id")?;
    let path = format!("/schedules/{id}");
    let program = Program::of(&platform, Role::Editor).await?;
    // 06:00 in Paris; the last day counts.
    let days = ["2101-03-01T05:00:00+00:00", "2101-03-02T05:00:00+00:00", "2101-03-03T05:00:00+00:00"];
    let told = program.get(&path).await?;
    assert_eq!(
        (&told["upcoming"], &told["schedule"]["next_instant"]),
        (&json!(days), &json!(days[0])),
        "{told}"
    );
    let change = async |change: Value| -> anyhow::Result<Value> {
        Ok(program
            .request(Method::PATCH, &path)
            .json(&change)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?)
    };
    let later = change(json!({ "starts_at": "2101-03-02T12:00:00+01:00" })).await?;
    assert_eq!(
        (&later["next_instant"], &later["ends_at"]),
        (&json!(days[2]), &json!("2101-03-03T22:59:59Z"))
    );
    let open = change(json!({ "starts_at": "none", "ends_at": "none" })).await?;
    assert_eq!((open.get("starts_at"), open.get("ends_at")), (None, None), "{open}");
    assert_eq!(program.get(&path).await?["upcoming"].as_array().map(Vec::len), Some(10));
    let listed = agent.call("list_schedules", json!({})).await?;
    assert!(!listed.text.contains("until"), "{}", listed.text);
    platform.stop().await;
    Ok(())
}

/// A DAG may come after a schedule that was made by request under its name.
#[tokio::test]
async fn of_two_schedules_of_one_name_one_is_said_by_its_number() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let (app, editor) = (&platform.app, platform.context(Role::Editor));
    let named = async |name: &str| app::schedule_named(&editor, app, name).await;
    Scheduler::sync(&app.store, &mg_dags::all()?).await?;
    let own = named("menage").await?;
    let order = |name: &str| ScheduleOrder {
        name: name.to_owned(),
        dag: "urbanisme".to_owned(),
        parameters: Value::Null,
        timetable: TimetableOrder { cron: Some("0 6 1 1 *".to_owned()), ..TimetableOrder::default() },
    };
    let refused = app::add_schedule(&editor, app, order("menage")).await.expect_err("a DAG has that name");
    assert_eq!(refused.code, "schedule_exists");
    let made = app::add_schedule(&editor, app, order("autre")).await?.schedule_id;
    platform.database.execute("mg_owner", "update mg.schedule set name = 'menage' where name = 'autre'")?;

    let refused = named("menage").await.expect_err("there are two");
    assert_eq!(refused.code, "ambiguous_schedule");
    let said = [format!("{own} of the DAG's code"), format!("{made} made by {}", editor.principal.name)];
    assert!(said.iter().all(|said| refused.message.contains(said)), "{}", refused.message);
    for id in [own, made] {
        assert_eq!(named(&id.to_string()).await, Ok(id));
    }
    // One whose name is another's number is said by its own.
    let odd = app::add_schedule(&editor, app, order(&own.to_string())).await?.schedule_id;
    assert_eq!((named(&own.to_string()).await, named(&odd.to_string()).await), (Ok(own), Ok(odd)));
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_a_schedule_is_said_before_it_is_made() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let program = Program::of(&platform, Role::Editor).await?;
    let spider = json!({ "spider": "dvf" });
    for (cron, zone, dag, parameters, code, said) in [
        ("0 6 * *", "Europe/Paris", "collecte", &spider, "bad_schedule", "4 fields"),
        ("0 25 * * *", "Europe/Paris", "collecte", &spider, "bad_schedule", "0 25 * * *"),
        ("0 6 30 2 *", "Europe/Paris", "collecte", &spider, "bad_schedule", "never comes"),
        ("0 6 * * *", "Europe/Pari", "collecte", &spider, "bad_schedule", "Europe/Paris"),
        ("0 6 * * *", "Europe/Paris", "colecte", &spider, "unknown_dag", "colecte"),
        ("0 6 * * *", "Europe/Paris", "collecte", &json!({ "spyder": "dvf" }), "bad_parameters", "spyder"),
        ("0 6 * * *", "Europe/Paris", "urbanisme", &spider, "bad_parameters", "takes none"),
    ] {
        let order = json!({ "name": "x", "dag": dag, "cron": cron, "zone": zone, "parameters": parameters });
        let (status, refused) =
            problem(program.request(Method::POST, "/schedules").json(&order).send().await?).await?;
        assert!(status == 400 || status == 404, "{order}: {status}");
        assert_eq!(refused["code"], code, "{order}: {refused}");
        assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains(said)), "{refused}");
    }
    assert_eq!(program.get("/schedules").await?["schedules"], json!([]), "nothing was made");
    platform.stop().await;
    Ok(())
}

/// An agent's schedule comes due like any other: made run by the scheduler, executed by the worker.
#[tokio::test]
async fn a_spider_that_an_agent_scheduled_runs_when_its_time_has_come() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let agent = platform.agent(Role::Editor, Era::Current).await?;
    let sales = format!("{}/geo-dvf/latest/csv/2025/communes/77/77243.csv", platform.portal.url());
    let order = json!({ "spider": "dvf", "url": sales, "cron": "0 6 * * 1" });
    let made = agent.call("schedule_spider", order.clone()).await?;
    assert!(!made.is_error, "{}", made.text);
    let again = agent.call("schedule_spider", order).await?;
    assert!(
        again.is_error && again.text.contains("schedule_exists"),
        "asked twice, made once: {}",
        again.text
    );
    let id = made.structured["schedule_id"].as_i64().context("an id")?;

    let dags = mg_dags::all()?;
    dags.register(&platform.app.store).await?;
    assert_eq!(Scheduler::tick(&platform.app.store, &dags).await?, [], "it is not due");
    platform.database.execute(
        "mg_writer",
        "update mg.schedule set next_instant = next_instant - interval '14 days', next_at = next_at - interval '14 days'",
    )?;
    let runs = Scheduler::tick(&platform.app.store, &dags).await?;
    let [run] = runs.as_slice() else { anyhow::bail!("{runs:?}") };
    let report = platform.finished(*run).await?;
    assert_eq!((report.state.as_str(), report.cause.as_str()), ("succeeded", "schedule"), "{report:?}");
    assert_eq!(report.parameters["spider"], "dvf");
    assert!(report.instant.is_some());
    let schedule = Program::of(&platform, Role::Viewer).await?.get(&format!("/schedules/{id}")).await?;
    assert_eq!(schedule["runs"][0]["run_id"], run.0);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_backfill_is_tried_dry_made_and_cancelled() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let program = Program::of(&platform, Role::Editor).await?;
    let order = json!({ "name": "mensuel", "dag": "collecte", "cron": "0 6 3 * *", "parameters": { "spider": "dvf" } });
    program.post("/schedules", &order).await?;
    let range = "from=2026-01-01T00:00:00Z&until=2026-04-01T00:00:00Z";
    let draft = program.get(&format!("/schedules/1/backfill?{range}")).await?;
    let instants: Vec<&str> = draft["instants"]
        .as_array()
        .context("instants")?
        .iter()
        .filter_map(|planned| planned["instant"].as_str())
        .collect();
    // 06:00 in Paris, in winter and in summer.
    assert_eq!(
        instants,
        ["2026-01-03T05:00:00+00:00", "2026-02-03T05:00:00+00:00", "2026-03-03T05:00:00+00:00"]
    );
    assert_eq!(draft["missing"], 3);
    assert_eq!(program.get("/runs").await?["runs"], json!([]), "a dry run makes none");
    let body = json!({ "from": "2026-01-01T00:00:00Z", "until": "2026-04-01T00:00:00Z", "width": 1 });
    program.post("/schedules/1/backfill", &body).await?;
    let cancelled = program.post("/backfills/1/cancel", &json!({})).await?;
    assert!(cancelled["cancelled_by"].is_string(), "{cancelled}");
    assert_eq!((&cancelled["waiting"], &cancelled["open"]), (&json!(0), &json!(0)), "{cancelled}");
    let (status, refused) =
        problem(program.request(Method::POST, "/schedules/1/backfill").json(&body).send().await?).await?;
    assert_eq!((status, &refused["code"]), (409, &json!("nothing_to_backfill")));
    platform.stop().await;
    Ok(())
}
