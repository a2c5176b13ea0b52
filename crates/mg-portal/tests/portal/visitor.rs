//! A portal to visit, and a client to visit it with.

use std::collections::HashMap;

use mg_core::Commune;
use mg_portal::{Portal, PortalConfig};
use reqwest::{Client, Response};

/// The day on which the visited portals stand.
pub(crate) const TODAY: &str = "2026-11-15";
/// The two editions on that day.
pub(crate) const OLDER: &str = "2026-10";
pub(crate) const NEWER: &str = "2026-11";

/// Code, name and population of some communes, large and small.
const COMMUNES: [(&str, &str, i64); 8] = [
    ("77058", "Bussy-Saint-Georges", 26_571),
    ("77062", "Carnetin", 456),
    ("77085", "Chanteloup-en-Brie", 4_171),
    ("77121", "Collégien", 3_334),
    ("77243", "Lagny-sur-Marne", 21_191),
    ("77248", "Lesches", 772),
    ("77307", "Montévrain", 13_934),
    ("77464", "Thorigny-sur-Marne", 10_405),
];

/// A row of a CSV file by the names of its columns.
pub(crate) type Row = HashMap<String, String>;

pub(crate) fn config(seed: u64) -> PortalConfig {
    let commune = |(code, nom, population): (&str, &str, i64)| Commune {
        code: code.to_owned(),
        nom: nom.to_owned(),
        population,
    };
    let today = TODAY.parse().expect("a day");
    PortalConfig { communes: COMMUNES.into_iter().map(commune).collect(), today, seed }
}

/// A portal of its own for a test.
pub(crate) async fn portal() -> Portal {
    start(config(7)).await
}

pub(crate) async fn start(config: PortalConfig) -> Portal {
    let anywhere = "127.0.0.1:0".parse().expect("an address");
    Portal::start(config, anywhere).await.expect("a portal")
}

pub(crate) fn client() -> Client {
    // Without a provider a client cannot be built, whether or not it will speak TLS. A second
    // test finds one installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().expect("a client")
}

pub(crate) async fn get(portal: &Portal, path: &str) -> Response {
    client().get(format!("{}{path}", portal.url())).send().await.expect("an answer")
}

/// The body of an answer that must be a success.
pub(crate) async fn text(portal: &Portal, path: &str) -> String {
    let answer = get(portal, path).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.expect("a body")
}

pub(crate) async fn json(portal: &Portal, path: &str) -> serde_json::Value {
    serde_json::from_str(&text(portal, path).await).expect("JSON")
}

/// The rows of a CSV text whose first line has the names.
pub(crate) fn rows(text: &str, delimiter: u8) -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.expect("a row as long as the header")).collect()
}
