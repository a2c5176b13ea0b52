//! Who is told what, and how: the configuration's section `alerts`, as the platform takes it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use mg_store::alert::AlertKind;
use serde::{Deserialize, Serialize};
use url::Url;

use super::Secret;

/// What is wrong with the settings, one sentence with the name in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("alerts: {0}")]
pub struct AlertSettingsError(pub(super) String);

/// Who is told what, and how.
#[derive(Debug, Clone)]
pub struct AlertSettings {
    /// How long after a message to a channel about a DAG the next one comes at the earliest: what
    /// happens in between goes into it together. At least a second.
    pub window: Duration,
    /// How often the books are looked into.
    pub tick: Duration,
    /// How often KPIs are looked after.
    pub kpi_tick: Duration,
    /// How long one attempt at sending a message may take.
    pub timeout: Duration,
    /// Where people reach the service, for links in messages.
    pub public_url: Option<Url>,
    /// The mail server, for channels `mail:ADDRESS`.
    pub mail: Option<MailSettings>,
    /// Webhooks, by the names that routes have for them.
    pub webhooks: BTreeMap<String, WebhookSettings>,
    /// Who is told what.
    pub routes: Vec<RouteSettings>,
}

impl Default for AlertSettings {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(15 * 60),
            tick: Duration::from_secs(5),
            kpi_tick: Duration::from_secs(10 * 60),
            timeout: Duration::from_secs(20),
            public_url: None,
            mail: None,
            webhooks: BTreeMap::new(),
            routes: Vec::new(),
        }
    }
}

/// How the connection to the mail server is kept from other eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// It begins plain and must become TLS before anything is said; usual on port 587.
    #[default]
    Starttls,
    /// It is TLS from the first byte; usual on port 465.
    Tls,
    /// It is not. For a relay on the machine itself or on a trusted network.
    Plain,
}

/// Who the platform is to the mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// The mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailSettings {
    /// Its host name, which its certificate must be for.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept from other eyes.
    pub tls: MailTls,
    /// A certificate authority to trust besides the system's, PEM.
    pub ca_file: Option<PathBuf>,
    /// Who the platform is to it; nobody where it asks nobody.
    pub credentials: Option<Credentials>,
    /// The sender, as mail has it: `mg-platform <mg@example.fr>`.
    pub from: String,
}

/// What a webhook is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WebhookForm {
    /// The platform's own JSON, version 1: docs/ALERTS.md.
    #[default]
    Json,
    /// What Slack's incoming webhooks take, and others that imitate them.
    Slack,
}

/// A webhook.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSettings {
    /// Where it is. Its path may be a secret: it is shown nowhere.
    pub url: Url,
    /// What it is given.
    pub form: WebhookForm,
    /// What its messages are signed with; `whsec_` and base64, or any text.
    pub secret: Option<Secret>,
}

impl std::fmt::Debug for WebhookSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        f.debug_struct("WebhookSettings")
            .field("host", &host)
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

/// Who is told what: one line of the routing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteSettings {
    /// DAGs by name, `*` for all; a KPI is told of with the DAG that brings its data.
    pub dags: Vec<String>,
    /// Kinds of events.
    pub on: Vec<AlertKind>,
    /// Channels: `mail:ADDRESS`, or a webhook's name.
    pub to: Vec<String>,
}
