//! The reference validator of JSON Schema for Python, which clients of MCP use: in a process
//! of its own, for the Rust ones change the features of crates that the platform is built of.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use anyhow::Context;
use serde_json::{Value, json};

const SCRIPT: &str = "
import json, sys
from jsonschema import Draft202012Validator as Draft
for line in sys.stdin:
    asked = json.loads(line)
    draft = Draft(asked['schema']) if 'value' in asked else Draft(Draft.META_SCHEMA)
    faults = draft.iter_errors(asked.get('value', asked['schema']))
    print(json.dumps([f'{fault.json_path}: {fault.message}' for fault in faults]), flush=True)
";

type Pipes = (ChildStdin, BufReader<ChildStdout>);

pub(super) fn faults(schema: &Value, value: &Value) -> anyhow::Result<Vec<String>> {
    ask(&json!({ "schema": schema, "value": value }))
}

/// What makes `schema` no schema.
pub(super) fn faults_of_schema(schema: &Value) -> anyhow::Result<Vec<String>> {
    ask(&json!({ "schema": schema }))
}

fn ask(question: &Value) -> anyhow::Result<Vec<String>> {
    static PYTHON: OnceLock<Mutex<Option<Pipes>>> = OnceLock::new();
    let python = PYTHON.get_or_init(|| Mutex::new(start().ok()));
    let mut python = python.lock().unwrap_or_else(PoisonError::into_inner);
    let (questions, answers) =
        python.as_mut().context("the Python of the tests is missing: run `scripts/setup.sh --test`")?;
    writeln!(questions, "{question}")?;
    let mut answer = String::new();
    answers.read_line(&mut answer)?;
    serde_json::from_str(&answer).context("the validator's answer")
}

fn start() -> anyhow::Result<Pipes> {
    // It ends when its standard input does.
    let mut child = Command::new(environment()?.join("bin/python"))
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let stdin = child.stdin.take().context("a pipe")?;
    let stdout = child.stdout.take().context("a pipe")?;
    Ok((stdin, BufReader::new(stdout)))
}

/// Where `scripts/setup.sh --test` puts it.
fn environment() -> anyhow::Result<PathBuf> {
    if let Some(named) = std::env::var_os("MG_TEST_VENV") {
        return Ok(named.into());
    }
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(3).context("the target folder")?;
    Ok(target.join("client-venv"))
}
