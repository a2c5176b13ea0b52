//! `mg doctor`: content with a fit machine, and never without advice for one that is not.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::data_folder::DataFolder;
use crate::process::{Running, ended, mg, succeeded};

#[tokio::test]
async fn a_fit_machine_is_found_fit_and_left_as_it_was() -> anyhow::Result<()> {
    let folder = DataFolder::new()?;
    let mut command = mg(&folder, &["doctor", "--json"]);
    command.env("MG__SERVER__PORT", "0");
    let findings = succeeded(command).await?.json()?;
    for (subject, found) in
        [("Postgres", "version"), ("Chromium", "Chrom"), ("Port", "free"), ("Models", "7 KPIs")]
    {
        let finding = about(&findings, subject)?;
        ensure!(finding["verdict"] == "ok", "{finding}");
        ensure!(finding["found"].as_str().is_some_and(|text| text.contains(found)), "{finding}");
    }
    ensure!(!folder.path().exists(), "it made a data folder");
    ensure!(folder.processes().is_empty(), "it left running: {:?}", folder.processes());
    Ok(())
}

#[tokio::test]
async fn every_fault_comes_with_how_to_mend_it() -> anyhow::Result<()> {
    let folder = DataFolder::new()?;
    std::fs::write(folder.beside().join("a-file"), "")?;
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut command = mg(&folder, &["doctor", "--json"]);
    command
        .env("MG__DATA_DIR", folder.beside())
        .env("MG_POSTGRES_BIN", folder.beside())
        .env("MG__BROWSER__EXECUTABLE", folder.beside().join("no-browser"))
        .env("MG__SERVER__PORT", taken.local_addr()?.port().to_string())
        .env("MG__MODELS_DIR", folder.beside().join("no-models"));
    // Nobody, root included, can make a folder below a file.
    command.arg("--data").arg(folder.beside().join("a-file/data"));
    let found = ended(command).await?;
    ensure!(found.code == Some(1), "it is content: {found:?}");
    let findings = found.json()?;
    for (subject, verdict) in [
        ("Postgres", "fault"),
        ("Chromium", "warning"),
        ("Port", "warning"),
        ("Data folder", "fault"),
        ("Models", "fault"),
    ] {
        let finding = about(&findings, subject)?;
        ensure!(finding["verdict"] == verdict, "{finding}");
        ensure!(finding["mend"].as_str().is_some_and(|mend| mend.len() > 15), "{finding}");
    }
    Ok(())
}

#[tokio::test]
async fn a_running_service_is_no_fault() -> anyhow::Result<()> {
    let folder = DataFolder::new()?;
    let mut service = Running::start(mg(&folder, &["serve", "--port", "0"]))?;
    let line = service.said("serving").await?;
    let port = line.rsplit(':').next().and_then(|rest| rest.split('/').next()).context("its port")?;
    let mut command = mg(&folder, &["doctor", "--json"]);
    command.env("MG__SERVER__PORT", port);
    let findings = succeeded(command).await?.json()?;
    for subject in ["Port", "Data folder"] {
        let finding = about(&findings, subject)?;
        ensure!(finding["verdict"] == "ok", "{finding}");
    }
    let holder = format!("`mg serve` (process {}", service.pid());
    let finding = about(&findings, "Data folder")?;
    ensure!(finding["found"].as_str().is_some_and(|found| found.contains(&holder)), "{finding}");
    service.signal("INT");
    let (code, said) = service.end().await?;
    ensure!(code == Some(0), "{code:?}: {said:#?}");
    Ok(())
}

fn about<'a>(findings: &'a Value, subject: &str) -> anyhow::Result<&'a Value> {
    let mut all = findings.as_array().into_iter().flatten();
    all.find(|finding| finding["subject"] == subject)
        .with_context(|| format!("nothing about {subject}: {findings}"))
}
