//! `mg audit`: is the record of calls whole, and what does it say.

use std::process::ExitCode;

use anyhow::{Context, bail};
use mg_store::Store;
use mg_store::audit::{AuditFault, ChainedLine};
use serde_json::json;

use crate::cli::AuditCommand;
use crate::config::Config;
use crate::platform::{Access, Platform};
use crate::show::{self, outln};

/// Verifies the record, or shows its end.
pub(super) async fn run(config: &Config, command: &AuditCommand, json: bool) -> anyhow::Result<ExitCode> {
    let platform = Platform::open(config, "mg audit", Access::Read).await?;
    let done = match command {
        AuditCommand::Verify { head } => verify(&platform.app.store, head.as_deref(), json).await,
        AuditCommand::Tail { lines, principal } => {
            tail(&platform.app.store, *lines, principal.as_deref(), json).await
        }
    };
    platform.close().await?;
    done
}

async fn verify(store: &Store, expected: Option<&str>, json: bool) -> anyhow::Result<ExitCode> {
    let verdict = store.verify_audit().await?;
    let mut fault = verdict.fault.as_ref().map(|fault| match fault {
        AuditFault::Changed(seq) => {
            format!("line {seq} is not what was written, or what stood before it is not")
        }
        AuditFault::Missing(seq) => format!("line {seq} is missing"),
    });
    if let (None, Some(expected)) = (&fault, expected) {
        let (seq, hash) =
            expected.split_once(':').context("a head is SEQ:HASH, as an earlier verification printed")?;
        let seq: i64 = seq.parse().context("a head begins with a number")?;
        if store.audit_hash(seq).await?.map(|hash| hex(&hash)).as_deref() != Some(hash) {
            fault = Some(format!("line {seq} is not the one that was noted"));
        }
    }
    let (seq, hash) = (verdict.head.0, hex(&verdict.head.1));
    if json {
        show::json(
            &json!({ "whole": fault.is_none(), "lines": verdict.lines, "head": format!("{seq}:{hash}"), "fault": fault }),
        )?;
    } else if fault.is_none() {
        outln!(
            "{} lines, all as they were written. Head, to be noted elsewhere: {seq}:{hash}",
            verdict.lines
        );
    }
    match fault {
        None => Ok(ExitCode::SUCCESS),
        Some(_) if json => Ok(ExitCode::FAILURE),
        Some(fault) => bail!("the audit is not whole: {fault}"),
    }
}

async fn tail(store: &Store, lines: u32, principal: Option<&str>, json: bool) -> anyhow::Result<ExitCode> {
    let mut found = store.audit_tail(lines.into(), principal).await?;
    found.reverse();
    if json {
        let found: Vec<_> = found.iter().map(as_json).collect();
        show::json(&found)?;
        return Ok(ExitCode::SUCCESS);
    }
    let headers = ["Line", "At", "Principal", "Tool", "Outcome", "ms", "Rows", "Asked"];
    let mut table = show::table(&headers, &[0, 5, 6]);
    for ChainedLine { seq, line, .. } in found {
        table.add_row([
            seq.to_string(),
            line.at.format("%Y-%m-%d %H:%M:%S").to_string(),
            line.principal,
            line.tool,
            line.outcome,
            format!("{:.1}", line.duration_us as f64 / 1e3),
            line.rows.map(|rows| rows.to_string()).unwrap_or_default(),
            line.request.unwrap_or_default(),
        ]);
    }
    show::print(table)?;
    Ok(ExitCode::SUCCESS)
}

fn as_json(line: &ChainedLine) -> serde_json::Value {
    json!({ "seq": line.seq, "line": line.line, "hash": hex(&line.hash) })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
