//! Tools with which agents read pages of the web, over the door.

use anyhow::{Context, ensure};
use mg_core::Role;
use mg_testkit::{Agent, Era, TestPlatform};
use serde_json::{Value, json};

async fn editor() -> anyhow::Result<(TestPlatform, Agent)> {
    let platform = TestPlatform::start().await?;
    let agent = platform.agent(Role::Editor, Era::Current).await?;
    Ok((platform, agent))
}

fn code(text: &str) -> &str {
    text.rsplit_once('[').map_or("", |(_, code)| code.trim_end_matches(']'))
}

#[tokio::test]
async fn a_page_is_read_as_markdown_and_as_typed_fields() -> anyhow::Result<()> {
    let (platform, agent) = editor().await?;
    let advert = platform.portal.truth().listings()[0].clone();
    let url = format!("{}/annonces/{}", platform.portal.url(), advert.id);
    let page = agent.call("scrape_url", json!({ "url": url })).await?;
    ensure!(!page.is_error, "{}", page.text);
    let markdown = page.structured["markdown"].as_str().context("Markdown")?;
    ensure!(markdown.contains(&advert.commune) && !markdown.contains("<dl"), "{markdown}");
    ensure!(page.text.contains("a stranger's text") && page.text.contains(&advert.commune), "{}", page.text);
    assert_eq!(page.structured["url"], json!(url));
    assert_eq!(page.structured["hash"].as_str().map(str::len), Some(64));

    let fields = json!([
        { "name": "prix_eur", "selector": "dd.prix", "type": "float" },
        { "name": "pieces", "selector": "dd.pieces", "type": "integer" },
        { "name": "date", "selector": "dd.date", "type": "date" },
        { "name": "rien", "selector": "dd.rien" },
        { "name": "faux", "selector": "dd.commune", "type": "float" },
    ]);
    let data = agent.call("extract_structured_data", json!({ "url": url, "fields": fields })).await?;
    ensure!(!data.is_error, "{}", data.text);
    let found = |name: &str| {
        let fields = data.structured["fields"].as_array()?;
        fields.iter().find(|field| field["name"] == name)?["value"].as_str().map(str::to_owned)
    };
    let price = found("prix_eur").context("a price")?.parse::<f64>()?;
    assert_eq!((price * 100.0).round() as i64, advert.price_cents);
    assert_eq!(found("pieces"), Some(advert.rooms.to_string()));
    assert_eq!(found("date"), Some(advert.date.to_string()));
    let missing = data.structured["missing"].to_string();
    ensure!(missing.contains("rien: ") && missing.contains("faux: "), "{missing}");
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_page_that_scripts_fill_is_read_and_shown_through_a_browser() -> anyhow::Result<()> {
    let (platform, agent) = editor().await?;
    let url = format!("{}/chantiers", platform.portal.url());
    let row = "#chantiers tbody tr";
    let plain = agent.call("scrape_url", json!({ "url": url })).await?;
    ensure!(plain.text.contains("Chargement"), "{}", plain.text);
    for arguments in [json!({ "url": url, "wait_for": row }), json!({ "url": url })] {
        let page = agent.call("scrape_dynamic_page", arguments).await?;
        ensure!(page.text.contains("40 chantiers en cours"), "{}", page.text);
    }
    let picture = agent.call("take_screenshot", json!({ "url": url, "wait_for": row })).await?;
    ensure!(!picture.is_error, "{}", picture.text);
    let [(media_type, png)] = picture.pictures.as_slice() else { panic!("one picture") };
    assert_eq!(media_type, "image/png");
    ensure!(png.starts_with(b"\x89PNG") && picture.structured["size_bytes"] == json!(png.len()));
    platform.app.web.close().await;
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_file_is_stored_once_under_a_name_made_of_its_content() -> anyhow::Result<()> {
    let (platform, agent) = editor().await?;
    let url = format!("{}/robots.txt", platform.portal.url());
    let first = agent.call("download_file", json!({ "url": url })).await?;
    ensure!(!first.is_error, "{}", first.text);
    let name = first.structured["file"].as_str().context("a name")?;
    let sha256 = first.structured["sha256"].as_str().context("a hash")?;
    assert_eq!(name, format!("{sha256}.txt"));
    let stored = std::fs::read(platform.database.folder().join("downloads").join(name))?;
    assert_eq!(first.structured["size_bytes"], json!(stored.len()));
    let again = agent.call("download_file", json!({ "url": url })).await?;
    assert_eq!(again.structured["already_there"], Value::Bool(true));
    let files = std::fs::read_dir(platform.database.folder().join("downloads"))?.count();
    assert_eq!(files, 1, "nothing else is left there");
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn hostile_urls_and_pages_that_are_not_to_be_read_are_refused_with_a_code() -> anyhow::Result<()> {
    let (platform, agent) = editor().await?;
    let portal = platform.portal.url();
    let lines = [
        ("http://127.0.0.1:22/".to_owned(), "url_refused"),
        ("http://[::ffff:169.254.169.254]/".to_owned(), "url_refused"),
        ("http://0x7f.1/".to_owned(), "url_refused"),
        ("http://metadata.google.internal/".to_owned(), "url_refused"),
        ("file:///etc/passwd".to_owned(), "url_refused"),
        (portal.replace("http://", "http://ada:secret@"), "url_refused"),
        ("rien".to_owned(), "not_a_url"),
        (format!("{portal}/contact/4801"), "robots_disallowed"),
        (format!("{portal}/nulle-part"), "source_refused"),
    ];
    for (url, expected) in &lines {
        for tool in ["scrape_url", "scrape_dynamic_page", "take_screenshot", "download_file"] {
            let refused = agent.call(tool, json!({ "url": url })).await?;
            // A browser shows no page for a bare 404, and says no more than that.
            let by_browser = matches!(tool, "scrape_dynamic_page" | "take_screenshot");
            let bare = by_browser && *expected == "source_refused";
            let expected = if bare { "source_unreachable" } else { *expected };
            ensure!(refused.is_error && code(&refused.text) == expected, "{tool} {url}: {}", refused.text);
        }
    }
    let wrong = json!({ "url": portal, "fields": [{ "name": "x", "selector": "dd[" }] });
    let refused = agent.call("extract_structured_data", wrong).await?;
    assert_eq!(code(&refused.text), "bad_fields", "{}", refused.text);
    platform.app.web.close().await;
    platform.stop().await;
    Ok(())
}
