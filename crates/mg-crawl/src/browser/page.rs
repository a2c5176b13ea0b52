//! A page in a context of its own: no cookie, cache or window is shared with another, and all goes with it.

use std::time::Duration;

use chromiumoxide::Page as Tab;
use chromiumoxide::cdp::browser_protocol::browser::{
    BrowserContextId, SetDownloadBehaviorBehavior, SetDownloadBehaviorParams,
};
use chromiumoxide::cdp::browser_protocol::target::{CreateBrowserContextParams, CreateTargetParams};
use tokio::time::timeout;

use super::BrowserError;
use super::seat::Place;

/// Longest wait for what Chromium does in no time.
const PROMPTLY: Duration = Duration::from_secs(5);

/// An open page. Dropped, it is closed, and its place in the pool is free once it is.
#[derive(Debug)]
pub(super) struct Page {
    _context: Context,
    tab: Tab,
}

impl Page {
    /// An empty page in the browser that the place is in.
    pub(super) async fn open(place: Place) -> Result<Self, BrowserError> {
        let params = CreateBrowserContextParams::builder().dispose_on_detach(true).build();
        // Asked for on a task of its own: a context is known to us even if nobody waits any longer.
        let browser = place.browser().clone();
        let made = tokio::spawn(async move {
            let asked = timeout(PROMPTLY, browser.line.create_browser_context(params)).await;
            let silent = |_| BrowserError::Protocol("no answer within 5 s".to_owned());
            let id = asked.map_err(silent).inspect_err(|_| place.wear_out())??;
            Ok::<_, BrowserError>((browser, id.clone(), Context(Some((id, place)))))
        });
        let made = made.await.map_err(|error| BrowserError::Protocol(error.to_string()))?;
        let (browser, id, context) = made?;
        let deny = SetDownloadBehaviorParams {
            behavior: SetDownloadBehaviorBehavior::Deny,
            browser_context_id: Some(id.clone()),
            download_path: None,
            events_enabled: None,
        };
        browser.line.execute(deny).await?;
        let mut blank = CreateTargetParams::new("about:blank");
        blank.browser_context_id = Some(id);
        let tab = browser.line.new_page(blank).await?;
        Ok(Self { _context: context, tab })
    }

    /// The line to it.
    pub(super) fn tab(&self) -> &Tab {
        &self.tab
    }
}

/// What a page and the windows that it opens live in.
#[derive(Debug)]
struct Context(Option<(BrowserContextId, Place)>);

impl Drop for Context {
    fn drop(&mut self) {
        let Some((id, place)) = self.0.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            let browser = place.browser().clone();
            let closing = timeout(PROMPTLY, browser.line.dispose_browser_context(id));
            let closed = browser.gone.run_until_cancelled(closing).await;
            // A browser that cannot close a page is not lent again.
            if !matches!(closed, Some(Ok(Ok(())))) {
                place.wear_out();
            }
        });
    }
}
