//! `mg token`: who may come in.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use mg_core::Clock;
use mg_server::app::scope_of;
use mg_server::{TokenRequest, create_token, list_tokens, revoke_token, rotate_token};
use mg_store::token::Token;
use serde_json::json;

use crate::cli::TokenCommand;
use crate::config::Config;
use crate::platform::{Access, Platform};
use crate::show::{self, outln};

/// Makes, lists or revokes tokens.
pub(super) async fn run(config: &Config, command: &TokenCommand, json: bool) -> anyhow::Result<ExitCode> {
    let platform = Platform::open(config, "mg token", Access::Read).await?;
    let done = act(&platform, command, json).await;
    platform.close().await?;
    done?;
    Ok(ExitCode::SUCCESS)
}

async fn act(platform: &Platform, command: &TokenCommand, json: bool) -> anyhow::Result<()> {
    let (ctx, store) = (platform.operator(), &platform.app.store);
    match command {
        TokenCommand::Create { name, role, communes, days } => {
            let scope = scope_of(&platform.app, communes)?;
            let request = TokenRequest { name, role: *role, scope: scope.clone(), days: *days };
            let token = create_token(&ctx, store, request).await?;
            if json {
                let ends = token.expires_at.map(|at| at.to_rfc3339());
                show::json(
                    &json!({ "name": name, "role": role, "scope": scope.to_string(), "token": token.secret, "expires_at": ends }),
                )?;
            } else {
                show::print(token.secret)?;
                eprintln!("Keep it now: it is not shown again. `mg token revoke {name}` ends it.");
            }
        }
        TokenCommand::List => {
            let tokens = list_tokens(store).await?;
            let now = Clock::now(platform.clock.as_ref());
            if json {
                let rows: Vec<_> = tokens.iter().map(|token| as_json(token, now)).collect();
                show::json(&rows)?;
            } else {
                show::print(as_table(&tokens, now))?;
            }
        }
        TokenCommand::Rotate { name, grace_hours } => {
            let token = rotate_token(&ctx, store, name, *grace_hours).await?;
            let ends = token.expires_at.map(|at| at.to_rfc3339());
            if json {
                show::json(&json!({ "name": name, "token": token.secret, "previous_until": ends }))?;
            } else {
                show::print(token.secret)?;
                eprintln!(
                    "Keep it now: it is not shown again. The secret before it opens for {grace_hours} h more."
                );
            }
        }
        TokenCommand::Revoke { name } => {
            revoke_token(&ctx, store, name).await?;
            if json {
                show::json(&json!({ "name": name, "state": "revoked" }))?;
            } else {
                outln!("Token {name} is revoked.");
            }
        }
    }
    Ok(())
}

fn state(token: &Token, now: DateTime<Utc>) -> &'static str {
    match (token.revoked_at, token.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(end)) if end <= now => "expired",
        _ => "live",
    }
}

fn as_json(token: &Token, now: DateTime<Utc>) -> serde_json::Value {
    let text = |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339());
    json!({
        "name": token.name,
        "role": token.role,
        "communes": token.communes,
        "state": state(token, now),
        "created_at": token.created_at.to_rfc3339(),
        "expires_at": text(token.expires_at),
        "previous_until": text(token.previous_until),
        "last_used_at": text(token.last_used_at),
    })
}

fn as_table(tokens: &[Token], now: DateTime<Utc>) -> comfy_table::Table {
    let day = |at: Option<DateTime<Utc>>| at.map_or("–".to_owned(), |at| at.format("%Y-%m-%d").to_string());
    let mut table = show::table(&["Name", "Role", "Communes", "State", "Created", "Ends", "Last used"], &[]);
    for token in tokens {
        table.add_row([
            token.name.clone(),
            token.role.clone(),
            token.communes.as_ref().map_or("all".to_owned(), |codes| codes.join(" ")),
            state(token, now).to_owned(),
            day(Some(token.created_at)),
            day(token.expires_at),
            day(token.last_used_at),
        ]);
    }
    table
}
