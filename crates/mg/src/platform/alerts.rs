//! Wiring: from the configuration to whoever is told.

use std::sync::Arc;

use mg_core::Clock;
use mg_server::alert::{AlertWatch, Alerts, Channels};

use super::Platform;
use crate::config::Config;

/// The channels of the configuration; every name in it is checked.
pub(crate) fn channels(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Channels> {
    let settings = config.alerts.settings(config.server.public_url.clone())?;
    Ok(Channels::new(settings, &dags()?, clock)?)
}

impl Platform {
    /// Begins to tell what happens through `channels`.
    pub(crate) fn start_alerts(&self, channels: Channels) -> AlertWatch {
        AlertWatch::start(Alerts::new(self.app.store.clone(), &self.app.models, channels))
    }
}

/// What a route may name: DAGs, and datasets, which KPIs are told of with.
fn dags() -> anyhow::Result<Vec<String>> {
    let mut names: Vec<String> = mg_dags::all()?.iter().map(|dag| dag.name.to_owned()).collect();
    names.push("collecte".to_owned());
    names.extend(mg_spiders::all().iter().map(|spider| spider.info().name.to_owned()));
    names.sort();
    names.dedup();
    Ok(names)
}
