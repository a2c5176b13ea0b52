//! The roadmap's tools, asked through any client and held against what the portal served.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use mg_testkit::{Agent, ToolAnswer};
use serde_json::{Value, json};

use super::field;
use super::served::{COMMUNE, COMMUNE_NAME, Served};
use crate::process::until;
use crate::python_client;

/// One of the two clients.
pub(super) enum Client {
    /// The Rust SDK's.
    Rust(Agent),
    /// PyPI's.
    Python {
        /// The endpoint.
        url: String,
        /// The token.
        token: String,
    },
}

impl Client {
    /// Calls a tool.
    pub(super) async fn call(&self, tool: &str, arguments: Value) -> anyhow::Result<ToolAnswer> {
        match self {
            Client::Rust(agent) => agent.call(tool, arguments).await,
            Client::Python { url, token } => {
                let answer = python_client::call(url, token, tool, &arguments).await?;
                Ok(ToolAnswer {
                    pictures: Vec::new(),
                    structured: field(&answer, "structured")?.clone(),
                    text: field(&answer, "text")?.as_str().unwrap_or_default().to_owned(),
                    is_error: answer["is_error"] == true,
                })
            }
        }
    }

    /// The structured answer of a call that must go well, with a text that says something.
    async fn ask(&self, tool: &str, arguments: Value) -> anyhow::Result<Value> {
        let answer = self.call(tool, arguments).await?;
        ensure!(!answer.is_error, "{tool} refused: {}", answer.text);
        ensure!(answer.text.len() > 20, "{tool} says only `{}`", answer.text);
        Ok(answer.structured)
    }
}

/// run_sql and get_indicator: facts, every month of a KPI, and one month of two KPIs.
pub(super) async fn the_month_is_as_served(client: &Client, served: &Served) -> anyhow::Result<()> {
    let sql = format!("select count(*) from analytics.fact_permis where code_commune = '{COMMUNE}'");
    let answer = client.ask("run_sql", json!({ "sql": sql })).await?;
    ensure!(answer["rows"] == json!([[served.permits]]), "{answer}, served {}", served.permits);

    let sql = format!(
        "select to_char(periode, 'YYYY-MM'), valeur from kpi.value
         where kpi = 'permis_autorises' and zone = '{COMMUNE}' and valeur > 0"
    );
    let answer = client.ask("run_sql", json!({ "sql": sql })).await?;
    let measured: Vec<(String, f64)> = serde_json::from_value(answer["rows"].clone())?;
    let measured: BTreeMap<String, f64> = measured.into_iter().collect();
    let counted = served.months.values().map(|month| (month.name.clone(), month.permits as f64));
    ensure!(measured == counted.collect(), "the months are not those served: {measured:?}");

    let month = served.busiest_month()?;
    for (kpi, value) in [("permis_autorises", month.permits), ("logements_autorises", month.dwellings)] {
        let arguments = json!({ "name": kpi, "date": month.name, "communes": [COMMUNE_NAME] });
        let found = client.ask("get_indicator", arguments).await?;
        let there = &found["values"][0];
        ensure!(there["value"] == value as f64, "{kpi} of {}: {found}, served {value}", month.name);
        ensure!(there["records"] == month.permits, "{found}");
        ensure!(there["zone"] == COMMUNE && found["period"] == month.name, "{found}");
        ensure!(found["edition"] == served.edition, "{found}, served {}", served.edition);
    }
    Ok(())
}

/// forecast_kpi: consecutive months after the last that counts as complete, those that are over
/// first, within their intervals, from the edition served.
pub(super) async fn the_forecast_goes_on_from_what_was_served(
    client: &Client,
    served: &Served,
) -> anyhow::Result<()> {
    let arguments = json!({ "name": "logements_autorises", "horizon": 6, "communes": [COMMUNE_NAME] });
    let answer = client.ask("forecast_kpi", arguments).await?;
    let forecast = &answer["forecasts"][0];
    ensure!(answer["edition"] == served.edition && forecast["zone"] == COMMUNE, "{answer}");
    let steps = forecast["steps"].as_array().context("steps")?;
    let (past, to_come): (Vec<&Value>, Vec<&Value>) = steps.iter().partition(|step| step["nowcast"] == true);
    ensure!(past.len() == 6 && to_come.len() == 6, "{forecast}");
    ensure!(to_come[0]["period"] == served.edition, "{forecast}, edition {}", served.edition);
    let mut before = month_number(&forecast["last_observed_period"])?;
    // The edition tells of the months before its own; the last six are still completed.
    ensure!(before == month_number(&json!(served.edition))? - 7, "{forecast}, edition {}", served.edition);
    for step in steps {
        let month = month_number(&step["period"])?;
        ensure!(month == before + 1, "{forecast}");
        before = month;
        let (narrow, wide) = (&step["intervals"][0], &step["intervals"][1]);
        ensure!(narrow["level"] == 80 && wide["level"] == 95, "{step}");
        let bounds = [&wide["low"], &narrow["low"], &step["value"], &narrow["high"], &wide["high"]];
        let order = bounds.map(Value::as_f64);
        ensure!(order.iter().all(Option::is_some) && order.is_sorted() && order[0] >= Some(0.0), "{step}");
    }
    Ok(())
}

/// launch_scraper by who may only read.
pub(super) async fn a_viewer_may_not_launch(client: &Client) -> anyhow::Result<()> {
    match client.call("launch_scraper", json!({ "spider": "sitadel" })).await {
        Ok(answer) => ensure!(answer.is_error && answer.text.contains("editor"), "{answer:?}"),
        // In the current era the door itself says 403; each SDK has its own words for that.
        Err(refused) => {
            let told = format!("{refused:#}").to_lowercase();
            ensure!(
                ["launch_scraper", "insufficient scope", "403"].iter().any(|word| told.contains(word)),
                "{told}"
            );
        }
    }
    Ok(())
}

/// launch_scraper and get_run: the run reads the rows of the CSV, and finds nothing new in them.
pub(super) async fn a_launched_spider_reads_what_is_served(
    client: &Client,
    served: &Served,
) -> anyhow::Result<()> {
    let launched = client.ask("launch_scraper", json!({ "spider": "sitadel", "url": served.csv })).await?;
    let run = until("the launched run ends", async || {
        let run = client.ask("get_run", json!({ "run_id": launched["run_id"] })).await?;
        Ok((run["finished"] == true).then_some(run))
    });
    let run = run.await?;
    ensure!(run["state"] == "succeeded", "{run}");
    let read = &run["tasks"][0]["output"];
    ensure!(read["read"] == served.permits, "{read}, served {}", served.permits);
    for unchanged in ["inserted", "revised", "withdrawn", "rejected"] {
        ensure!(read[unchanged] == 0, "{read}");
    }
    Ok(())
}

/// Months since year 0.
fn month_number(period: &Value) -> anyhow::Result<i64> {
    let (year, month) = period.as_str().and_then(|text| text.split_once('-')).context("a month")?;
    Ok(year.parse::<i64>()? * 12 + month.parse::<i64>()?)
}
