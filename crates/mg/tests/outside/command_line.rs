//! What every command owes: an example in its help, and JSON for programs, good news and bad.

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::data_folder::DataFolder;
use crate::local_portal::{self, read_from};
use crate::process::{Ended, ended, mg, succeeded};

#[tokio::test]
async fn the_help_of_every_command_has_an_example() -> anyhow::Result<()> {
    let folder = DataFolder::new()?;
    let commands = commands_in(&help(&folder, &[]).await?);
    for expected in [
        "demo", "serve", "work", "dag", "run", "schedule", "backfill", "crawl", "spider", "sql", "kpi",
        "forecast", "token", "migrate", "check", "doctor",
    ] {
        ensure!(commands.iter().any(|command| command == expected), "{expected} is not in {commands:?}");
    }
    for command in &commands {
        let text = help(&folder, &[command]).await?;
        let example = text.split_once("Example").map_or("", |(_, example)| example);
        ensure!(example.contains(&format!("mg {command}")), "{command}: {text}");
        for inner in commands_in(&text) {
            let text = help(&folder, &[command, &inner]).await?;
            let example = text.split_once("Example").map_or("", |(_, example)| example);
            ensure!(example.contains(&format!("mg {command} {inner}")), "{command} {inner}: {text}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_answers_in_json_when_asked_to() -> anyhow::Result<()> {
    let (folder, portal) = (DataFolder::new()?, local_portal::start().await?);
    for (arguments, key) in [
        (vec!["check"], "/kpis/0"),
        (vec!["migrate"], "/migrated"),
        (vec!["dag", "run", "urbanisme"], "/tasks/3/output"),
        (vec!["crawl", "sitadel"], "/tasks/0/output/read"),
        (vec!["run", "list"], "/1/run_id"),
        (vec!["run", "show", "1"], "/tasks/0/job"),
        (vec!["run", "logs", "1"], "/0/message"),
        (vec!["run", "logs", "--level", "info", "--since", "1h", "--limit", "5"], "/4/run_id"),
        (vec!["run", "cancel", "2"], "/state"),
        (vec!["run", "retry", "1"], "/tasks"),
        (vec!["run", "mark", "1", "previsions", "succeeded"], "/changed"),
        (vec!["dag", "list"], "/0/name"),
        (vec!["dag", "show", "urbanisme"], "/tasks/0/job"),
        (vec!["dag", "graph", "urbanisme"], "/graph"),
        (vec!["dag", "graph", "--run", "1", "--format", "svg"], "/graph"),
        (vec!["dag", "check"], "/0/graph"),
        (vec!["dag", "pause", "urbanisme"], "/changed"),
        (vec!["dag", "resume", "urbanisme"], "/changed"),
        (vec!["schedule", "add", "lundi", "--spider", "sitadel", "--cron", "0 6 * * 1"], "/next_instant"),
        (vec!["schedule", "list"], "/0/schedule_id"),
        (vec!["schedule", "change", "lundi", "--cron", "0 7 * * 1"], "/version"),
        (vec!["schedule", "show", "lundi"], "/history/1/what"),
        (vec!["dag", "backfill", "lundi", "--from", "30d", "--dry-run"], "/missing"),
        (vec!["dag", "backfill", "lundi", "--from", "8d"], "/backfill_id"),
        (vec!["backfill", "list"], "/0/backfill_id"),
        (vec!["backfill", "show", "1"], "/waiting"),
        (vec!["backfill", "cancel", "1"], "/cancelled_by"),
        (vec!["schedule", "change", "lundi", "--starts", "2027-01-01", "--ends", "2027-06-30"], "/ends_at"),
        (vec!["schedule", "change", "lundi", "--set", "spider=dvf"], "/parameters/spider"),
        (vec!["schedule", "pause", "lundi"], "/changed"),
        (vec!["schedule", "resume", "lundi"], "/changed"),
        (vec!["schedule", "remove", "lundi"], "/name"),
        (vec!["pool", "list"], "/0/slots"),
        (vec!["pool", "set", "portail", "2"], "/set_by"),
        (vec!["pool", "reset", "portail"], "/code_slots"),
        (vec!["workers"], ""),
        (vec!["sql", "select count(*) as permis from fact_permis"], "/rows/0/0"),
        (vec!["kpi"], "/6/name"),
        (vec!["kpi", "permis_autorises", "--zone", "Montévrain", "--zone", "77058"], "/values/1/value"),
        (
            vec!["forecast", "logements_autorises", "--horizon", "2", "--level", "95"],
            "/forecasts/0/steps/1/intervals/0/high",
        ),
        (vec!["token", "create", "someone", "--role", "editor", "--days", "30"], "/expires_at"),
        (vec!["token", "list"], "/0/state"),
        (vec!["token", "revoke", "someone"], "/state"),
        (vec!["doctor"], "/0/verdict"),
    ] {
        let mut command = mg(&folder, &arguments);
        command.arg("--json");
        read_from(&portal, &mut command);
        let answer = succeeded(command).await?.json()?;
        ensure!(
            answer.pointer(key).is_some_and(|value| !value.is_null()),
            "{arguments:?} has no {key}: {answer}"
        );
    }
    portal.stop().await;
    Ok(())
}

#[tokio::test]
async fn every_failure_is_json_too_with_a_code_a_sentence_and_an_exit_code() -> anyhow::Result<()> {
    let folder = DataFolder::new()?;
    for (arguments, code) in [
        (vec!["sql", "delete from fact_permis"], "sql_"),
        (vec!["sql", "select nothing from nowhere"], "sql_"),
        (vec!["kpi", "permis_autorisé"], "unknown_kpi"),
        (vec!["kpi", "permis_autorises"], "no_value"),
        (vec!["kpi", "permis_autorises", "--zone", "Paris"], "unknown_"),
        (vec!["forecast", "logement"], "unknown_kpi"),
        (vec!["dag", "run", "urbanism"], "unknown_dag"),
        (vec!["run", "show", "7"], "unknown_run"),
        (vec!["dag", "run", "collecte"], "bad_parameters"),
        (vec!["dag", "graph", "urbanisme", "--format", "png"], "bad_arguments"),
        (vec!["schedule", "pause", "mardi"], "unknown_schedule"),
        (vec!["schedule", "add", "x", "--dag", "urbanisme", "--cron", "0 6 * *"], "bad_schedule"),
        (
            vec!["schedule", "add", "x", "--dag", "urbanisme", "--cron", "0 6 * * *", "--ends", "never"],
            "bad_instant",
        ),
        (vec!["backfill", "cancel", "7"], "unknown_backfill"),
        (vec!["pool", "set", "portal", "2"], "unknown_pool"),
        (vec!["run", "list", "--state", "done"], "bad_arguments"),
        (vec!["run", "logs", "--since", "yesterday"], "bad_instant"),
        (vec!["crawl", "sitadelle"], "unknown_spider"),
        (vec!["crawl", "sitadel", "--url", "https://example.org/file.csv"], ""),
        (vec!["crawl", "sitadel", "--edition", "last"], "bad_edition"),
        (vec!["token", "create", " "], "bad_token_name"),
        (vec!["token", "revoke", "nobody"], "unknown_token"),
        (vec!["check", "--config", "absent.toml"], "failed"),
    ] {
        let mut command = mg(&folder, &arguments);
        command.arg("--json");
        let refused = ended(command).await?;
        let error = told(&refused).with_context(|| format!("{arguments:?}"))?;
        ensure!(
            error["code"].as_str().is_some_and(|found| found.starts_with(code)),
            "{arguments:?}: {error}"
        );
        ensure!(
            error["message"].as_str().is_some_and(|message| message.len() > 10),
            "{arguments:?}: {error}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_misspelt_name_is_answered_with_the_right_one() -> anyhow::Result<()> {
    let folder = DataFolder::new()?;
    for (arguments, right) in [
        (vec!["kpi", "permis_autorise"], "permis_autorises"),
        (vec!["crawl", "sitadelle"], "sitadel"),
        (vec!["dag", "run", "urbanism"], "urbanisme"),
    ] {
        let refused = ended(mg(&folder, &arguments)).await?;
        ensure!(refused.code == Some(1) && refused.out.is_empty(), "{refused:?}");
        ensure!(refused.err.contains(&format!("Did you mean {right}")), "{arguments:?}: {}", refused.err);
    }
    Ok(())
}

async fn help(folder: &DataFolder, arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = mg(folder, arguments);
    command.arg("--help");
    Ok(succeeded(command).await?.out)
}

/// The names under `Commands:`.
fn commands_in(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    let listed = listed.take_while(|line| !line.trim().is_empty());
    // A description that is too long goes on, further in, on the next line.
    let names = listed.filter_map(|line| {
        line.strip_prefix("  ")?.split_whitespace().next().filter(|_| !line.starts_with("   "))
    });
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

fn told(refused: &Ended) -> anyhow::Result<Value> {
    ensure!(refused.code == Some(1), "{refused:?}");
    refused.json()?.get("error").cloned().with_context(|| format!("no error in {refused:?}"))
}
