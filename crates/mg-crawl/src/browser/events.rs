//! What a page's browser tells while a visit lasts, and what must be answered at once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chromiumoxide::Page as Tab;
use chromiumoxide::cdp::IntoEventKind;
use chromiumoxide::cdp::browser_protocol::fetch::{
    ContinueRequestParams, EnableParams as InterceptParams, EventRequestPaused, FailRequestParams,
    RequestPattern,
};
use chromiumoxide::cdp::browser_protocol::inspector::{EnableParams as InspectParams, EventTargetCrashed};
use chromiumoxide::cdp::browser_protocol::network::{
    ErrorReason, EventDataReceived, EventLoadingFailed, EventRequestWillBeSent, EventResponseReceived,
    LoaderId, RequestId, ResourceType,
};
use chromiumoxide::cdp::browser_protocol::page::{
    EventJavascriptDialogOpening, EventLifecycleEvent, FrameId, HandleJavaScriptDialogParams,
};
use futures::StreamExt;
use futures::stream::{BoxStream, SelectAll};
use tokio::sync::watch;
use url::Url;

use super::{BrowserError, Resource, Visit};

/// How far the page is.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// The document that the page asked for last: its request and its URL.
    asked: Option<(RequestId, String)>,
    /// The request for a document that failed last, and Chromium's name for why.
    failed: Option<(RequestId, String)>,
    /// The document that it was given last.
    pub(super) document: Option<Document>,
    /// What each document went through: `load`, `networkIdle`. Told apart from when a document is given, and
    /// it may be heard sooner.
    reached: HashMap<LoaderId, HashSet<String>>,
}

/// A document as it came over the network.
#[derive(Debug, Clone)]
pub(super) struct Document {
    loader: LoaderId,
    pub(super) url: String,
    pub(super) status: u16,
    pub(super) media_type: String,
    /// What the proxy says of an answer of its own (RFC 9209).
    pub(super) proxy_status: Option<String>,
}

impl Progress {
    /// The URL that the page asked for last as its document.
    pub(super) fn asked_url(&self) -> Option<Url> {
        self.asked.as_ref().and_then(|(_, url)| Url::parse(url).ok())
    }

    /// Whether the present document went through this.
    pub(super) fn has_reached(&self, name: &str) -> bool {
        let reached = self.document.as_ref().and_then(|document| self.reached.get(&document.loader));
        reached.is_some_and(|reached| reached.contains(name))
    }
}

/// The page's events, from before it goes anywhere.
pub(super) struct Events {
    stream: SelectAll<BoxStream<'static, Event>>,
    main: FrameId,
    progress: watch::Sender<Progress>,
}

enum Event {
    Asked(Arc<EventRequestWillBeSent>),
    Answered(Arc<EventResponseReceived>),
    Reached(Arc<EventLifecycleEvent>),
    Failed(Arc<EventLoadingFailed>),
    Received(u64),
    Paused(Arc<EventRequestPaused>),
    Dialog,
    Crashed,
}

impl Events {
    /// Begins to listen, and has the browser hold what is to be judged before it is asked for.
    pub(super) async fn of(tab: &Tab, visit: &Visit) -> Result<Self, BrowserError> {
        let mut stream = SelectAll::new();
        stream.push(heard(tab, |event: Arc<EventRequestWillBeSent>| Event::Asked(event)).await?);
        stream.push(heard(tab, |event: Arc<EventResponseReceived>| Event::Answered(event)).await?);
        stream.push(heard(tab, |event: Arc<EventLifecycleEvent>| Event::Reached(event)).await?);
        stream.push(heard(tab, |event: Arc<EventLoadingFailed>| Event::Failed(event)).await?);
        let bytes = |event: Arc<EventDataReceived>| u64::try_from(event.data_length).unwrap_or(0);
        stream.push(heard(tab, move |event| Event::Received(bytes(event))).await?);
        stream.push(heard(tab, |event: Arc<EventRequestPaused>| Event::Paused(event)).await?);
        stream.push(heard(tab, |_: Arc<EventJavascriptDialogOpening>| Event::Dialog).await?);
        stream.push(heard(tab, |_: Arc<EventTargetCrashed>| Event::Crashed).await?);
        tab.execute(InspectParams::default()).await?;
        let patterns: Vec<_> = held(visit).into_iter().map(pattern).collect();
        if !patterns.is_empty() {
            tab.execute(InterceptParams { patterns: Some(patterns), handle_auth_requests: None }).await?;
        }
        let main = tab.mainframe().await?.ok_or(BrowserError::Gone)?;
        Ok(Self { stream, main, progress: watch::Sender::default() })
    }

