//! `mg sql`: one query, as an agent may ask it.

use std::io::Read;
use std::process::ExitCode;

use anyhow::Context;
use mg_server::app::run_sql;
use serde_json::Value;

use crate::cli::SqlArgs;
use crate::config::Config;
use crate::platform::{Access, Platform};
use crate::show;

/// Runs the query and prints its rows.
pub(super) async fn run(config: &Config, arguments: &SqlArgs, json: bool) -> anyhow::Result<ExitCode> {
    let query = match arguments.query.as_str() {
        "-" => std::io::read_to_string(std::io::stdin().take(1 << 20)).context("reading the query")?,
        query => query.to_owned(),
    };
    let platform = Platform::open(config, "mg sql", Access::Read).await?;
    let answer = run_sql(&platform.operator(), &platform.app, &query, None).await;
    platform.close().await?;
    let answer = answer?;
    if json {
        show::json(&*answer)?;
        return Ok(ExitCode::SUCCESS);
    }
    let names: Vec<&str> = answer.columns.iter().map(|column| column.name.as_str()).collect();
    let figures: Vec<usize> =
        (0..names.len()).filter(|&column| answer.rows.iter().any(|row| row[column].is_number())).collect();
    let mut table = show::table(&names, &figures);
    for row in &answer.rows {
        table.add_row(row.iter().map(plain));
    }
    show::print(table)?;
    eprintln!("{} rows{}", answer.row_count, if answer.truncated { ", and there are more" } else { "" });
    Ok(ExitCode::SUCCESS)
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
