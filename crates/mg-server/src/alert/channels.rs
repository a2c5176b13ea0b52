//! Channels: the ways to whoever is told, by the names that routes have for them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lettre::message::Mailbox;
use mg_core::Clock;
use mg_store::alert::AlertRoute;
use rand::TryRng;
use rand::rngs::SysRng;
use reqwest::Client;
use tokio::time::timeout;

use super::letter::Letter;
use super::mail::{self, Post};
use super::settings::{AlertSettings, AlertSettingsError, RouteSettings, WebhookSettings};
use super::webhook;

/// What a channel's name begins with when it is a mail address.
const MAIL: &str = "mail:";

/// Why a message was not sent, this time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct SendFailure {
    /// What happened, without secrets and addresses.
    pub reason: String,
    /// How long the other end wants us to wait.
    pub retry_after: Option<Duration>,
}

impl SendFailure {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), retry_after: None }
    }
}

/// One way.
enum Channel {
    Mail { post: Post, to: Mailbox },
    Webhook { settings: WebhookSettings, key: Option<Vec<u8>> },
}

/// The ways there are, and who is told what.
#[derive(Clone)]
pub struct Channels {
    by_name: Arc<BTreeMap<String, Channel>>,
    routes: Arc<[AlertRoute]>,
    client: Client,
    clock: Arc<dyn Clock>,
    settings: Arc<AlertSettings>,
}

impl Channels {
    /// The channels of `settings`. `dags` are the names that routes may have: a misspelt one would
    /// tell nobody.
    pub fn new(
        settings: AlertSettings,
        dags: &[String],
        clock: Arc<dyn Clock>,
    ) -> Result<Self, AlertSettingsError> {
        if settings.window < Duration::from_secs(1) {
            return Err(AlertSettingsError("the window is at least a second".to_owned()));
        }
        mg_crawl::init_tls();
        let post = settings.mail.as_ref().map(|mail| Post::new(mail, settings.timeout)).transpose()?;
        let mut by_name = BTreeMap::new();
        for (name, webhook) in &settings.webhooks {
            let channel = Channel::Webhook { settings: webhook.clone(), key: webhook::key(name, webhook)? };
            by_name.insert(name.clone(), channel);
        }
        let mut routes = Vec::new();
        for route in &settings.routes {
            check(route, dags)?;
            for name in &route.to {
                if let Some(address) = name.strip_prefix(MAIL) {
                    let to = mail::mailbox(address)?;
                    let post = post.clone().ok_or_else(|| {
                        AlertSettingsError(format!("`{name}` needs a mail server: set alerts.mail"))
                    })?;
                    by_name.insert(name.clone(), Channel::Mail { post, to });
                } else if !by_name.contains_key(name) {
                    let known: Vec<&str> = settings.webhooks.keys().map(String::as_str).collect();
                    return Err(AlertSettingsError(format!(
                        "no webhook is named `{name}`; there are: {}; an address is `{MAIL}name@example.fr`",
                        known.join(", ")
                    )));
                }
                routes.extend(lines(route, name));
            }
        }
        let client = webhook::client(settings.timeout)?;
        Ok(Self {
            by_name: Arc::new(by_name),
            routes: routes.into(),
            client,
            clock,
            settings: Arc::new(settings),
        })
    }

    /// Their names.
    pub fn names(&self) -> Vec<String> {
        self.by_name.keys().cloned().collect()
    }

    /// Who is told what.
    pub(super) fn routes(&self) -> &[AlertRoute] {
        &self.routes
    }

    /// What they were made from.
    pub(super) fn settings(&self) -> &AlertSettings {
        &self.settings
    }

    /// Sends a message through the channel `name` that only shows that it works.
    pub async fn test(&self, name: &str) -> Result<(), SendFailure> {
        let mut id = [0; 16];
        SysRng
            .try_fill_bytes(&mut id)
            .map_err(|error| SendFailure::new(format!("the system gave no random bytes: {error}")))?;
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        self.send(&Letter::test(name, id, self.clock.now(), self.settings.public_url.clone())).await
    }

    /// Sends a letter through its channel.
    pub(super) async fn send(&self, letter: &Letter) -> Result<(), SendFailure> {
        let Some(channel) = self.by_name.get(&letter.channel) else {
            return Err(SendFailure::new("the channel is not configured"));
        };
        let sending = async {
            match channel {
                Channel::Mail { post, to } => post.send(to, letter).await,
                Channel::Webhook { settings, key } => {
                    let timestamp = self.clock.now().timestamp();
                    webhook::send(&self.client, settings, key.as_deref(), letter, timestamp).await
                }
            }
        };
        // Over the whole of it: a server that says a word now and then would not time out else.
        match timeout(self.settings.timeout, sending).await {
            Ok(sent) => sent,
            Err(_) => Err(SendFailure::new("the other end did not answer in time")),
        }
    }
}

impl std::fmt::Debug for Channels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Channels").field("count", &self.by_name.len()).finish_non_exhaustive()
    }
}

/// A channel's name as logs have it: no address of a person.
pub(super) fn label(channel: &str) -> String {
    match channel.strip_prefix(MAIL) {
        Some(address) => {
            let domain = address.rsplit('@').next().unwrap_or_default().trim_end_matches('>');
            format!("{MAIL}…@{domain}")
        }
        None => channel.to_owned(),
    }
}

/// A route that tells nobody, or nothing, is a slip.
fn check(route: &RouteSettings, dags: &[String]) -> Result<(), AlertSettingsError> {
    for (list, is_empty) in
        [("dags", route.dags.is_empty()), ("on", route.on.is_empty()), ("to", route.to.is_empty())]
    {
        if is_empty {
            return Err(AlertSettingsError(format!(
                "a route has an empty list `{list}`: it would tell nobody"
            )));
        }
    }
    match route.dags.iter().find(|dag| *dag != "*" && !dags.contains(dag)) {
        Some(dag) => Err(AlertSettingsError(format!(
            "no DAG is named `{dag}`; there are {}, and * for all",
            dags.join(", ")
        ))),
        None => Ok(()),
    }
}

fn lines<'a>(route: &'a RouteSettings, channel: &'a str) -> impl Iterator<Item = AlertRoute> + 'a {
    route.dags.iter().flat_map(move |dag| {
        route.on.iter().map(move |kind| AlertRoute {
            kind: *kind,
            dag: dag.clone(),
            channel: channel.to_owned(),
        })
    })
}
