//! One visit: open the page, wait and act as asked, read what it became.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chromiumoxide::Page as Tab;
use chromiumoxide::cdp::browser_protocol::page::{CaptureScreenshotFormat, Viewport};
use chromiumoxide::cdp::js_protocol::runtime::EvaluateParams;
use chromiumoxide::error::CdpError;
use chromiumoxide::page::ScreenshotParams;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use url::Url;

use super::events::{Document, Events, Progress};
use super::page::Page;
use super::seat::Place;
use super::{Browser, BrowserError, Extent, Step, Until, Visit, Visited};

const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// A picture of more would take more memory than a page is worth.
const LARGEST: (f64, f64) = (2560.0, 16384.0);

/// What a page is, written out, unless that is longer than the limit.
const READ: &str = "(limit => {
    const type = document.doctype ? new XMLSerializer().serializeToString(document.doctype) + '\\n' : '';
    const html = type + (document.documentElement ? document.documentElement.outerHTML : '');
    return { url: location.href, html: html.length > limit ? null : html };
})";

/// Scrolls to the end while that makes the page longer; a second without that is the end.
const SCROLL: &str = "(async atMost => {
    for (let times = 0; times < atMost; times++) {
        const before = document.documentElement.scrollHeight;
        window.scrollTo(0, before);
        const end = performance.now() + 1000;
        while (document.documentElement.scrollHeight <= before) {
            if (performance.now() > end) return;
            await new Promise(resolve => setTimeout(resolve, 50));
        }
    }
})";

/// Does a visit in the browser that the place is in, within the visit's time.
pub(super) async fn visit(place: Place, visit: &Visit) -> Result<Visited, BrowserError> {
    let browser = place.browser().clone();
    let waited_for = Mutex::new("the browser".to_owned());
    let stay = timeout(visit.timeout, async {
        let page = Page::open(place).await?;
        let events = Events::of(page.tab(), visit).await?;
        let stay = Stay { tab: page.tab(), visit, progress: events.progress(), waited_for: &waited_for };
        tokio::select! {
            biased;
            error = events.follow(page.tab(), visit) => Err(error),
            error = stay.open() => Err(error),
            visited = stay.take_steps() => visited,
        }
    });
    match browser.gone.run_until_cancelled(stay).await {
        None => Err(BrowserError::Gone),
        Some(Ok(visited)) => visited.map_err(|error| explained(error, &browser)),
        Some(Err(_)) => Err(BrowserError::Timeout {
            url: visit.url.clone(),
            limit_ms: visit.timeout.as_millis(),
            waited_for: waited_for.into_inner().unwrap_or_else(PoisonError::into_inner),
        }),
    }
}

/// To Chromium, what the proxy refuses is a connection like any other that fails.
fn explained(error: BrowserError, browser: &Browser) -> BrowserError {
    match error {
        BrowserError::NotOpened { url, reason } => match browser.proxy.refusal(&url) {
            Some(refused) => BrowserError::Refused { url, reason: refused },
            None => BrowserError::NotOpened { url, reason },
        },
        other => other,
    }
}

/// A visit that is under way.
struct Stay<'a> {
    tab: &'a Tab,
    visit: &'a Visit,
    progress: watch::Receiver<Progress>,
    waited_for: &'a Mutex<String>,
}

#[derive(Deserialize)]
struct Reading {
    url: Url,
    html: Option<String>,
}