    /// How far the page is, from now on.
    pub(super) fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Notes and answers events until one of them ends the visit.
    pub(super) async fn follow(mut self, tab: &Tab, visit: &Visit) -> BrowserError {
        let mut received = 0;
        while let Some(event) = self.stream.next().await {
            match event {
                Event::Crashed => return BrowserError::PageCrashed(visit.url.clone()),
                Event::Received(bytes) => {
                    received += bytes;
                    if received > visit.body_bytes {
                        return BrowserError::TooLarge {
                            url: visit.url.clone(),
                            limit_bytes: visit.body_bytes,
                        };
                    }
                }
                // A page that asks something would wait for ever.
                Event::Dialog => {
                    let _ = tab.execute(HandleJavaScriptDialogParams::new(false)).await;
                }
                Event::Paused(paused) => {
                    if let Some(refused) = self.answer(tab, &paused, visit).await {
                        return refused;
                    }
                }
                Event::Failed(failed) => self.failed(&failed),
                Event::Asked(asked) => self.asked(&asked),
                Event::Answered(answered) => self.answered(&answered),
                Event::Reached(reached) => self.reached(&reached),
            }
            // Looked at after each, since events of different kinds come in any order.
            if let Some((url, reason)) = self.unopened() {
                return BrowserError::NotOpened { url, reason };
            }
        }
        BrowserError::Gone
    }

    /// Lets a request that was held go, or not; every one is answered, or the page would hang.
    // `&mut`, since a stream may be sent to another thread and not be shared between two.
    async fn answer(
        &mut self,
        tab: &Tab,
        paused: &EventRequestPaused,
        visit: &Visit,
    ) -> Option<BrowserError> {
        let document = paused.resource_type == ResourceType::Document;
        let refused = match (&visit.within, Url::parse(&paused.request.url)) {
            (Some(guard), Ok(url)) if document && paused.frame_id == self.main => {
                guard.check_url(&url).err().map(|reason| BrowserError::Refused { url, reason })
            }
            _ => None,
        };
        let id = paused.request_id.clone();
        if document && refused.is_none() {
            let _ = tab.execute(ContinueRequestParams::new(id)).await;
        } else {
            let _ = tab.execute(FailRequestParams::new(id, ErrorReason::BlockedByClient)).await;
        }
        refused
    }

    /// A document that does not become a page, and why: nobody answers, or what comes is a download. One
    /// that was given up for another is no fault.
    fn unopened(&self) -> Option<(Url, String)> {
        let progress = self.progress.borrow();
        let (failed, reason) = progress.failed.as_ref()?;
        progress.asked.as_ref().filter(|(asked, _)| asked == failed)?;
        let answered = progress.document.as_ref().map(|document| document.loader.inner());
        let is_download = answered == Some(failed.inner()) && !progress.has_reached("init");
        let has_failed = answered.is_none() || reason != "net::ERR_ABORTED";
        (is_download || has_failed).then(|| Some((progress.asked_url()?, reason.clone())))?
    }

    fn failed(&self, failed: &EventLoadingFailed) {
        if failed.r#type == ResourceType::Document {
            let failed = (failed.request_id.clone(), failed.error_text.clone());
            self.progress.send_modify(|progress| progress.failed = Some(failed));
        }
    }

    fn asked(&self, asked: &EventRequestWillBeSent) {
        if asked.r#type == Some(ResourceType::Document) && asked.frame_id.as_ref() == Some(&self.main) {
            self.progress.send_modify(|progress| {
                progress.asked = Some((asked.request_id.clone(), asked.request.url.clone()));
            });
        }
    }

    fn answered(&self, answered: &EventResponseReceived) {
        if answered.r#type != ResourceType::Document || answered.frame_id.as_ref() != Some(&self.main) {
            return;
        }
        let response = &answered.response;
        let headers = response.headers.inner().as_object();
        let proxy_status = headers
            .and_then(|headers| headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("proxy-status")))
            .and_then(|(_, value)| value.as_str().map(str::to_owned));
        let document = Document {
            loader: answered.loader_id.clone(),
            url: response.url.clone(),
            status: u16::try_from(response.status).unwrap_or(0),
            media_type: response.mime_type.to_ascii_lowercase(),
            proxy_status,
        };
        self.progress.send_modify(|progress| {
            // Those before it are gone, whatever they still reach.
            progress.reached.retain(|loader, _| *loader == document.loader);
            progress.document = Some(document);
        });
    }

    fn reached(&self, reached: &EventLifecycleEvent) {
        if reached.frame_id == self.main {
            self.progress.send_modify(|progress| {
                progress.reached.entry(reached.loader_id.clone()).or_default().insert(reached.name.clone());
            });
        }
    }
}

async fn heard<E: IntoEventKind + Send + Sync + Unpin + 'static>(
    tab: &Tab,
    as_event: impl Fn(Arc<E>) -> Event + Send + 'static,
) -> Result<BoxStream<'static, Event>, BrowserError> {
    let stream = tab.event_listener::<E>().await?;
    Ok(stream.map(as_event).boxed())
}

/// What the browser holds until it is told: what is blocked, and documents if they have limits of their own.
fn held(visit: &Visit) -> Vec<ResourceType> {
    let blocked = visit.blocked.iter().map(|resource| match resource {
        Resource::Image => ResourceType::Image,
        Resource::Font => ResourceType::Font,
        Resource::Media => ResourceType::Media,
        Resource::Stylesheet => ResourceType::Stylesheet,
    });
    blocked.chain(visit.within.as_ref().map(|_| ResourceType::Document)).collect()
}

fn pattern(held: ResourceType) -> RequestPattern {
    RequestPattern { url_pattern: Some("*".to_owned()), resource_type: Some(held), request_stage: None }
}
