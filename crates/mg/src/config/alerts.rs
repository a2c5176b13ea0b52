//! The section `alerts`: who is told what, and how.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use mg_server::alert::{
    AlertKind, AlertSettings, Credentials, MailSettings, MailTls, RouteSettings, Secret, WebhookForm,
    WebhookSettings,
};
use serde::{Deserialize, Serialize};
use url::Url;

/// Who is told what, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AlertsConfig {
    pub(crate) window_s: u64,
    pub(crate) tick_s: u64,
    pub(crate) timeout_s: u64,
    pub(crate) mail: Option<MailConfig>,
    pub(crate) webhooks: BTreeMap<String, WebhookConfig>,
    pub(crate) route: Vec<RouteConfig>,
}

impl Default for AlertsConfig {
    fn default() -> Self {
        Self {
            window_s: 900,
            tick_s: 5,
            timeout_s: 20,
            mail: None,
            webhooks: BTreeMap::new(),
            route: Vec::new(),
        }
    }
}

/// The mail server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct MailConfig {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    #[serde(default)]
    pub(crate) tls: MailTls,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) from: String,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<Secret>,
    pub(crate) password_file: Option<PathBuf>,
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct WebhookConfig {
    pub(crate) url: Option<Secret>,
    pub(crate) url_file: Option<PathBuf>,
    #[serde(default)]
    pub(crate) form: WebhookForm,
    pub(crate) secret: Option<Secret>,
    pub(crate) secret_file: Option<PathBuf>,
}

/// One line of the routing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RouteConfig {
    pub(crate) dags: Vec<String>,
    pub(crate) on: Vec<AlertKind>,
    pub(crate) to: Vec<String>,
}

impl Default for RouteConfig {
    fn default() -> Self {
        Self {
            dags: vec!["*".to_owned()],
            on: vec![AlertKind::Failure, AlertKind::Deadline, AlertKind::Stale],
            to: Vec::new(),
        }
    }
}

impl AlertsConfig {
    /// Takes secrets from the environment as they stand there: read as configuration, `0123` would
    /// be a number.
    pub(super) fn complete_from_environment(&mut self, variable: impl Fn(&str) -> Option<String>) {
        let secret = |name: &str| variable(name).map(Secret::new);
        if let Some(mail) = &mut self.mail
            && let Some(password) = secret("MG__ALERTS__MAIL__PASSWORD")
        {
            mail.password = Some(password);
        }
        for (name, webhook) in &mut self.webhooks {
            let prefix = format!("MG__ALERTS__WEBHOOKS__{}__", name.to_uppercase());
            webhook.url = secret(&format!("{prefix}URL")).or(webhook.url.take());
            webhook.secret = secret(&format!("{prefix}SECRET")).or(webhook.secret.take());
        }
    }

    /// What the platform takes; reads the files that secrets stand in.
    pub(crate) fn settings(&self, public_url: Option<Url>) -> anyhow::Result<AlertSettings> {
        let webhooks = self.webhooks.iter().map(|(name, webhook)| {
            let settings = webhook.settings(name).with_context(|| format!("alerts.webhooks.{name}"))?;
            Ok((name.clone(), settings))
        });
        let routes = self.route.iter().map(|route| RouteSettings {
            dags: route.dags.clone(),
            on: route.on.clone(),
            to: route.to.clone(),
        });
        Ok(AlertSettings {
            window: Duration::from_secs(self.window_s),
            tick: Duration::from_secs(self.tick_s.max(1)),
            timeout: Duration::from_secs(self.timeout_s.max(1)),
            public_url,
            mail: self.mail.as_ref().map(MailConfig::settings).transpose().context("alerts.mail")?,
            webhooks: webhooks.collect::<anyhow::Result<_>>()?,
            routes: routes.collect(),
            ..AlertSettings::default()
        })
    }
}

impl MailConfig {
    fn settings(&self) -> anyhow::Result<MailSettings> {
        let password = given_or_read("password", self.password.as_ref(), self.password_file.as_deref())?;
        let credentials = match (self.username.clone(), password) {
            (Some(username), Some(password)) => Some(Credentials { username, password }),
            (None, None) => None,
            _ => bail!("`username` and `password` go together: set both or neither"),
        };
        // As IANA has them: submission, submissions, smtp.
        let usual = match self.tls {
            MailTls::Starttls => 587,
            MailTls::Tls => 465,
            MailTls::Plain => 25,
        };
        Ok(MailSettings {
            host: self.host.clone(),
            port: self.port.unwrap_or(usual),
            tls: self.tls,
            ca_file: self.ca_file.clone(),
            credentials,
            from: self.from.clone(),
        })
    }
}

