//! The portal as a whole: its start, its router, its end.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, RwLock};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::put;
use axum::{Json, Router, middleware};
use chrono::NaiveDate;
use mg_core::{Commune, Grain, Period};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::dido::{self, Catalogue, Edition};
use crate::dvf::{self, Sales};
use crate::permit::{List, Register};
use crate::place::Place;
use crate::request_log::{self, RequestLog, RequestSeen};
use crate::state::Shared;
use crate::trouble::{self, TroubleDesk};
use crate::truth::Truth;
use crate::{epci, listing, national, pages, populations};

/// What a portal plays.
#[derive(Debug, Clone)]
pub struct PortalConfig {
    /// The communes that it has data of.
    pub communes: Vec<Commune>,
    /// The day on which it stands: the latest edition is that of its month, and tells of
    /// what was authorised up to the end of the month before.
    pub today: NaiveDate,
    /// What chance starts from: the same seed, communes and day give the same data.
    pub seed: u64,
}

/// Why a portal did not start, or did not do as it was told.
#[derive(Debug, thiserror::Error)]
pub enum PortalError {
    /// The address could not be taken.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The data could not be made: a defect of the portal's, or the runtime is ending.
    #[error("cannot make the portal's data")]
    Data(#[from] tokio::task::JoinError),
    /// No edition has that name.
    #[error("there is no edition {0}")]
    UnknownMillesime(String),
}

/// A running portal. It ends when it is dropped; [`Portal::stop`] also waits for that.
pub struct Portal {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// The server ends when this is gone.
    running: Option<oneshot::Sender<()>>,
    server: JoinHandle<std::io::Result<()>>,
}

impl fmt::Debug for Portal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Portal").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Portal {
    /// Makes the data and serves them on `listen`; with port 0, on any free port.
    ///
    /// Fails when the address is taken or not this machine's.
    pub async fn start(config: PortalConfig, listen: SocketAddr) -> Result<Self, PortalError> {
        let failed = |source| PortalError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let shared = Arc::new(tokio::task::spawn_blocking(move || shared(&config)).await?);
        let (running, ended) = oneshot::channel::<()>();
        let app = router(shared.clone());
        let server = tokio::spawn(async move {
            let serve = axum::serve(listener, app);
            serve.with_graceful_shutdown(async { drop(ended.await) }).await
        });
        Ok(Self { address, shared, running: Some(running), server })
    }

    /// Where it is, such as `http://127.0.0.1:4001`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where trouble is ordered.
    pub fn trouble(&self) -> &TroubleDesk {
        &self.shared.trouble
    }

    /// The data behind the endpoints.
    pub fn truth(&self) -> &Truth {
        &self.shared.truth
    }

    /// The requests that it has answered, oldest first, its own endpoints' (`/_portal`)
    /// left out. Only the last 20,000 are kept.
    pub fn requests(&self) -> Vec<RequestSeen> {
        self.shared.requests.all()
    }

    /// Makes the edition called `millesime` the latest: later ones are not there, until
    /// they are published. Fails when there is no such edition.
    pub fn publish_up_to(&self, millesime: &str) -> Result<(), PortalError> {
        publish(&self.shared, millesime)
    }

    /// Ends it: requests under way are answered, then its port is free.
    pub async fn stop(mut self) {
        self.running.take();
        // The server ends with an error or a panic at worst: it has ended either way.
        drop((&mut self.server).await);
    }
}

fn publish(shared: &Shared, millesime: &str) -> Result<(), PortalError> {
    let unknown = || PortalError::UnknownMillesime(millesime.to_owned());
    shared.show(shared.truth.month(millesime).ok_or_else(unknown)?);
    Ok(())
}

/// Every endpoint.
fn router(shared: Arc<Shared>) -> Router {
    let played = Router::new()
        .nest("/dido/api/v1", dido::routes())
        .nest("/geo-dvf/latest/csv", dvf::routes())
        .merge(epci::routes())
        .merge(populations::routes())
        .merge(pages::routes())
        .layer(middleware::from_fn_with_state(shared.clone(), trouble::play))
        .layer(middleware::from_fn_with_state(shared.clone(), request_log::note));
    let own = trouble::routes().route("/edition", put(publish_edition));
    played.nest("/_portal", own).with_state(shared)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Publication {
    publish_up_to: String,
}

async fn publish_edition(State(shared): State<Arc<Shared>>, Json(asked): Json<Publication>) -> StatusCode {
    match publish(&shared, &asked.publish_up_to) {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::NOT_FOUND,
    }
}

/// Makes all data.
fn shared(config: &PortalConfig) -> Shared {
    let places: Vec<Place> = config.communes.iter().map(Place::of).collect();
    let latest = Period::holding(Grain::Month, config.today);
    let lists = List::ALL.map(|list| Register::draw(config.seed, list, &places, latest.minus(1)));
    let edition = |month: Period| Edition {
        month,
        newer_schema: month == latest,
        lists: std::array::from_fn(|index| lists[index].edition(month).into()),
        national: national::edition(config.seed, month).into(),
    };
    let editions: Arc<[Edition]> = [latest.minus(1), latest].map(edition).into();
    let sales = Arc::new(Sales::draw(config.seed, &places, config.today));
    let listings: Arc<[_]> = listing::draw(config.seed, &places, config.today).into();
    let catalogue = Catalogue::new(&editions);
    let populations = populations::draw(config.seed, &places, config.today).into();
    let truth = Truth { editions, sales: sales.clone(), listings: listings.clone(), populations };
    Shared {
        places,
        catalogue,
        sales,
        listings,
        truth,
        trouble: TroubleDesk::default(),
        requests: RequestLog::default(),
        published: RwLock::new(latest),
    }
}
