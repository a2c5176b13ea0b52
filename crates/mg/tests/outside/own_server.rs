//! With DATABASE_URL: on a server of the user's own.

use anyhow::{Context, ensure};
use serde_json::Value;
use tokio::process::Command;

use crate::data_folder::DataFolder;
use crate::local_portal::{self, holds_what_was_served_by, read_from};
use crate::postgres_server::{PASSWORD, PostgresServer};
use crate::process::{Running, ended, mg, succeeded, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_superuser_gets_everything_locked_down() -> anyhow::Result<()> {
    let server = PostgresServer::start()?;
    server.execute("postgres", "create database mg")?;
    let user = User::new(server.url("admin", "mg"))?;
    let gaps = user.gaps().await?;
    ensure!(gaps.is_empty(), "gaps: {gaps:?}");
    ensure!(user.doctor_warns_of_rights().await? == 0, "the doctor sees gaps");
    let logins = "select string_agg(rolname || ' ' || rolsuper, ',' order by rolname) from pg_roles where rolname ~ '^mg_'";
    let logins = server.execute("mg", logins)?;
    ensure!(logins == "mg_reader false,mg_scoped_reader false,mg_writer false", "{logins}");
    user.runs_the_main_job().await?;
    // Even outside the gate the reader changes nothing and reads nothing private.
    server.execute("mg", &format!("alter role mg_reader password '{PASSWORD}'"))?;
    for refused in [
        "delete from analytics.fact_permis",
        "select * from mg.token",
        "select set_config('a.b', 'c', false)",
    ] {
        ensure!(server.execute_as("mg_reader", "mg", refused).is_err(), "the reader may {refused}");
    }
    ensure!(
        server.execute_as("mg_reader", "mg", "select count(*) from analytics.fact_permis")? != "0",
        "nothing to read"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_may_create_roles_is_told_what_needs_a_superuser() -> anyhow::Result<()> {
    let server = PostgresServer::start()?;
    server.execute("postgres", &format!("create role builder login createrole password '{PASSWORD}'"))?;
    server.execute("postgres", "create database mg owner builder")?;
    let user = User::new(server.url("builder", "mg"))?;
    let gaps = user.gaps().await?;
    ensure!(gaps.iter().any(|gap| gap.contains("set_config") && gap.contains("superuser")), "{gaps:?}");
    ensure!(user.doctor_warns_of_rights().await? == gaps.len(), "the doctor tells otherwise");
    user.runs_the_main_job().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_login_works_and_is_told_that_reading_shares_it() -> anyhow::Result<()> {
    let server = PostgresServer::start()?;
    server.execute("postgres", &format!("create role plain login password '{PASSWORD}'"))?;
    server.execute("postgres", "create database mg owner plain")?;
    let user = User::new(server.url("plain", "mg"))?;
    let gaps = user.gaps().await?;
    for told in [["CREATEROLE", "reader_url"], ["may write", "read-only"], ["set_config", "superuser"]] {
        let of_it = |gap: &String| told.iter().all(|words| gap.contains(words));
        ensure!(gaps.iter().any(of_it), "nothing tells of {told:?}: {gaps:?}");
    }
    ensure!(user.doctor_warns_of_rights().await? == gaps.len(), "the doctor tells otherwise");
    user.runs_the_main_job().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_polls_keeps_no_session_that_listens() -> anyhow::Result<()> {
    let server = PostgresServer::start()?;
    server.execute("postgres", "create database mg")?;
    let user = User::new(server.url("admin", "mg"))?;
    let listening =
        || server.execute("mg", "select count(*) from pg_stat_activity where query ilike 'listen %'");
    for (arguments, slots) in
        [(vec!["serve", "--port", "0"], 3), (vec!["serve", "--port", "0", "--poll-only"], 5)]
    {
        let mut command = user.mg(&arguments);
        command.env("MG__WORK__SLOTS", slots.to_string());
        let mut service = Running::start(command)?;
        service.said("serving").await?;
        let workers = succeeded(user.mg(&["workers", "--json"])).await?.json()?;
        ensure!(workers[0]["slots"] == slots, "{workers}");
        let report = succeeded(user.mg(&["dag", "run", "menage", "--json"])).await?.json()?;
        ensure!(report["state"] == "succeeded", "{report}");
        let polls = arguments.contains(&"--poll-only");
        // The commands before may still be leaving.
        until("who listens is as asked", async || Ok(((listening()? == "0") == polls).then_some(()))).await?;
        service.signal("TERM");
        ensure!(service.end().await?.0 == Some(0), "it did not stop in order");
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_is_told_without_the_password() -> anyhow::Result<()> {
    let server = PostgresServer::start()?;
    let user = User::new(server.url("admin", "postgres").replace(PASSWORD, "battery-staple"))?;
    let refused = ended(user.mg(&["migrate"])).await?;
    ensure!(refused.code == Some(1) && refused.err.contains("admin"), "{refused:?}");
    ensure!(!refused.err.contains("battery-staple"), "it tells the password: {}", refused.err);
    let found = ended(user.mg(&["doctor", "--json"])).await?;
    ensure!(found.code == Some(1), "the doctor is content");
    let findings = found.json()?;
    let fault = findings.as_array().into_iter().flatten().find(|finding| finding["verdict"] == "fault");
    let mend = fault.and_then(|fault| fault["mend"].as_str()).context("a mend")?;
    ensure!(mend.contains("DATABASE_URL"), "{mend}");
    ensure!(!findings.to_string().contains("battery-staple"), "the doctor tells the password");
    Ok(())
}

#[tokio::test]
async fn the_url_may_stand_in_a_file_as_container_secrets_do() -> anyhow::Result<()> {
    let server = PostgresServer::start()?;
    server.execute("postgres", "create database mg")?;
    let folder = DataFolder::new()?;
    let file = folder.beside().join("database_url");
    std::fs::write(&file, format!("{}\n", server.url("admin", "mg")))?;
    let mut command = mg(&folder, &["migrate", "--json"]);
    command.env("MG__DATABASE__URL_FILE", &file);
    ensure!(succeeded(command).await?.json()?["migrated"] == true, "it was not migrated");
    let communes = server.execute("mg", "select count(*) from analytics.dim_commune where membre")?;
    ensure!(communes == "20", "{communes} communes on the server of the file");

    std::fs::remove_file(&file)?;
    let mut command = mg(&folder, &["migrate"]);
    command.env("MG__DATABASE__URL_FILE", &file);
    let refused = ended(command).await?;
    ensure!(refused.code == Some(1) && refused.err.contains("database.url_file"), "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn a_read_url_that_leads_to_no_standby_is_a_fault() -> anyhow::Result<()> {
    let server = PostgresServer::start()?;
    server.execute("postgres", "create database mg")?;
    let user = User::new(server.url("admin", "mg"))?;
    user.gaps().await?;
    let standby = async |read_url: &str| {
        let mut doctor = user.mg(&["doctor", "--json"]);
        doctor.env("MG__DATABASE__READ_URL", read_url);
        let found = ended(doctor).await?;
        ensure!(found.code == Some(1), "the doctor is content: {found:?}");
        let findings = found.json()?;
        let of_it = |finding: &&Value| finding["subject"] == "Standby" && finding["verdict"] == "fault";
        findings.as_array().into_iter().flatten().find(of_it).cloned().context("a fault of the standby")
    };
    let primary = standby(&server.url("nobody", "postgres")).await?;
    ensure!(primary["found"].as_str().is_some_and(|found| found.contains("follows no primary")), "{primary}");
    let absent = standby("postgres://127.0.0.1:1").await?;
    ensure!(absent["found"].as_str().is_some_and(|found| found.contains("cannot be reached")), "{absent}");

    // Queries are refused, and do not go to the primary.
    let mut refused = user.mg(&["sql", "select 1", "--json"]);
    refused.env("MG__DATABASE__READ_URL", "postgres://127.0.0.1:1");
    let refused = ended(refused).await?;
    ensure!(refused.json()?["error"]["code"] == "database_unreachable", "{refused:?}");
    let mut alone = mg(&user.folder, &["check"]);
    alone.env("MG__DATABASE__READ_URL", "postgres://127.0.0.1:1");
    let refused = ended(alone).await?;
    ensure!(refused.code == Some(1) && refused.err.contains("database.url"), "{refused:?}");
    Ok(())
}

/// Someone with a DATABASE_URL.
struct User {
    folder: DataFolder,
    url: String,
}

impl User {
    fn new(url: String) -> anyhow::Result<Self> {
        Ok(Self { folder: DataFolder::new()?, url })
    }

    fn mg(&self, arguments: &[&str]) -> Command {
        let mut command = mg(&self.folder, arguments);
        command.env("DATABASE_URL", &self.url);
        command
    }

    /// What `mg migrate` says that it could not lock down.
    async fn gaps(&self) -> anyhow::Result<Vec<String>> {
        let migrated = succeeded(self.mg(&["migrate", "--json"])).await?.json()?;
        Ok(serde_json::from_value(migrated["not_locked_down"].clone())?)
    }

    /// How many gaps `mg doctor` warns of, each with a mend; they are no fault.
    async fn doctor_warns_of_rights(&self) -> anyhow::Result<usize> {
        let findings = succeeded(self.mg(&["doctor", "--json"])).await?.json()?;
        let about_rights = |finding: &&Value| finding["subject"] == "Rights";
        let rights: Vec<&Value> = findings.as_array().into_iter().flatten().filter(about_rights).collect();
        ensure!(
            rights.iter().all(|finding| finding["verdict"] == "warning" && finding["mend"].is_string()),
            "{rights:?}"
        );
        Ok(rights.len())
    }

    async fn runs_the_main_job(&self) -> anyhow::Result<()> {
        let portal = local_portal::start().await?;
        let mut run = self.mg(&["dag", "run", "urbanisme", "--json"]);
        read_from(&portal, &mut run);
        ensure!(succeeded(run).await?.json()?["state"] == "succeeded", "the run failed");
        holds_what_was_served_by(&portal, |query| self.mg(&["sql", query, "--json"])).await?;
        for refused in ["delete from fact_permis", "select * from mg.token", "select 1; select 2"] {
            let answer = ended(self.mg(&["sql", refused, "--json"])).await?;
            ensure!(
                answer.code == Some(1) && answer.json()?["error"]["code"].is_string(),
                "{refused}: {answer:?}"
            );
        }
        ensure!(!self.folder.path().exists(), "a data folder was made that nobody needs");
        portal.stop().await;
        Ok(())
    }
}
