//! `mg migrate`: the database in the shape that this version needs.

use std::process::ExitCode;

use serde_json::json;

use crate::config::Config;
use crate::platform::{Access, Platform};
use crate::show::{self, outln};

/// Migrates, sets up logins and rights, installs the models.
pub(super) async fn run(config: &Config, as_json: bool) -> anyhow::Result<ExitCode> {
    // Opening does all of it; what is left is to tell.
    let platform = Platform::open(config, "mg migrate", Access::Own).await?;
    let version = platform.app.store.server_version().await;
    let gaps = platform.app.store.gaps().to_vec();
    platform.close().await?;
    let version = version?;
    if as_json {
        show::json(&json!({ "postgres": version, "migrated": true, "not_locked_down": gaps }))?;
    } else {
        outln!("The database (Postgres {version}) is migrated.");
        for gap in gaps {
            outln!("Not locked down: {gap}.");
        }
    }
    Ok(ExitCode::SUCCESS)
}
