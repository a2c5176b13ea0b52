//! First drafts: right in form, and of use on the page that they were made of.

use mg_core::Value;
use mg_crawl::declared::{Declared, FieldType, LIST, draft};
use mg_crawl::page::Page;
use url::Url;

use super::{page, parsed, portal};

/// The spider of a page's draft.
fn drafted(page: &Page) -> Declared {
    let text = draft::of(page, "essai").expect("a draft");
    Declared::parse(&text, "essai.toml").unwrap_or_else(|faults| panic!("{faults:#?}\n{text}"))
}

fn kinds(spider: &Declared) -> Vec<(&str, FieldType, Option<&str>)> {
    let kind = |field: &'_ mg_crawl::declared::Field| (field.kind, field.unit.clone());
    spider.fields.iter().map(|field| (field.name.as_str(), kind(field).0, field.unit.as_deref())).collect()
}

#[tokio::test]
async fn of_a_listing_on_the_portal() {
    let portal = portal::portal().await;
    let url = Url::parse(&format!("{}/annonces", portal.url())).expect("a URL");
    let page = page(url.as_str(), "text/html", LIST, portal::text(&url).await);
    let spider = drafted(&page);
    let kinds = kinds(&spider);
    assert!(kinds.contains(&("prix", FieldType::Float, Some("EUR"))), "{kinds:?}");
    assert!(kinds.contains(&("lien", FieldType::Url, None)), "{kinds:?}");
    assert_eq!(spider.table.key().map(|key| key.as_str()).collect::<Vec<_>>(), ["lien"]);
    let found = parsed(&spider, &page);
    assert_eq!((found.items.len(), found.rejects.len()), (10, 0));
    assert!(found.follow.iter().any(|next| next.url.query() == Some("page=2")));
    let price = spider.table.position("prix").expect("a column");
    let truth = portal.truth();
    let cheapest = found.items.iter().map(|item| &item.record.values[price]);
    assert!(
        cheapest
            .zip(truth.listings())
            .all(|(value, advert)| { *value == Value::Float(advert.price_cents as f64 / 100.0) })
    );
}

#[test]
fn of_a_table() {
    let html = "<nav><ul><li><a href=/1>a</a><li><a href=/2>b</a><li><a href=/3>c</a></ul></nav>\
        <table class=liste><tr><th>N° de permis<th>Date de décision<th>Surface (m²)<th>Code INSEE<th></tr>\
        <tr><td><a href=/p/1>PC 1</a><td>3 mars 2024<td>1 234,5<td>02001<td>oui</tr>\
        <tr><td><a href=/p/2>PC 2</a><td>01/04/2024<td>80<td>77243<td>non</tr></table>\
        <p class=pages><a class=suivant href=?p=2>Page suivante</a></p>";
    let page = page("http://site.example/liste?p=1", "text/html", LIST, html);
    let spider = drafted(&page);
    assert_eq!(
        kinds(&spider),
        [
            ("n_de_permis", FieldType::Text, None),
            ("lien_n_de_permis", FieldType::Url, None),
            ("date_de_decision", FieldType::Date, None),
            ("surface_m", FieldType::Float, None),
            ("code_insee", FieldType::Text, None),
            ("colonne_5", FieldType::Boolean, None),
        ]
    );
    let found = parsed(&spider, &page);
    assert_eq!((found.items.len(), found.rejects.len(), found.follow.len()), (2, 0, 1));
}

#[test]
fn of_a_page_that_is_one_thing() {
    let html = "<meta property=og:title content=Mairie><meta property=og:order content=1>\
        <script type=application/ld+json>{\"@type\":\"Place\",\"name\":\"Mairie\",\"geo\":{\"latitude\":48.87}}</script>\
        <h1>Mairie de Lagny</h1>";
    let page = page("http://site.example/mairie", "text/html", LIST, html);
    let spider = drafted(&page);
    let names: Vec<&str> = spider.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["url", "name", "geo_latitude", "title", "champ_order", "titre"]);
    let found = parsed(&spider, &page);
    assert_eq!(found.items[0].record.values[2], Value::Float(48.87));
}

#[test]
fn of_json_and_csv() {
    let json = "{\"meta\":{\"n\":2},\"results\":[{\"id\":1,\"nom\":\"a\",\"geo\":{\"lat\":48.5}},{\"id\":2}],\
                \"next\":\"/api?p=2\"}";
    let page_json = page("http://site.example/api", "application/json", LIST, json);
    let spider = drafted(&page_json);
    assert_eq!(kinds(&spider)[2], ("geo_lat", FieldType::Float, None));
    let found = parsed(&spider, &page_json);
    assert_eq!((found.items.len(), found.rejects.len(), found.follow.len()), (2, 0, 1));
    let csv = page(
        "http://site.example/f.csv",
        "text/csv",
        LIST,
        "Code;Prix TTC;Le\n01;1 234,5 €;03/03/2024\n02;2 €;\n",
    );
    let spider = drafted(&csv);
    assert_eq!(
        kinds(&spider),
        [
            ("code", FieldType::Text, None),
            ("prix_ttc", FieldType::Float, Some("EUR")),
            ("le", FieldType::Date, None)
        ]
    );
    assert_eq!(parsed(&spider, &csv).items.len(), 2);
}

#[test]
fn a_spider_is_named_by_its_page() {
    let name = |url| draft::name_of(&Url::parse(url).expect("a URL"));
    assert_eq!(name("https://www.site.example/ventes/Nos-annonces.html?p=2"), "nos_annonces");
    assert_eq!(
        (name("https://www.site.example/"), name("http://127.0.0.1/1")),
        ("site_example".into(), "champ_127_0_0_1".into())
    );
}

#[test]
fn of_nothing_there_is_none() {
    let empty = page("http://site.example/", "text/html", LIST, "<div id=app></div>");
    assert!(draft::of(&empty, "essai").expect_err("nothing there").to_string().contains("--browser"));
}
