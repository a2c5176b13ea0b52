//! `mg demo`: what a newcomer sees, from the first line to the last, and what agents get from it.

mod announced;
mod asked;
mod served;

use std::net::{Ipv4Addr, TcpListener, TcpStream};

use anyhow::{Context, ensure};
use mg_testkit::{Agent, Era};
use serde_json::{Value, json};

use crate::data_folder::DataFolder;
use crate::process::{Running, answer, ended, mg, number};
use crate::python_client;
use announced::Announced;
use asked::Client;
use served::Served;

/// The last line that a demo prints before it only serves.
const UP: &str = "Ctrl-C arrête tout / stops everything.";
const KPIS: [&str; 7] = [
    "permis_autorises",
    "logements_autorises",
    "logements_commences",
    "delai_ouverture_chantier",
    "mutations",
    "prix_m2_appartement",
    "prix_m2_maison",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_sees_the_whole_job_and_ctrl_c_leaves_nothing() -> anyhow::Result<()> {
    mg_crawl::init_tls();
    let folder = DataFolder::new()?;
    let port = free_port()?.to_string();
    let first = up(&folder, &["demo", "--port", &port], None).await?;
    let announced = Announced::read(&first.lines())?;
    ensure!(announced.url == format!("http://127.0.0.1:{port}/mcp"), "it is not where it was told to be");
    let served = Served::by_the_portal_of(&folder).await?;

    shows_every_kpi(&first)?;
    prints_what_connects(&announced, &served).await?;
    gives_each_client_what_was_served(&announced, &served).await?;
    lets_commands_in_beside(&folder, &announced, &served).await?;
    says_who_holds_the_folder(&folder, &first).await?;
    let runs = latest_runs(&announced).await?;
    ends_without_a_trace(&folder, first, Running::ctrl_c, &announced, &served).await?;

    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let taken_port = taken.local_addr()?.port();
    let second = up(&folder, &["demo"], Some(taken_port)).await?;
    let again = Announced::read(&second.lines())?;
    let served = Served::by_the_portal_of(&folder).await?;
    let said = second.lines().join("\n");
    ensure!(
        said.contains("déjà fait") && said.contains("done before"),
        "it does not say that all is there: {said}"
    );
    let other = again.url.trim_start_matches("http://127.0.0.1:").trim_end_matches("/mcp");
    let wanted = format!("port {taken_port} is taken, {other} it is");
    ensure!(said.contains(&wanted), "not said: {wanted}: {said}");
    ensure!(said.contains("DATABASE_URL"), "it does not say that it leaves DATABASE_URL alone: {said}");
    ensure!(latest_runs(&again).await? == runs, "the second start ran something");
    let stale = Agent::connect(&again.url, &announced.viewer, Era::Previous).await;
    ensure!(stale.is_err(), "a token of the first start still works");
    let agent = Agent::connect(&again.url, &again.viewer, Era::Current).await?;
    asked::the_month_is_as_served(&Client::Rust(agent), &served).await?;
    ends_without_a_trace(&folder, second, |demo| demo.signal("TERM"), &again, &served).await
}

#[tokio::test]
async fn a_port_that_was_asked_for_and_is_taken_is_refused_before_anything_starts() -> anyhow::Result<()> {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = taken.local_addr()?.port().to_string();
    for command in ["demo", "serve"] {
        let folder = DataFolder::new()?;
        let refused = ended(mg(&folder, &[command, "--port", &port])).await?;
        ensure!(refused.code == Some(1), "{command}: {refused:?}");
        let address = format!("127.0.0.1:{port}");
        ensure!(
            refused.err.contains(&address) && refused.err.contains("--port"),
            "{command}: {}",
            refused.err
        );
        ensure!(!folder.path().exists(), "{command} began all the same");
    }
    Ok(())
}

/// Starts a demo and waits until it only serves.
async fn up(folder: &DataFolder, arguments: &[&str], default_port: Option<u16>) -> anyhow::Result<Running> {
    let mut command = mg(folder, arguments);
    if let Some(port) = default_port {
        command.env("MG__SERVER__PORT", port.to_string());
        // Invented data must not come into a database of the user's.
        command.env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing");
    }
    let mut demo = Running::start(command)?;
    demo.said(UP).await?;
    Ok(demo)
}

fn shows_every_kpi(demo: &Running) -> anyhow::Result<()> {
    let said = demo.lines();
    for step in 1..=5 {
        ensure!(said.iter().any(|line| line.starts_with(&format!("[{step}/5]"))), "step {step} is not shown");
    }
    for kpi in KPIS {
        let place =
            said.iter().position(|line| line.contains(kpi)).with_context(|| format!("{kpi} is not shown"))?;
        // The title's line, above the name's, has the figures.
        let figures = said[place - 1].chars().filter(char::is_ascii_digit).count();
        ensure!(figures > 8, "{kpi} has no figures: {}", said[place - 1]);
    }
    Ok(())
}

/// Each of the three ways to connect that it prints, as printed.
async fn prints_what_connects(announced: &Announced, served: &Served) -> anyhow::Result<()> {
    let mut sh = tokio::process::Command::new("sh");
    sh.arg("-c").arg(&announced.curl);
    let answer = crate::process::succeeded(sh).await?.json()?;
    let found = &answer["result"]["structuredContent"];
    ensure!(found["name"] == "logements_autorises", "the curl line gave {answer}");
    ensure!(found["edition"] == served.edition, "the curl line gave {answer}");

    let server = &announced.vs_code["servers"]["mg-data-mcp"];
    ensure!(server["type"] == "http" && server["url"] == announced.url, "{server}");
    let bearer = format!("Bearer {}", announced.viewer);
    ensure!(server["headers"]["Authorization"] == bearer, "{server}");
    let claude = format!(
        "claude mcp add --transport http mg-data-mcp {} --header \"Authorization: {bearer}\"",
        announced.url
    );
    ensure!(announced.claude == claude, "{}", announced.claude);
    Ok(())
}

async fn gives_each_client_what_was_served(announced: &Announced, served: &Served) -> anyhow::Result<()> {
    let Announced { url, viewer, editor, .. } = announced;
    for era in [Era::Current, Era::Previous] {
        let reads = Client::Rust(Agent::connect(url, viewer, era).await?);
        asked::the_month_is_as_served(&reads, served).await?;
        asked::the_forecast_goes_on_from_what_was_served(&reads, served).await?;
        asked::a_viewer_may_not_launch(&reads).await?;
    }
    let launches = Client::Rust(Agent::connect(url, editor, Era::Current).await?);
    asked::a_launched_spider_reads_what_is_served(&launches, served).await?;

    let listed = python_client::list(url, viewer).await?;
    ensure!(listed["protocol"] == "2026-07-28", "it speaks {}", listed["protocol"]);
    let names: Vec<&str> =
        listed["tools"].as_array().into_iter().flatten().filter_map(|t| t["name"].as_str()).collect();
    ensure!(names.contains(&"run_sql") && !names.contains(&"launch_scraper"), "a viewer sees {names:?}");
    let reads = Client::Python { url: url.clone(), token: viewer.clone() };
    asked::the_month_is_as_served(&reads, served).await?;
    asked::the_forecast_goes_on_from_what_was_served(&reads, served).await?;
    asked::a_viewer_may_not_launch(&reads).await?;
    let launches = Client::Python { url: url.clone(), token: editor.clone() };
    asked::a_launched_spider_reads_what_is_served(&launches, served).await
}

/// `mg sql`, `kpi`, `forecast` and `token` in processes of their own, on the folder of the demo.
async fn lets_commands_in_beside(
    folder: &DataFolder,
    announced: &Announced,
    served: &Served,
) -> anyhow::Result<()> {
    let permits = format!("select count(*) from fact_permis where code_commune = '{}'", served::COMMUNE);
    ensure!(number(folder, &permits).await? == served.permits, "mg sql counts otherwise");
    let month = served.busiest_month()?;
    let asked = ["kpi", "permis_autorises", "--date", &month.name, "--zone", served::COMMUNE_NAME];
    ensure!(
        answer(folder, &asked).await?["values"][0]["value"] == month.permits as f64,
        "mg kpi tells otherwise"
    );
    let asked = ["forecast", "logements_autorises", "--horizon", "3"];
    let forecast = answer(folder, &asked).await?;
    let steps = forecast["forecasts"][0]["steps"].as_array().into_iter().flatten();
    ensure!(steps.filter(|step| step["nowcast"] == false).count() == 3, "{forecast}");

    let made = answer(folder, &["token", "create", "guest"]).await?;
    let secret = made["token"].as_str().context("a token")?;
    let guest = Client::Rust(Agent::connect(&announced.url, secret, Era::Current).await?);
    asked::the_month_is_as_served(&guest, served).await?;
    answer(folder, &["token", "revoke", "guest"]).await?;
    ensure!(guest.call("list_kpis", json!({})).await.is_err(), "a revoked token works");
    let listed = answer(folder, &["token", "list"]).await?;
    let states: Vec<(&str, &str)> = listed
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|token| Some((token["name"].as_str()?, token["state"].as_str()?)))
        .collect();
    for expected in [("demo-viewer", "live"), ("demo-editor", "live"), ("guest", "revoked")] {
        ensure!(states.contains(&expected), "{expected:?} is not in {states:?}");
    }
    Ok(())
}

