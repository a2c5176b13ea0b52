//! What a demo prints for people to connect with, read as they would.

use anyhow::Context;
use serde_json::Value;

/// The printed ways in.
pub(super) struct Announced {
    /// The endpoint.
    pub(super) url: String,
    /// A token that reads.
    pub(super) viewer: String,
    /// A token that launches too.
    pub(super) editor: String,
    /// The line for Claude Code.
    pub(super) claude: String,
    /// The content of mcp.json.
    pub(super) vs_code: Value,
    /// The lines for a shell.
    pub(super) curl: String,
}

impl Announced {
    /// Takes them from what the demo said.
    pub(super) fn read(said: &[String]) -> anyhow::Result<Self> {
        let line =
            |text: &str| said.iter().find(|line| line.contains(text)).with_context(|| format!("no {text}"));
        let last_word = |text: &str| {
            let word = line(text)?.split_whitespace().next_back().map(str::to_owned);
            word.with_context(|| format!("nothing after {text}"))
        };
        Ok(Self {
            url: last_word("MCP (mg-data-mcp):")?,
            viewer: last_word("viewer (")?,
            editor: last_word("editor (")?,
            claude: line("claude mcp add")?.trim().to_owned(),
            vs_code: serde_json::from_str(&paragraph(said, ".vscode/mcp.json")).context("mcp.json")?,
            curl: paragraph(said, "curl:"),
        })
    }
}

/// The lines below the one that contains `title`, up to an empty one.
fn paragraph(said: &[String], title: &str) -> String {
    let below = said.iter().skip_while(|line| !line.contains(title)).skip(1);
    below.take_while(|line| !line.trim().is_empty()).map(|line| format!("{line}\n")).collect()
}
