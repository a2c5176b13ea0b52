//! The shipped spiders on the local portal.

use std::collections::{HashSet, VecDeque};

use mg_core::{Commune, Value};
use mg_crawl::declared::{Declared, Fills, LIST};
use mg_crawl::page::{Engine, PageSpider, Yield};
use mg_portal::{Portal, PortalConfig};
use url::Url;

use super::{page, shipped};

pub(super) async fn portal() -> Portal {
    mg_crawl::init_tls();
    let commune = |(code, nom, population): (&str, &str, i64)| Commune {
        code: code.to_owned(),
        nom: nom.to_owned(),
        population,
    };
    let communes = [("77243", "Lagny-sur-Marne", 21_191), ("77307", "Montévrain", 13_934)].map(commune);
    let today = "2026-11-15".parse().expect("a day");
    let config = PortalConfig { communes: communes.to_vec(), today, seed: 7 };
    Portal::start(config, "127.0.0.1:0".parse().expect("an address")).await.expect("a portal")
}

pub(super) async fn text(url: &Url) -> String {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = client.get(url.clone()).send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "{url}");
    answer.text().await.expect("a body")
}

pub(super) fn at(portal: &Portal, spider: Declared) -> Declared {
    spider.at(Url::parse(&portal.url()).expect("a URL"))
}

/// Walks a spider's pages one after the other, without a browser.
async fn walk(spider: &Declared) -> (Yield, usize) {
    let (mut whole, mut pages) = (Yield::default(), 0);
    let mut open: VecDeque<_> = spider.start().into();
    let mut seen: HashSet<Url> = open.iter().map(|request| request.url.clone()).collect();
    while let Some(request) = open.pop_front() {
        let html = text(&request.url).await;
        let mut fetched = page(request.url.as_str(), "text/html", &request.label, html);
        fetched.request = request;
        let mut found = Yield::default();
        spider.parse(&fetched, &mut found).expect("a page");
        pages += 1;
        open.extend(found.follow.drain(..).filter(|next| seen.insert(next.url.clone())));
        whole.items.append(&mut found.items);
        whole.rejects.append(&mut found.rejects);
    }
    (whole, pages)
}

#[tokio::test]
async fn every_advert_is_read_as_it_is() {
    let portal = portal().await;
    let spider = at(&portal, shipped::named("annonces"));
    let (found, pages) = walk(&spider).await;
    let truth = portal.truth();
    let expected = truth.listings();
    assert_eq!((found.items.len(), found.rejects.len(), pages), (expected.len(), 0, expected.len() + 5));
    let mut fills = Fills::of(&spider.table);
    for item in &found.items {
        fills.count(&item.record);
        let cell = |name| &item.record.values[spider.table.position(name).expect("a column")];
        let Value::Integer(reference) = cell("reference") else { panic!("{:?}", cell("reference")) };
        let advert = expected.iter().find(|advert| i64::from(advert.id) == *reference).expect("an advert");
        assert_eq!(cell("titre"), &Value::Text(advert.title.clone()));
        assert_eq!(cell("commune"), &Value::Text(advert.commune.clone()));
        assert_eq!(cell("prix_eur"), &Value::Float(advert.price_cents as f64 / 100.0));
        assert_eq!(cell("surface_m2"), &Value::Float(advert.area_tenths as f64 / 10.0));
        assert_eq!(cell("pieces"), &Value::Integer(advert.rooms));
        assert_eq!(cell("date_publication"), &Value::Date(advert.date));
        assert_eq!(cell("type_logement").as_text(), advert.title.split(' ').next());
        assert!(
            cell("adresse_web").as_text().is_some_and(|url| url.ends_with(&format!("/annonces/{reference}")))
        );
    }
    assert!(fills.fills().iter().all(|fill| fill.filled == fill.total));
}

#[tokio::test]
async fn a_page_without_its_script_is_told_and_no_empty_table() {
    let portal = portal().await;
    let spider = at(&portal, shipped::named("chantiers"));
    let start = spider.start();
    assert_eq!(start[0].engine, Engine::Browser);
    assert_eq!(start[0].wait_for.as_deref(), Some("#chantiers tbody tr.chantier"));
    let html = text(&start[0].url).await;
    let mut found = Yield::default();
    spider.parse(&page(start[0].url.as_str(), "text/html", LIST, html.clone()), &mut found).expect("a page");
    assert_eq!((found.items.len(), found.rejects.len()), (0, 1));
    // What the script makes of its data.
    let row = "<tr class=\"chantier\"><td class=\"numero\">PC 07724326</td><td class=\"commune\">Lagny</td>\
               <td class=\"ouverture\">1er mars 2026</td><td class=\"logements\">12</td></tr>";
    let filled = html.replace("<tbody></tbody>", &format!("<tbody>{row}</tbody>"));
    let mut found = Yield::default();
    spider.parse(&page(start[0].url.as_str(), "text/html", LIST, filled), &mut found).expect("a page");
    assert_eq!(
        found.items[0].record.values[2..],
        [Value::Date("2026-03-01".parse().expect("a day")), Value::Integer(12)]
    );
}
