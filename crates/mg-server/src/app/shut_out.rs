//! Until when an open stream may go on.

use std::time::Duration;

use mg_core::OpContext;

use super::App;

/// How often the token of an open stream is looked at.
const LOOK: Duration = Duration::from_secs(10);

/// Waits until the caller's token is revoked or runs out; for ever when it showed none.
pub(crate) async fn until_shut_out(ctx: &OpContext, app: &App) {
    let Some(token) = ctx.principal.token else { return std::future::pending().await };
    loop {
        tokio::select! {
            () = app.signals.changed() => {}
            // It may run out by itself.
            () = tokio::time::sleep(LOOK) => {}
        }
        if let Ok(false) = app.store.is_live_token(token, ctx.now()).await {
            return;
        }
    }
}
