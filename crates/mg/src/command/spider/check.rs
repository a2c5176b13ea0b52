//! `mg spider check`.

use std::process::ExitCode;

use mg_crawl::declared::{Declared, Fault};
use serde_json::{Value, json};

use super::folder;
use crate::config::Config;
use crate::show::{self, outln};

/// Checks the files named, or all; fails when one is wrong.
pub(super) fn run(config: &Config, spiders: &[String], json: bool) -> anyhow::Result<ExitCode> {
    let files = match spiders {
        [] => folder::all(config)?,
        names => names.iter().map(|name| folder::named(config, name)).collect::<anyhow::Result<_>>()?,
    };
    let mut right: Vec<Declared> = Vec::new();
    let mut faults: Vec<Fault> = Vec::new();
    for file in &files {
        match file.parse() {
            Ok(spider) => {
                faults.extend(clash(&right, &spider, &file.path.display().to_string()));
                right.push(spider);
            }
            Err(found) => faults.extend(found),
        }
    }
    if json {
        let names: Vec<&str> = right.iter().map(|spider| spider.name.as_str()).collect();
        show::json(&json!({ "right": names, "faults": faults.iter().map(told).collect::<Vec<_>>() }))?;
    } else {
        for fault in &faults {
            outln!("{fault}");
        }
        for spider in &right {
            let fields = spider.fields.len();
            outln!("{}: {fields} champs / fields, analytics.{}", spider.name, spider.table.name);
        }
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A spider whose name or table another one has.
fn clash(right: &[Declared], spider: &Declared, file: &str) -> Option<Fault> {
    let fault = |key: &str, reason: String, advice: &str| Fault {
        file: file.to_owned(),
        line: 1,
        key: key.to_owned(),
        reason,
        advice: advice.to_owned(),
    };
    if mg_spiders::named(&spider.name).is_some() {
        let reason = format!("a spider in Rust is called {}", spider.name);
        return Some(fault("", reason, "Name the file otherwise"));
    }
    let table = &spider.table.name;
    let in_rust = mg_spiders::all().into_iter().find(|other| other.table().name == *table);
    let other = in_rust.map(|other| other.info().name.to_owned());
    let other = other.or_else(|| Some(right.iter().find(|other| other.table.name == *table)?.name.clone()));
    let reason = format!("spider {} fills analytics.{table} too", other?);
    Some(fault("table.name", reason, "Name another table"))
}

fn told(fault: &Fault) -> Value {
    let Fault { file, line, key, reason, advice } = fault;
    json!({ "file": file, "line": line, "key": key, "reason": reason, "advice": advice })
}
