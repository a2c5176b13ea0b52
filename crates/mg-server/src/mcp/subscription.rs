//! Subscriptions: who listens to a run is told when its state changes, who listens to a KPI when
//! it was measured anew.
//!
//! One poller a process asks the database each second, for as long as anybody listens and for
//! what is listened to alone; it does not matter which process executes the run. Streams and
//! what one of them may name are bounded.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mg_core::{OpContext, RunId};
use mg_store::{Store, StoreError};
use rmcp::ErrorData;
use rmcp::model::SubscriptionFilter;
use rmcp::service::SubscriptionContext;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::resource::Address;

/// How often the database is asked.
const POLL: Duration = Duration::from_secs(1);
/// Streams at a time in one process.
const STREAMS: usize = 200;
/// Streams at a time of one principal.
const OWN_STREAMS: usize = 16;
/// Resources that one stream may name.
const NAMED: usize = 64;
/// Changes that a slow stream may lag behind before it is told of everything that it named.
const BACKLOG: usize = 256;

/// What is listened to in this process.
#[derive(Debug, Clone)]
pub(super) struct Watch(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    watched: Mutex<Watched>,
    news: broadcast::Sender<Address>,
}

#[derive(Debug, Default)]
struct Watched {
    /// Streams by principal: number of the token, none for the operator.
    streams: HashMap<Option<i64>, usize>,
    polling: bool,
    resources: HashMap<Address, Resource>,
}

#[derive(Debug)]
struct Resource {
    streams: usize,
    version: Option<String>,
}

/// The part of a filter that can be listened to: runs and KPIs, by their addresses.
pub(super) fn accepted(requested: &SubscriptionFilter) -> SubscriptionFilter {
    let uris = requested.resource_subscriptions.iter().flatten();
    let runs_and_kpis =
        uris.filter(|uri| matches!(Address::parse(uri), Some(Address::Run(_) | Address::Kpi(_))));
    let uris: Vec<String> = runs_and_kpis.take(NAMED).cloned().collect();
    let mut accepted = SubscriptionFilter::new();
    accepted.resource_subscriptions = (!uris.is_empty()).then_some(uris);
    accepted
}

impl Watch {
    pub(super) fn new(store: Store) -> Self {
        let (news, _) = broadcast::channel(BACKLOG);
        Self(Arc::new(Inner { store, watched: Mutex::default(), news }))
    }

    /// Tells one stream what it asked for, until it closes.
    pub(super) async fn listen(
        &self,
        ctx: &OpContext,
        context: SubscriptionContext,
    ) -> Result<(), ErrorData> {
        let uris = context.accepted().resource_subscriptions.iter().flatten();
        let named: HashSet<Address> = uris.filter_map(|uri| Address::parse(uri)).collect();
        if named.is_empty() {
            context.cancelled().await;
            return Ok(());
        }
        // In this order nothing falls between: what changes after the look is news.
        let mut news = self.0.news.subscribe();
        let present = versions(&self.0.store, named.iter()).await.map_err(unwatchable)?;
        let token = ctx.principal.token;
        let _place = self.0.join(token, &named, &present).ok_or_else(|| {
            ErrorData::internal_error(
                format!(
                    "As many streams are open as may be, {OWN_STREAMS} of one token and {STREAMS} in all; close \
                     one, or read the resource from time to time."
                ),
                None,
            )
        })?;
        // Who comes after a run's end would wait for ever.
        for address in named.iter().filter(|address| present.get(address).is_some_and(|at| at.ended)) {
            if context.sink().notify_resource_updated(address.uri()).await.is_err() {
                return Ok(());
            }
        }
        loop {
            let heard = tokio::select! {
                () = context.cancelled() => return Ok(()),
                heard = news.recv() => heard,
            };
            let changed: Vec<&Address> = match heard {
                Ok(address) => named.get(&address).into_iter().collect(),
                Err(RecvError::Lagged(_)) => named.iter().collect(),
                Err(RecvError::Closed) => return Ok(()),
            };
            for address in changed {
                if context.sink().notify_resource_updated(address.uri()).await.is_err() {
                    return Ok(());
                }
            }
        }
    }
}

