//! From start to the first tool answer, against a peer server.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use mg_core::{Clock, SystemClock};
use mg_testkit::{Agent, Era};
use serde_json::json;

use crate::process::{Running, free_port, peak_megabytes};

/// Starts `mg serve`, then the peer whose command is `peer` and a port, and asks each once.
pub(crate) async fn answer(mg: &str, peer: &[&str]) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::Builder::new().prefix("mg-bench-").tempdir()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    let data = folder.path().join("data");
    let made = Command::new(mg)
        .args(["--json", "--data"])
        .arg(&data)
        .args(["token", "create", "bench", "--role", "viewer"])
        .current_dir(folder.path())
        .output()?;
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
    let token = serde_json::from_slice::<serde_json::Value>(&made.stdout)?;
    let token = token["token"].as_str().context("a token")?.to_owned();

    let port = free_port()?;
    let mut serve = Command::new(mg);
    serve.arg("--data").arg(&data).args(["serve", "--port", &port.to_string()]).current_dir(folder.path());
    let ours = first_answer(serve, port, &token, "run_sql", json!({ "sql": "select 1 as one" })).await?;
    println!("mg serve, its Postgres included:  {:>6.0} ms, {:>4} MB at most", ours.0, ours.1);
    if let [program, arguments @ ..] = peer {
        let port = free_port()?;
        let mut server = Command::new(program);
        server.args(arguments).arg(port.to_string());
        let theirs = first_answer(server, port, &token, "one", json!({})).await?;
        println!("Python MCP server, no database:   {:>6.0} ms, {:>4} MB at most", theirs.0, theirs.1);
        let clock = SystemClock.now().date_naive();
        println!(
            "ratio ({clock}): {:.2} of its time, {:.2} of its memory",
            ours.0 / theirs.0,
            ours.1 as f64 / theirs.1 as f64
        );
    }
    Ok(())
}

/// Milliseconds from start to the first good answer of `tool`, and the process's peak memory
/// in megabytes (VmHWM; its children are not in it).
async fn first_answer(
    mut command: Command,
    port: u16,
    token: &str,
    tool: &str,
    arguments: serde_json::Value,
) -> anyhow::Result<(f64, u64)> {
    let url = format!("http://127.0.0.1:{port}/mcp");
    let began = Instant::now();
    let child = Running::start(&mut command, None)?;
    while began.elapsed() < Duration::from_secs(60) {
        if let Ok(agent) = Agent::connect(&url, token, Era::Previous).await {
            let answer = agent.call(tool, arguments).await?;
            ensure!(!answer.is_error, "{}", answer.text);
            let taken = began.elapsed().as_secs_f64() * 1e3;
            return Ok((taken, peak_megabytes(child.id())?));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bail!("no answer within a minute")
}
