//! Webhooks: the body in the form that is asked for, signed, and what the other end answered.
//!
//! Signatures are those of Standard Webhooks 1.0 (<https://www.standardwebhooks.com>): HMAC-SHA256
//! over `id.timestamp.body`, so that its ready-made libraries verify them.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use mg_store::alert::AlertKind;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use sha2::Sha256;

use super::letter::Letter;
use super::settings::{AlertSettingsError, WebhookForm, WebhookSettings};
use super::{SendFailure, slack};

/// What a secret of Standard Webhooks begins with; base64 follows.
const SECRET_PREFIX: &str = "whsec_";

/// A client for webhooks: it follows no redirect, which could lead to a place that nobody named.
pub(super) fn client(timeout: Duration) -> Result<Client, AlertSettingsError> {
    Client::builder()
        .user_agent(concat!("mg-platform/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .timeout(timeout)
        .no_proxy()
        .build()
        .map_err(|error| AlertSettingsError(format!("the HTTP client cannot be made: {error}")))
}

/// The key that a webhook's messages are signed with.
pub(super) fn key(name: &str, settings: &WebhookSettings) -> Result<Option<Vec<u8>>, AlertSettingsError> {
    let Some(secret) = &settings.secret else { return Ok(None) };
    let key = match secret.reveal().strip_prefix(SECRET_PREFIX) {
        Some(encoded) => STANDARD.decode(encoded).map_err(|_| {
            AlertSettingsError(format!("what follows `{SECRET_PREFIX}` in the secret of {name} is no base64"))
        })?,
        None => secret.reveal().as_bytes().to_vec(),
    };
    if key.is_empty() {
        return Err(AlertSettingsError(format!("the secret of {name} is empty")));
    }
    Ok(Some(key))
}

/// Sends a letter. `timestamp` is the present, seconds since 1970.
pub(super) async fn send(
    client: &Client,
    settings: &WebhookSettings,
    key: Option<&[u8]>,
    letter: &Letter,
    timestamp: i64,
) -> Result<(), SendFailure> {
    let body = match settings.form {
        WebhookForm::Json => body(letter),
        WebhookForm::Slack => slack::body(letter),
    };
    let body = body.to_string();
    let request = client.post(settings.url.clone()).header(CONTENT_TYPE, "application/json");
    let request = signed(request, key, &letter.id, timestamp, &body);
    // The address may hold a secret, and the error would show it.
    let answer = request.body(body).send().await.map_err(|error| unreached(&error.without_url()))?;
    judge(&answer)
}

/// The platform's own form, version 1: docs/ALERTS.md.
fn body(letter: &Letter) -> Value {
    let entries = letter.entries();
    let alerts: Vec<Value> = letter
        .groups
        .iter()
        .zip(&entries)
        .map(|(group, entry)| {
            json!({
                "kind": group.kind,
                "task": group.task,
                "kpi": group.kpi,
                "code": group.code,
                "message": group.sentence,
                "count": group.count,
                "first_run": group.first_run,
                "last_run": group.last_run,
                "since": group.since.to_rfc3339(),
                "until": group.until.to_rfc3339(),
                "title_fr": entry.title,
                "title_en": entry.english,
                "commands": entry.commands,
                "url": entry.link,
            })
        })
        .collect();
    let counts: serde_json::Map<String, Value> = AlertKind::ALL
        .into_iter()
        .map(|kind| (kind.as_str().to_owned(), letter.count(kind).into()))
        .collect();
    json!({
        "version": 1,
        "id": letter.id,
        "test": letter.is_test,
        "dag": letter.dag,
        "made_at": letter.made_at.to_rfc3339(),
        "subject": letter.subject(),
        "counts": counts,
        "alerts": alerts,
        "untold": letter.untold(),
    })
}

fn signed(
    request: RequestBuilder,
    key: Option<&[u8]>,
    id: &str,
    timestamp: i64,
    body: &str,
) -> RequestBuilder {
    let request = request.header("webhook-id", id).header("webhook-timestamp", timestamp);
    let Some(key) = key else { return request };
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    request.header("webhook-signature", format!("v1,{signature}"))
}

fn judge(answer: &Response) -> Result<(), SendFailure> {
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let reason = if status.is_redirection() {
        format!(
            "the webhook sent us elsewhere ({}), where we do not go: name the new address",
            status.as_u16()
        )
    } else {
        format!("the webhook answered {}", status.as_u16())
    };
    let asked = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Err(SendFailure { reason, retry_after: asked.map(Duration::from_secs) })
}

fn unreached(error: &reqwest::Error) -> SendFailure {
    if error.is_timeout() {
        return SendFailure::new("the webhook did not answer in time");
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    SendFailure::new(format!("the webhook cannot be reached: {cause}"))
}
