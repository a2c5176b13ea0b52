//! mg.toml, the environment and the models: what is wrong in them is refused with its place.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use crate::data_folder::DataFolder;
use crate::process::{ended, mg, succeeded};

#[tokio::test]
async fn an_unknown_key_is_refused_with_the_nearest_known_one() -> anyhow::Result<()> {
    let folder = DataFolder::new()?;
    std::fs::write(folder.beside().join("mg.toml"), "[server]\nprot = 9000\n")?;
    let in_the_file = ended(mg(&folder, &["check"])).await?;
    std::fs::remove_file(folder.beside().join("mg.toml"))?;
    let mut command = mg(&folder, &["check"]);
    command.env("MG__LIMITS__ROW", "3");
    let in_the_environment = ended(command).await?;
    for (refused, wrong, right) in
        [(in_the_file, "server.prot", "server.port"), (in_the_environment, "limits.row", "limits.rows")]
    {
        ensure!(refused.code == Some(1), "{refused:?}");
        ensure!(
            refused.err.contains(wrong) && refused.err.contains(&format!("`{right}`")),
            "{}",
            refused.err
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_named_file_must_be_there_and_a_value_must_be_of_its_kind() -> anyhow::Result<()> {
    let folder = DataFolder::new()?;
    let refused = ended(mg(&folder, &["check", "--config", "absent.toml"])).await?;
    ensure!(refused.code == Some(1) && refused.err.contains("absent.toml"), "{refused:?}");
    std::fs::write(folder.beside().join("other.toml"), "[server]\nport = \"high\"\n")?;
    let refused = ended(mg(&folder, &["check", "--config", "other.toml"])).await?;
    ensure!(refused.code == Some(1) && refused.err.contains("server.port"), "{refused:?}");
    let mut misnamed = mg(&folder, &["check"]);
    misnamed.env("MG__SPIDERS__SITADELLE__BASE", "http://127.0.0.1:1");
    let refused = ended(misnamed).await?;
    ensure!(
        refused.code == Some(1) && refused.err.contains("sitadelle") && refused.err.contains("dvf, sitadel"),
        "{refused:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_lease_that_one_late_heartbeat_would_end_is_refused_before_anything_starts() -> anyhow::Result<()> {
    let folder = DataFolder::new()?;
    std::fs::write(folder.beside().join("mg.toml"), "[work]\nheartbeat_ms = 4000\n")?;
    for arguments in [vec!["check"], vec!["work"], vec!["serve", "--port", "0"]] {
        let refused = ended(mg(&folder, &arguments)).await?;
        ensure!(refused.code == Some(1), "{arguments:?}: {refused:?}");
        ensure!(
            ["work.silence_ms", "work.heartbeat_ms", "12000"].iter().all(|said| refused.err.contains(said)),
            "{}",
            refused.err
        );
        ensure!(!folder.path().exists(), "{arguments:?} began all the same");
    }
    std::fs::write(folder.beside().join("mg.toml"), "[work]\nheartbeat_ms = 4000\nsilence_ms = 12000\n")?;
    succeeded(mg(&folder, &["check"])).await?;
    Ok(())
}

#[tokio::test]
async fn the_row_limit_holds_and_is_told() -> anyhow::Result<()> {
    let folder = DataFolder::new()?;
    succeeded(mg(&folder, &["migrate"])).await?;
    let query = "select nom from analytics.dim_commune order by nom";
    let mut limited = mg(&folder, &["sql", query, "--json"]);
    limited.env("MG__LIMITS__ROWS", "3");
    let answer = succeeded(limited).await?.json()?;
    ensure!(answer["row_count"] == 3 && answer["truncated"] == true, "{answer}");
    ensure!(answer["truncation"].as_str().is_some_and(|why| why.contains("3 rows")), "{answer}");
    let mut limited = mg(&folder, &["sql", query]);
    limited.env("MG__LIMITS__ROWS", "3");
    let shown = succeeded(limited).await?;
    ensure!(shown.err.contains("3 rows, and there are more"), "{shown:?}");
    let all = succeeded(mg(&folder, &["sql", query, "--json"])).await?.json()?;
    ensure!(all["row_count"] == 20 && all["truncated"] == false, "{all}");
    Ok(())
}

#[tokio::test]
async fn a_wrong_kpi_file_is_refused_with_file_line_and_reason_before_anything_starts() -> anyhow::Result<()>
{
    let folder = DataFolder::new()?;
    let models = folder.beside().join("my-models");
    copy_models(&models)?;
    let length = spoil(&models.join("kpi/permis_autorises.toml"), "grain = \"month\"", "grain = \"week\"")?;
    let writes = spoil(&models.join("kpi/mutations.toml"), "select ", "delete ")?;
    for arguments in [vec!["check"], vec!["serve", "--port", "0"], vec!["demo", "--port", "0"]] {
        let mut command = mg(&folder, &arguments);
        command.env("MG__MODELS_DIR", &models);
        let refused = ended(command).await?;
        ensure!(refused.code == Some(1), "{arguments:?}: {refused:?}");
        for needed in [
            format!("permis_autorises.toml:{length}: "),
            "week".to_owned(),
            format!("mutations.toml:{writes}: "),
        ] {
            ensure!(refused.err.contains(&needed), "{arguments:?} does not say {needed}: {}", refused.err);
        }
        ensure!(!folder.path().exists(), "{arguments:?} began all the same");
    }
    Ok(())
}

#[tokio::test]
async fn the_models_beside_are_read_and_those_of_the_project_are_right() -> anyhow::Result<()> {
    let folder = DataFolder::new()?;
    copy_models(&folder.beside().join("models"))?;
    std::fs::remove_file(folder.beside().join("models/kpi/mutations.toml"))?;
    let checked = succeeded(mg(&folder, &["check", "--json"])).await?.json()?;
    let kpis: Vec<&str> =
        checked["kpis"].as_array().into_iter().flatten().filter_map(|kpi| kpi.as_str()).collect();
    ensure!(kpis.len() == 6 && !kpis.contains(&"mutations"), "{checked}");
    let knows =
        |dag: &str| checked["dags"].as_array().is_some_and(|dags| dags.iter().any(|known| known == dag));
    ensure!(checked["communes"] == 20 && knows("urbanisme") && knows("menage"), "{checked}");
    Ok(())
}

fn copy_models(to: &Path) -> anyhow::Result<()> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    std::fs::create_dir_all(to.join("kpi"))?;
    std::fs::copy(from.join("territoire.toml"), to.join("territoire.toml"))?;
    for entry in std::fs::read_dir(from.join("kpi"))? {
        let path: PathBuf = entry?.path();
        std::fs::copy(&path, to.join("kpi").join(path.file_name().context("a name")?))?;
    }
    Ok(())
}

/// Puts something wrong into a file; gives the number of the line.
fn spoil(file: &Path, right: &str, wrong: &str) -> anyhow::Result<usize> {
    let text = std::fs::read_to_string(file)?;
    let line = text.lines().position(|line| line.starts_with(right)).context("the line to spoil")? + 1;
    std::fs::write(file, text.replacen(&format!("\n{right}"), &format!("\n{wrong}"), 1))?;
    Ok(line)
}
