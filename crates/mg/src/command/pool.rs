//! `mg pool`: how many tasks of a kind run at a time.

use std::process::ExitCode;

use mg_server::app::{PoolReport, list_pools, reset_pool, set_pool};

use crate::cli::PoolCommand;
use crate::config::Config;
use crate::platform::{Access, Platform};
use crate::show::{self, outln};

/// Does what the command line asks for.
pub(super) async fn run(config: &Config, command: &PoolCommand, json: bool) -> anyhow::Result<ExitCode> {
    let access = if matches!(command, PoolCommand::List) { Access::Read } else { Access::Borrow };
    let platform = Platform::open(config, "mg pool", access).await?;
    let answered = answer(&platform, command, json).await;
    platform.close().await?;
    answered?;
    Ok(ExitCode::SUCCESS)
}

async fn answer(platform: &Platform, command: &PoolCommand, json: bool) -> anyhow::Result<()> {
    let (ctx, app) = (platform.operator(), &platform.app);
    match command {
        PoolCommand::List => {
            let pools = list_pools(&ctx, app).await?.pools;
            if json {
                return show::json(&pools);
            }
            let headers = ["Nom / name", "Places / slots", "Selon le code / in code", "Fixées par / set by"];
            let mut table = show::table(&headers, &[1, 2]);
            for PoolReport { name, slots, code_slots, set_by, .. } in pools {
                let code_slots = code_slots.map(|slots| slots.to_string()).unwrap_or_default();
                table.add_row([name, slots.to_string(), code_slots, set_by.unwrap_or_default()]);
            }
            show::print(table)
        }
        PoolCommand::Set { pool, slots } => told(&set_pool(&ctx, app, pool, *slots).await?, json),
        PoolCommand::Reset { pool } => told(&reset_pool(&ctx, app, pool).await?, json),
    }
}

fn told(pool: &PoolReport, json: bool) -> anyhow::Result<()> {
    if json {
        return show::json(pool);
    }
    outln!("{}: {} places / slots", pool.name, pool.slots);
    Ok(())
}
