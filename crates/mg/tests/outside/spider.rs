//! `mg spider`: files of spiders listed, checked, tried on the local portal, and drafted.

use std::path::Path;

use anyhow::{Context, ensure};
use mg_portal::Portal;
use serde_json::Value;
use tokio::process::Command;

use crate::data_folder::DataFolder;
use crate::local_portal;
use crate::process::{ended, mg, succeeded};

/// A place with the shipped spiders.
fn with_spiders() -> anyhow::Result<DataFolder> {
    let folder = DataFolder::new()?;
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spiders");
    let own = folder.beside().join("spiders");
    std::fs::create_dir(&own)?;
    for name in ["annonces.toml", "chantiers.toml"] {
        std::fs::copy(shipped.join(name), own.join(name))?;
    }
    Ok(folder)
}

fn on(portal: &Portal, folder: &DataFolder, arguments: &[&str]) -> Command {
    let mut command = mg(folder, arguments);
    for spider in ["ANNONCES", "CHANTIERS"] {
        command.env(format!("MG__SPIDERS__{spider}__BASE"), portal.url());
    }
    command
}

async fn json(mut command: Command) -> anyhow::Result<Value> {
    command.arg("--json");
    succeeded(command).await?.json()
}

fn length(value: &Value, pointer: &str) -> usize {
    value.pointer(pointer).and_then(Value::as_array).map_or(0, Vec::len)
}

#[tokio::test]
async fn spiders_are_listed_and_checked() -> anyhow::Result<()> {
    let folder = with_spiders()?;
    let listed = json(mg(&folder, &["spider", "list"])).await?;
    let names = listed.as_array().context("a list")?.iter().filter_map(|spider| spider["name"].as_str());
    let names: Vec<&str> = names.collect();
    ensure!(["annonces", "chantiers", "dvf", "sitadel"].iter().all(|name| names.contains(name)), "{names:?}");
    let checked = json(mg(&folder, &["spider", "check"])).await?;
    ensure!(length(&checked, "/right") == 2 && length(&checked, "/faults") == 0, "{checked}");
    let wrong = std::fs::read_to_string(folder.beside().join("spiders/annonces.toml"))?
        .replace("type = \"float\"", "type = \"flot\"");
    std::fs::write(folder.beside().join("spiders/copie.toml"), wrong)?;
    let refused = ended(mg(&folder, &["spider", "check"])).await?;
    ensure!(refused.code == Some(1), "{refused:?}");
    ensure!(
        refused.out.contains("spiders/copie.toml:61: field.prix_eur.type: `flot` is no type. Write `float`"),
        "{refused:?}"
    );
    let refused = ended(mg(&folder, &["spider", "check", "copie", "--json"])).await?;
    ensure!(refused.code == Some(1) && length(&refused.json()?, "/faults") == 2, "{refused:?}");
    let alone = ended(mg(&folder, &["spider", "check", "annonces"])).await?;
    ensure!(alone.code == Some(0), "{alone:?}");
    let unknown = ended(mg(&folder, &["spider", "check", "annonce"])).await?;
    ensure!(unknown.code == Some(1) && unknown.err.contains("annonces, chantiers, copie"), "{unknown:?}");
    Ok(())
}

#[tokio::test]
async fn two_spiders_of_one_table_are_a_fault() -> anyhow::Result<()> {
    let folder = with_spiders()?;
    let spiders = folder.beside().join("spiders");
    std::fs::copy(spiders.join("annonces.toml"), spiders.join("biens.toml"))?;
    let refused = ended(mg(&folder, &["spider", "check"])).await?;
    ensure!(
        refused.code == Some(1) && refused.out.contains("spider annonces fills analytics.fact_annonce too"),
        "{refused:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spider_is_tried_and_nothing_is_written() -> anyhow::Result<()> {
    let (folder, portal) = (with_spiders()?, local_portal::start().await?);
    let tried = json(on(&portal, &folder, &["spider", "try", "annonces", "--pages", "6"])).await?;
    ensure!(length(&tried, "/pages") == 6 && tried["finish"] == "page_cap", "{tried}");
    ensure!(tried["records"][0]["prix_eur"].is_number() && length(&tried, "/rejects") == 0, "{tried}");
    ensure!(tried["fields"][0]["filled"] == tried["fields"][0]["total"], "{tried}");
    ensure!(!folder.path().exists(), "a trial made a data folder");
    let page = format!("{}/annonces?page=5", portal.url());
    let shown =
        succeeded(on(&portal, &folder, &["spider", "try", "annonces", &page, "--pages", "3"])).await?;
    ensure!(shown.out.contains("prix_eur") && shown.out.contains("0 rejets"), "{shown:?}");
    let foreign =
        ended(on(&portal, &folder, &["spider", "try", "annonces", "http://169.254.169.254/"])).await?;
    ensure!(foreign.code == Some(1) && foreign.err.contains("is elsewhere"), "{foreign:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_a_script_fills_is_tried_through_a_browser() -> anyhow::Result<()> {
    let (folder, portal) = (with_spiders()?, local_portal::start().await?);
    let tried = json(on(&portal, &folder, &["spider", "try", "chantiers"])).await?;
    ensure!(length(&tried, "/records") == 40 && length(&tried, "/rejects") == 0, "{tried}");
    ensure!(tried["records"][0]["logements"].is_number(), "{tried}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_made_that_works() -> anyhow::Result<()> {
    let (folder, portal) = (DataFolder::new()?, local_portal::start().await?);
    let page = format!("{}/annonces", portal.url());
    let drafted = json(mg(&folder, &["spider", "new", &page, "--name", "essai"])).await?;
    ensure!(drafted["spider"] == "essai" && length(&drafted, "/fields") >= 3, "{drafted}");
    let tried = json(mg(&folder, &["spider", "try", "essai", "--pages", "2"])).await?;
    ensure!(length(&tried, "/records") == 20 && length(&tried, "/rejects") == 0, "{tried}");
    let again = ended(mg(&folder, &["spider", "new", &page, "--name", "essai"])).await?;
    ensure!(again.code == Some(1) && again.err.contains("is there already"), "{again:?}");
    let page = format!("{}/chantiers", portal.url());
    succeeded(mg(&folder, &["spider", "new", &page, "--browser", "--name", "essai_chantiers"])).await?;
    let tried = json(mg(&folder, &["spider", "try", "essai_chantiers"])).await?;
    ensure!(length(&tried, "/records") == 40, "{tried}");
    let private = ended(mg(&folder, &["spider", "new", "ftp://127.0.0.1/a"])).await?;
    ensure!(private.code == Some(1), "{private:?}");
    Ok(())
}
