//! `mg stats` and `mg://stats`: how calls went.

use chrono::TimeDelta;
use mg_core::{OpContext, Role};
use mg_store::audit::CallStatistics;

use super::App;
use crate::Problem;

/// The calls of the last `hours`, by tool: an admin's answer covers every principal, anyone
/// else's its own calls.
pub async fn call_statistics(ctx: &OpContext, app: &App, hours: u32) -> Result<Vec<CallStatistics>, Problem> {
    let since = ctx.now() - TimeDelta::hours(i64::from(hours));
    let principal = &ctx.principal;
    let own = (principal.role < Role::Admin).then_some((principal.name.as_str(), principal.token));
    Ok(app.store.call_statistics(since, own).await?)
}