impl WebhookConfig {
    fn settings(&self, name: &str) -> anyhow::Result<WebhookSettings> {
        let url = given_or_read("url", self.url.as_ref(), self.url_file.as_deref())?;
        let url = url.with_context(|| format!("where is {name}? Set `url` or `url_file`"))?;
        // The error says what is wrong without quoting what may be a secret.
        let url = Url::parse(url.reveal()).context("`url` is no URL")?;
        if !matches!(url.scheme(), "http" | "https") {
            bail!("`url` begins with https:// or http://");
        }
        let secret = given_or_read("secret", self.secret.as_ref(), self.secret_file.as_deref())?;
        Ok(WebhookSettings { url, form: self.form, secret })
    }
}

/// A secret that stands in the configuration, or in a file that it names.
fn given_or_read(key: &str, given: Option<&Secret>, file: Option<&Path>) -> anyhow::Result<Option<Secret>> {
    match (given, file) {
        (Some(_), Some(_)) => bail!("`{key}` and `{key}_file` say the same: set one of them"),
        (Some(given), None) => Ok(Some(given.clone())),
        (None, Some(file)) => {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("reading {key}_file {}", file.display()))?;
            Ok(Some(Secret::new(text.trim())))
        }
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook() -> WebhookConfig {
        let url = Some(Secret::new("https://hooks.example.fr/mg"));
        WebhookConfig { url, url_file: None, form: WebhookForm::Json, secret: None, secret_file: None }
    }

    #[test]
    fn secrets_of_the_environment_are_taken_as_they_stand_there() {
        let mut config = AlertsConfig::default();
        config.webhooks.insert("astreinte".to_owned(), webhook());
        let given = |name: &str| match name {
            "MG__ALERTS__WEBHOOKS__ASTREINTE__SECRET" => Some("0123".to_owned()),
            _ => None,
        };
        config.complete_from_environment(given);
        let settings = config.settings(None).expect("right settings");
        let astreinte = &settings.webhooks["astreinte"];
        assert_eq!(astreinte.secret, Some(Secret::new("0123")));
        assert_eq!(astreinte.url.as_str(), "https://hooks.example.fr/mg");
    }

    #[test]
    fn what_contradicts_itself_is_refused_without_quoting_secrets() {
        let refused = |webhook: WebhookConfig| {
            let webhooks = [("astreinte".to_owned(), webhook)].into();
            let config = AlertsConfig { webhooks, ..AlertsConfig::default() };
            format!("{:#}", config.settings(None).expect_err("wrong settings"))
        };
        let twice = refused(WebhookConfig { url_file: Some("/a/file".into()), ..webhook() });
        assert!(twice.contains("alerts.webhooks.astreinte") && twice.contains("url_file"), "{twice}");
        let nowhere = refused(WebhookConfig { url: None, ..webhook() });
        assert!(nowhere.contains("url_file"), "{nowhere}");
        for url in ["ftp://hooks.example.fr/very-secret", "very-secret"] {
            let wrong = refused(WebhookConfig { url: Some(Secret::new(url)), ..webhook() });
            assert!(wrong.contains("url") && !wrong.contains("very-secret"), "{wrong}");
        }
        assert!(!format!("{:?}", webhook()).contains("hooks.example.fr"));
    }

    #[test]
    fn a_name_without_a_password_is_refused() {
        let mail = MailConfig {
            host: "smtp.example.fr".to_owned(),
            port: None,
            tls: MailTls::Tls,
            ca_file: None,
            from: "mg@example.fr".to_owned(),
            username: Some("mg".to_owned()),
            password: None,
            password_file: None,
        };
        let config = AlertsConfig { mail: Some(mail.clone()), ..AlertsConfig::default() };
        assert!(format!("{:#}", config.settings(None).expect_err("half of it")).contains("password"));
        let open = MailConfig { username: None, ..mail };
        let config = AlertsConfig { mail: Some(open), ..AlertsConfig::default() };
        assert_eq!(config.settings(None).expect("it is whole").mail.map(|mail| mail.port), Some(465));
    }
}
