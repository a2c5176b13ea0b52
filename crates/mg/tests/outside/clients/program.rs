//! The programs under test, and how a person would start them.

use std::ffi::OsString;
use std::path::Path;

use anyhow::ensure;
use tokio::process::Command;

use super::scripted_model::{KEY, ScriptedModel};
use crate::python_client;

/// One of the agents.
pub(super) struct Program {
    /// Its file in `clients/`.
    pub(super) script: &'static str,
    /// What follows the name of the tests' environment in that of its own.
    environment: &'static str,
    /// The variable with the model's key.
    pub(super) key: &'static str,
    /// The variable with the model's address, and the path that its SDK expects there.
    base: (&'static str, &'static str),
}

const OPENAI: Program = Program {
    script: "openai_agent.py",
    environment: "",
    key: "OPENAI_API_KEY",
    base: ("OPENAI_BASE_URL", "/v1"),
};

/// The one on Anthropic's SDK.
pub(super) const CLAUDE: Program = Program {
    script: "claude_agent.py",
    environment: "",
    key: "ANTHROPIC_API_KEY",
    base: ("ANTHROPIC_BASE_URL", ""),
};

const LANGGRAPH: Program = Program { script: "langgraph_agent.py", environment: "-langgraph", ..OPENAI };

/// Every agent.
pub(super) const ALL: [Program; 3] = [OPENAI, CLAUDE, LANGGRAPH];

impl Program {
    /// The program with `question` as its arguments, prepared to ask `model` about the service
    /// at `url`. Nothing of the caller's environment that could lead it elsewhere stays.
    pub(super) fn command(
        &self,
        url: &str,
        token: &str,
        model: &ScriptedModel,
        question: &[&str],
    ) -> anyhow::Result<Command> {
        let mut environment = python_client::environment().into_os_string();
        environment.push(self.environment);
        let python = Path::new(&environment).join("bin/python");
        ensure!(python.exists(), "{} is not there: run `scripts/setup.sh --test`", python.display());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../clients").join(self.script);
        let mut command = Command::new(python);
        let kept = |name: &str| std::env::var_os(name).map(|value| (name.to_owned(), value));
        let kept: Vec<(String, OsString)> = ["PATH", "HOME", "LANG"].into_iter().filter_map(kept).collect();
        command.env_clear().envs(kept).env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUTF8", "1");
        let (base, path) = self.base;
        command.env(base, format!("{}{path}", model.url())).env(self.key, KEY);
        command.env("MG_URL", url).env("MG_TOKEN", token).env("MG_MODEL", "scripted");
        command.arg(script).args(question).kill_on_drop(true);
        Ok(command)
    }
}