impl Stay<'_> {
    /// Goes to the page. Ends only if it does not come: that it is there is told by its events.
    async fn open(&self) -> BrowserError {
        let opened = self.tab.goto(self.visit.url.as_str()).await;
        let Err(error) = opened else { return std::future::pending().await };
        // A page that goes elsewhere by itself aborts what it was opened with; a download never begins to load.
        if self.progress.borrow().has_reached("init") {
            return std::future::pending().await;
        }
        self.unopened(error.to_string())
    }

    fn unopened(&self, reason: String) -> BrowserError {
        let asked = self.progress.borrow().asked_url();
        BrowserError::NotOpened { url: asked.unwrap_or_else(|| self.visit.url.clone()), reason }
    }

    async fn take_steps(&self) -> Result<Visited, BrowserError> {
        self.waits_for("an answer");
        self.reached(|progress| progress.document.is_some()).await?;
        self.check_document()?;
        // From here on, the page is no longer the empty one that it began as.
        self.reached(|progress| progress.has_reached("init")).await?;
        for step in &self.visit.steps {
            match step {
                Step::Wait(until) => self.wait(until).await?,
                Step::Click(selector) => self.click(selector).await?,
                Step::ScrollToEnd { at_most } => self.scroll(*at_most).await?,
            }
        }
        self.check_document()?;
        self.read().await
    }

    /// An answer of the proxy's own is no page.
    fn check_document(&self) -> Result<(), BrowserError> {
        let document = self.document()?;
        let Some(said) =
            document.proxy_status.as_deref().and_then(|status| status.strip_prefix("mg; error="))
        else {
            return Ok(());
        };
        let url = Url::parse(&document.url).unwrap_or_else(|_| self.visit.url.clone());
        Err(BrowserError::NotOpened { url, reason: said.to_owned() })
    }

    async fn wait(&self, until: &Until) -> Result<(), BrowserError> {
        match until {
            Until::Loaded => {
                self.waits_for("all that the page names to be loaded");
                self.reached(|progress| progress.has_reached("load")).await
            }
            Until::NetworkIdle => {
                self.waits_for("the page to load nothing more");
                self.reached(|progress| progress.has_reached("networkIdle")).await
            }
            Until::Selector(selector) => {
                self.waits_for(&format!("something that matches `{selector}`"));
                self.holds(selector, &format!("!!document.querySelector({})", json!(selector))).await
            }
            Until::Script(script) => {
                self.waits_for(&format!("`{script}` to be true"));
                let tried = format!("(() => {{ try {{ return !!({script}) }} catch {{ return false }} }})()");
                self.holds(script, &tried).await
            }
        }
    }

    async fn click(&self, selector: &str) -> Result<(), BrowserError> {
        self.wait(&Until::Selector(selector.to_owned())).await?;
        self.waits_for(&format!("`{selector}` to let itself be clicked"));
        loop {
            // It may be hidden still, or have been replaced since it was found.
            if let Ok(element) = self.tab.find_element(selector).await
                && element.click().await.is_ok()
            {
                return Ok(());
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    async fn scroll(&self, at_most: u32) -> Result<(), BrowserError> {
        self.waits_for("the end of the page");
        self.reached(|progress| progress.has_reached("DOMContentLoaded")).await?;
        self.evaluate("scrolling", format!("{SCROLL}({at_most})")).await.map(drop)
    }

    async fn read(&self) -> Result<Visited, BrowserError> {
        self.waits_for("the page's HTML");
        let limit_bytes = self.visit.body_bytes;
        let reading = loop {
            let read = self.evaluate("reading the page", format!("{READ}({limit_bytes})")).await?;
            if let Some(value) = read {
                break serde_json::from_value::<Reading>(value);
            }
            sleep(LOOK_AGAIN).await;
        };
        let Reading { url, html } = reading.map_err(|error| BrowserError::Protocol(error.to_string()))?;
        // What Chromium shows in the place of a page.
        if url.scheme() == "chrome-error" {
            return Err(self.unopened("Chromium shows an error".to_owned()));
        }
        let html = html.filter(|html| html.len() as u64 <= limit_bytes);
        let html = html.ok_or_else(|| BrowserError::TooLarge { url: url.clone(), limit_bytes })?;
        let screenshot = match self.visit.screenshot {
            Some(extent) => Some(self.picture(extent).await?),
            None => None,
        };
        let Document { status, media_type, .. } = self.document()?;
        Ok(Visited { url, status, media_type, html, screenshot })
    }

    async fn picture(&self, extent: Extent) -> Result<Vec<u8>, BrowserError> {
        self.waits_for("a picture of the page");
        let mut params = ScreenshotParams::builder().format(CaptureScreenshotFormat::Png);
        if extent == Extent::Page {
            let size = self.tab.layout_metrics().await?.css_content_size;
            let (width, height) = (size.width.min(LARGEST.0), size.height.min(LARGEST.1));
            params = params.clip(Viewport { x: 0.0, y: 0.0, width, height, scale: 1.0 });
            params = params.capture_beyond_viewport(true);
        }
        Ok(self.tab.screenshot(params.build()).await?)
    }

    /// Looks until an expression is true.
    async fn holds(&self, said: &str, expression: &str) -> Result<(), BrowserError> {
        while self.evaluate(said, expression.to_owned()).await? != Some(Value::Bool(true)) {
            sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    /// The value of an expression; `None` if the page left while it was reckoned.
    async fn evaluate(&self, said: &str, expression: String) -> Result<Option<Value>, BrowserError> {
        let mut params = EvaluateParams::new(expression);
        params.return_by_value = Some(true);
        params.await_promise = Some(true);
        match self.tab.evaluate_expression(params).await {
            Ok(result) => Ok(result.value().cloned()),
            Err(CdpError::JavascriptException(details)) => {
                let thrown = details.exception.as_ref().and_then(|thrown| thrown.description.clone());
                let reason = thrown.unwrap_or(details.text);
                let reason = reason.lines().next().unwrap_or_default().to_owned();
                Err(BrowserError::Script { script: said.to_owned(), reason })
            }
            Err(CdpError::Chrome(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn reached(&self, what: impl Fn(&Progress) -> bool) -> Result<(), BrowserError> {
        let mut progress = self.progress.clone();
        progress.wait_for(|progress| what(progress)).await.map(drop).map_err(|_| BrowserError::Gone)
    }

    fn document(&self) -> Result<Document, BrowserError> {
        let document = self.progress.borrow().document.clone();
        document.ok_or_else(|| BrowserError::Protocol("the page has no document".to_owned()))
    }

    fn waits_for(&self, what: &str) {
        *self.waited_for.lock().unwrap_or_else(PoisonError::into_inner) = what.to_owned();
    }
}
