//! Asking for work, as people and other programs do.

use chrono::TimeDelta;
use mg_flow::{
    BackfillRange, Catchup, Dags, Overlap, Requester, ScheduleRequest, add_schedule, backfill, cron, launch,
};
use mg_store::Store;
use serde_json::{Value, json};

const WHO: &str = "a trial";

/// Makes an hourly schedule of that name, a backfill of four of its hours, two at a time, and a run by
/// hand. Says `ready`, the name and the schedule's number.
pub(crate) async fn ask(store: &Store, dags: &Dags, name: &str) -> anyhow::Result<()> {
    let request = ScheduleRequest {
        name: name.to_owned(),
        dag: "parts".to_owned(),
        parameters: json!({}),
        schedule: cron("0 * * * *").catchup(Catchup::All).overlap(Overlap::Allow),
    };
    let schedule = add_schedule(store, dags, &request, WHO).await?.id();
    let until = store.now().await? - TimeDelta::hours(6);
    let range = BackfillRange { schedule, from: until - TimeDelta::hours(4), until };
    backfill(store, dags, range, 2, WHO).await?;
    let parts = dags.get("parts").expect("every generation has it");
    launch(store, parts, Value::Null, Requester { principal: WHO, face: "cli" }).await?;
    println!("ready {name} {schedule}");
    Ok(())
}
