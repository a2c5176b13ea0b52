//! Tokens that change: rotated without a gap, expired, revoked, and heard of by every service
//! over the database.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use mg_core::{Clock, OpContext, Role, Scope};
use mg_server::app::App;
use mg_server::{TokenRequest, create_token, revoke_token, rotate_token};
use mg_store::{Store, StoreOptions};
use mg_testkit::TestPlatform;
use reqwest::StatusCode;
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::wire::{Wire, clock, options, serve};

/// A clock whose hands the test moves.
#[derive(Clone)]
struct Hands(Arc<Mutex<DateTime<Utc>>>);

impl Hands {
    fn forward(&self, hours: i64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += TimeDelta::hours(hours);
    }
}

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Two services over one database, as two processes have them: pools, memory and ears of their
/// own, and one clock.
struct Two {
    platform: TestPlatform,
    hands: Hands,
    urls: [String; 2],
    /// The second service's store.
    second: Store,
}

impl Two {
    async fn start() -> anyhow::Result<Self> {
        let platform = TestPlatform::start().await?;
        let hands = Hands(Arc::new(Mutex::new(clock().now())));
        let options_of_store = StoreOptions::default();
        let second = Store::attach_private(platform.database.socket_dir(), "mg", &options_of_store).await?;
        let other = App { store: second.clone(), signals: second.signals(), ..platform.app.clone() };
        let mut urls = [String::new(), String::new()];
        for (url, app) in urls.iter_mut().zip([platform.app.clone(), other]) {
            *url = serve(mg_server::router(app, Arc::new(hands.clone()), &options())).await?;
        }
        Ok(Self { platform, hands, urls, second })
    }

    /// The operator, at the present hour.
    fn operator(&self) -> OpContext {
        OpContext::new(
            self.platform.context(Role::Admin).principal,
            mg_core::Face::Cli,
            Arc::new(self.hands.clone()),
        )
    }

    /// What each service answers to a secret.
    async fn answers(&self, secret: &str) -> anyhow::Result<[StatusCode; 2]> {
        let mut answers = [StatusCode::OK; 2];
        for (answer, url) in answers.iter_mut().zip(&self.urls) {
            *answer = Wire::at(url, secret.to_owned())?.send("tools/list", json!({})).await?.status();
        }
        Ok(answers)
    }

    /// Waits until neither service opens to a secret; then neither does again.
    async fn until_shut(&self, secret: &str) -> anyhow::Result<()> {
        let shutting = async {
            while self.answers(secret).await? != SHUT {
                sleep(Duration::from_millis(10)).await;
            }
            anyhow::Ok(())
        };
        timeout(Duration::from_secs(10), shutting).await.context("it opens still")??;
        assert_eq!(self.answers(secret).await?, SHUT);
        Ok(())
    }
}

const OPEN: [StatusCode; 2] = [StatusCode::OK; 2];
const SHUT: [StatusCode; 2] = [StatusCode::UNAUTHORIZED; 2];

#[tokio::test]
async fn a_rotated_token_has_no_gap_keeps_its_rights_and_ends_at_once_when_revoked() -> anyhow::Result<()> {
    let two = Two::start().await?;
    let (operator, store) = (two.operator(), &two.platform.app.store);
    let scope = Scope::Communes(["77243".to_owned()].into());
    let request = TokenRequest { name: "ada", role: Role::Editor, scope, days: Some(30) };
    let old = create_token(&operator, store, request).await?.secret;
    assert_eq!(two.answers(&old).await?, OPEN);
    let new = rotate_token(&operator, &two.second, "ada", 24).await?.secret;
    assert_eq!((two.answers(&new).await?, two.answers(&old).await?), (OPEN, OPEN), "both, for the grace");
    for secret in [&old, &new] {
        let wire = Wire::at(&two.urls[0], secret.clone())?;
        let listed = wire.ask("tools/list", json!({})).await?.to_string();
        assert!(listed.contains("\"launch_scraper\""), "its role: {listed}");
        let sql = json!({ "sql": "select code_commune from analytics.dim_commune" });
        let seen = wire.ask("tools/call", json!({ "name": "run_sql", "arguments": sql })).await?;
        assert_eq!(seen["structuredContent"]["rows"], json!([["77243"]]), "its scope");
    }
    two.hands.forward(23);
    assert_eq!((two.answers(&new).await?, two.answers(&old).await?), (OPEN, OPEN));
    // Both are in the memory of both services when the grace ends.
    two.hands.forward(1);
    assert_eq!((two.answers(&new).await?, two.answers(&old).await?), (OPEN, SHUT));

    // Rotated by one process, without grace.
    let newest = rotate_token(&operator, store, "ada", 0).await?.secret;
    assert_eq!(two.answers(&newest).await?, OPEN);
    two.until_shut(&new).await?;
    // Revoked by the other.
    let last = rotate_token(&two.operator(), store, "ada", 24).await?.secret;
    assert_eq!((two.answers(&last).await?, two.answers(&newest).await?), (OPEN, OPEN));
    revoke_token(&two.operator(), &two.second, "ada").await?;
    two.until_shut(&last).await?;
    two.until_shut(&newest).await?;
    let problem = rotate_token(&two.operator(), store, "ada", 24).await.expect_err("it is revoked");
    assert_eq!(problem.code, "unknown_token");
    two.platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_token_ends_at_its_hour_in_every_service_whatever_its_secret() -> anyhow::Result<()> {
    let two = Two::start().await?;
    let (operator, store) = (two.operator(), &two.platform.app.store);
    let request = TokenRequest { name: "bob", role: Role::Viewer, scope: Scope::All, days: Some(1) };
    let old = create_token(&operator, store, request).await?.secret;
    // A grace that is longer than the token's own time.
    let new = rotate_token(&operator, store, "bob", 48).await?.secret;
    assert_eq!((two.answers(&old).await?, two.answers(&new).await?), (OPEN, OPEN));
    two.hands.forward(24);
    assert_eq!((two.answers(&old).await?, two.answers(&new).await?), (SHUT, SHUT));
    let problem = rotate_token(&two.operator(), store, "bob", 1).await.expect_err("it has run out");
    assert_eq!(problem.code, "unknown_token");
    two.platform.stop().await;
    Ok(())
}
