//! `mg mcp`, as a desktop client starts it.

use std::path::Path;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::data_folder::{DataFolder, MARK};
use crate::process::{ended, mg, succeeded};
use crate::python_client::environment;

/// What a client over standard input sees of `mg mcp` with these arguments.
async fn seen(folder: &DataFolder, mode: &str, arguments: &[&str]) -> anyhow::Result<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outside/stdio_client.py");
    let mut command = Command::new(environment().join("bin/python"));
    command.arg(script).args([mode, env!("CARGO_BIN_EXE_mg"), "--data"]).arg(folder.path());
    command.arg("mcp").args(arguments).current_dir(folder.beside());
    command.env(MARK, folder.beside()).env_remove("DATABASE_URL").kill_on_drop(true);
    succeeded(command).await?.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desktop_client_reads_without_a_token_in_both_eras() -> anyhow::Result<()> {
    let folder = DataFolder::new()?;
    for (mode, protocol) in [("auto", "2026-07-28"), ("legacy", "2025-11-25")] {
        let seen = seen(&folder, mode, &[]).await?;
        assert_eq!(seen["protocol"], protocol);
        let tools = seen["tools"].as_array().cloned().unwrap_or_default();
        assert!(tools.contains(&json!("run_sql")) && !tools.contains(&json!("launch_scraper")), "{tools:?}");
        assert_eq!(seen["rows"], json!([[42]]), "{mode}");
        assert_eq!((&seen["refused"], &seen["beside"]), (&json!(true), &json!(false)), "{seen}");
        assert!(seen["refusal"].as_str().is_some_and(|text| text.contains("[sql_")), "{seen}");
        assert!(seen["schema"].as_str().is_some_and(|text| text.contains("fact_permis")), "{seen}");
        for (kind, wanted) in [("resources", "mg://stats"), ("prompts", "generate_report")] {
            assert!(seen[kind].as_array().is_some_and(|names| names.contains(&json!(wanted))), "{seen}");
        }
    }
    assert_eq!(folder.processes(), Vec::<String>::new(), "nothing is left when the input has ended");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_or_a_token_says_what_the_agent_may_do() -> anyhow::Result<()> {
    let folder = DataFolder::new()?;
    let editor = seen(&folder, "auto", &["--role", "editor"]).await?;
    assert!(
        editor["tools"].as_array().is_some_and(|tools| tools.contains(&json!("launch_scraper"))),
        "{editor}"
    );

    let mut command = mg(&folder, &["mcp", "--token-env", "AGENT_TOKEN"]);
    command.env("AGENT_TOKEN", "mgt_0000");
    let wrong = ended(command).await?;
    assert_eq!((wrong.code, wrong.out.as_str()), (Some(1), ""), "{wrong:?}");
    assert!(wrong.err.contains("AGENT_TOKEN is no live one"), "{wrong:?}");
    let silent = ended(mg(&folder, &["mcp"])).await?;
    assert_eq!((silent.code, silent.out.as_str()), (Some(0), ""), "an input that ends at once: {silent:?}");
    Ok(())
}
