//! `mg pool`: how many tasks of a kind run at a time.

use std::process::ExitCode;

use mg_server::app::{list_pools, set_pool};

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
            let mut table = show::table(&["Nom / name", "Places / slots"], &[1]);
            for pool in pools {
                table.add_row([pool.name, pool.slots.to_string()]);
            }
            show::print(table)
        }
        PoolCommand::Set { pool, slots } => {
            let pool = set_pool(&ctx, app, pool, *slots).await?;
            if json {
                return show::json(&pool);
            }
            outln!("{}: {} places / slots", pool.name, pool.slots);
            Ok(())
        }
    }
}
