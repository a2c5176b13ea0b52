//! Tokens: hashes alone, live until they expire or are revoked.

use chrono::{DateTime, TimeDelta, Utc};
use mg_store::token::NewToken;
use mg_testkit::TestDatabase;

const HASH: [u8; 32] = [7; 32];
const OTHER: [u8; 32] = [8; 32];

#[tokio::test]
async fn a_token_is_found_by_its_hash_alone() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    assert!(store.add_token(&made("claude", "viewer", &HASH, None)).await?);
    let token = store.live_token(&HASH, noon()).await?.expect("it is live");
    assert_eq!((token.name.as_str(), token.role.as_str()), ("claude", "viewer"));
    assert_eq!(store.live_token(&OTHER, noon()).await?, None);
    assert_eq!(store.live_token(&HASH[..31], noon()).await?, None);
    let kept = store.texts("select encode(hash, 'hex') from mg.token").await?;
    assert_eq!(kept, ["07".repeat(32)]);
    Ok(())
}

#[tokio::test]
async fn a_token_ends_at_its_last_instant() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    store.add_token(&made("claude", "viewer", &HASH, Some(noon()))).await?;
    let before = noon() - TimeDelta::milliseconds(1);
    assert!(store.live_token(&HASH, before).await?.is_some());
    assert_eq!(store.live_token(&HASH, noon()).await?, None);
    Ok(())
}

#[tokio::test]
async fn a_revoked_token_is_dead_but_stays_on_the_books() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    store.add_token(&made("claude", "editor", &HASH, None)).await?;
    assert!(store.revoke_token("claude", noon()).await?);
    assert_eq!(store.live_token(&HASH, noon()).await?, None);
    assert!(!store.revoke_token("claude", noon()).await?, "it was revoked twice");
    assert!(!store.revoke_token("nobody", noon()).await?);
    let [token] = store.tokens().await?.try_into().expect("one token");
    assert_eq!(token.revoked_at, Some(noon()));
    Ok(())
}

#[tokio::test]
async fn a_name_belongs_to_one_live_token() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    assert!(store.add_token(&made("claude", "viewer", &HASH, None)).await?);
    assert!(!store.add_token(&made("claude", "editor", &OTHER, None)).await?);
    assert_eq!(store.live_token(&OTHER, noon()).await?, None);

    store.revoke_token("claude", noon()).await?;
    assert!(store.add_token(&made("claude", "editor", &OTHER, None)).await?);
    let newest = store.tokens().await?;
    assert_eq!(newest.len(), 2);
    assert_eq!(store.live_token(&OTHER, noon()).await?.expect("it is live").role, "editor");
    assert_eq!(store.live_token(&HASH, noon()).await?, None);
    Ok(())
}

#[tokio::test]
async fn the_last_use_is_noted_once_a_minute() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    store.add_token(&made("claude", "viewer", &HASH, None)).await?;
    assert_eq!(store.tokens().await?[0].last_used_at, None);
    for (seconds, noted) in [(0, 0), (59, 0), (61, 61), (62, 61)] {
        store.live_token(&HASH, noon() + TimeDelta::seconds(seconds)).await?;
        let expected = noon() + TimeDelta::seconds(noted);
        assert_eq!(store.tokens().await?[0].last_used_at, Some(expected), "after {seconds} s");
    }
    Ok(())
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("an instant")
}

fn made<'a>(name: &'a str, role: &'a str, hash: &'a [u8], expires_at: Option<DateTime<Utc>>) -> NewToken<'a> {
    NewToken { name, role, hash, communes: None, expires_at }
}