impl Inner {
    fn watched(&self) -> MutexGuard<'_, Watched> {
        // Nothing in there is left half done.
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a stream in, and begins to poll for the first; `None` when there are too many.
    fn join(
        self: &Arc<Self>,
        token: Option<i64>,
        named: &HashSet<Address>,
        present: &Versions,
    ) -> Option<Place> {
        let mut watched = self.watched();
        if watched.streams.values().sum::<usize>() >= STREAMS {
            return None;
        }
        let own = watched.streams.entry(token).or_default();
        if *own >= OWN_STREAMS {
            return None;
        }
        *own += 1;
        for address in named {
            let version = present.get(address).map(|at| at.version.clone());
            let resource =
                watched.resources.entry(address.clone()).or_insert(Resource { streams: 0, version });
            resource.streams += 1;
        }
        if !std::mem::replace(&mut watched.polling, true) {
            tokio::spawn(poll(Arc::clone(self)));
        }
        Some(Place { inner: Arc::clone(self), token, named: named.clone() })
    }
}

/// A stream that is counted in; dropping it counts it out.
struct Place {
    inner: Arc<Inner>,
    token: Option<i64>,
    named: HashSet<Address>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut watched = self.inner.watched();
        if let Some(own) = watched.streams.get_mut(&self.token) {
            *own = own.saturating_sub(1);
        }
        watched.streams.retain(|_, streams| *streams > 0);
        for address in &self.named {
            if let Some(resource) = watched.resources.get_mut(address) {
                resource.streams = resource.streams.saturating_sub(1);
            }
        }
        watched.resources.retain(|_, resource| resource.streams > 0);
    }
}

/// Looks at all that is watched until nothing is.
async fn poll(inner: Arc<Inner>) {
    loop {
        tokio::time::sleep(POLL).await;
        let named: Vec<Address> = {
            let mut watched = inner.watched();
            if watched.resources.is_empty() {
                watched.polling = false;
                return;
            }
            watched.resources.keys().cloned().collect()
        };
        let present = match versions(&inner.store, named.iter()).await {
            Ok(present) => present,
            Err(error) => {
                tracing::warn!(%error, "what is listened to could not be read; it is tried again");
                continue;
            }
        };
        let mut watched = inner.watched();
        for (address, at) in present {
            let Some(resource) = watched.resources.get_mut(&address) else { continue };
            if resource.version.as_ref() != Some(&at.version) {
                resource.version = Some(at.version);
                // Nobody may be listening just now.
                let _ = inner.news.send(address);
            }
        }
    }
}

struct At {
    version: String,
    ended: bool,
}

type Versions = HashMap<Address, At>;

async fn versions<'a>(
    store: &Store,
    named: impl Iterator<Item = &'a Address>,
) -> Result<Versions, StoreError> {
    let (mut runs, mut kpis) = (Vec::new(), Vec::new());
    for address in named {
        match address {
            Address::Run(RunId(id)) => runs.push(*id),
            Address::Kpi(name) => kpis.push(name.clone()),
            Address::Schema | Address::Stats | Address::Table(_) => {}
        }
    }
    let mut versions = Versions::new();
    if !runs.is_empty() {
        for at in store.run_versions(&runs).await? {
            let Ok(id) = at.name.parse() else { continue };
            versions.insert(Address::Run(RunId(id)), At { version: at.version, ended: at.ended });
        }
    }
    if !kpis.is_empty() {
        for at in store.kpi_versions(&kpis).await? {
            versions.insert(Address::Kpi(at.name), At { version: at.version, ended: at.ended });
        }
    }
    Ok(versions)
}

fn unwatchable(error: StoreError) -> ErrorData {
    super::failure(&error.into())
}