async fn says_who_holds_the_folder(folder: &DataFolder, demo: &Running) -> anyhow::Result<()> {
    let refused = ended(mg(folder, &["serve", "--port", "0"])).await?;
    ensure!(refused.code == Some(1), "a second service started: {refused:?}");
    let holder = format!("`mg demo` (process {}", demo.pid());
    ensure!(refused.err.contains(&holder) && refused.err.contains("--data"), "{}", refused.err);
    let told = ended(mg(folder, &["migrate", "--json"])).await?;
    ensure!(
        told.json()?["error"]["message"].as_str().is_some_and(|message| message.contains(&holder)),
        "{told:?}"
    );
    ensure!(folder.postmaster().is_some(), "asking took the database away");
    Ok(())
}

/// What get_run names as the latest runs.
async fn latest_runs(announced: &Announced) -> anyhow::Result<String> {
    let agent = Agent::connect(&announced.url, &announced.viewer, Era::Current).await?;
    let refused = agent.call("get_run", json!({ "run_id": 999_999 })).await?;
    let (_, latest) = refused.text.split_once("latest runs are").context("the latest runs")?;
    Ok(latest.to_owned())
}

async fn ends_without_a_trace(
    folder: &DataFolder,
    demo: Running,
    stop: impl FnOnce(&Running),
    announced: &Announced,
    served: &Served,
) -> anyhow::Result<()> {
    let postmaster = folder.postmaster().context("a postmaster")?;
    ensure!(folder.has_socket(), "the socket is not where it is looked for");
    if cfg!(target_os = "linux") {
        ensure!(!folder.processes().is_empty(), "processes are not seen");
    }
    stop(&demo);
    let (code, said) = demo.end().await?;
    ensure!(code == Some(0), "it ended with {code:?}: {said:#?}");
    ensure!(
        said.last().is_some_and(|line| line.contains("everything is stopped")),
        "it does not say so: {said:#?}"
    );
    ensure!(!crate::data_folder::is_alive(postmaster), "Postgres still runs");
    ensure!(folder.postmaster().is_none() && !folder.has_socket(), "Postgres was not stopped in order");
    ensure!(folder.processes().is_empty(), "these still run: {:?}", folder.processes());
    ensure!(!folder.path().join("portal.url").exists(), "the portal is still announced");
    for url in [&announced.url, &served.portal] {
        let address = url.trim_start_matches("http://").trim_end_matches("/mcp").trim_end_matches('/');
        ensure!(TcpStream::connect(address).is_err(), "{address} still answers");
    }
    Ok(())
}

/// A port that was free a moment ago.
fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// The value at `key` of an answer, which must be there.
fn field<'a>(answer: &'a Value, key: &str) -> anyhow::Result<&'a Value> {
    answer.get(key).with_context(|| format!("no {key} in {answer}"))
}
