//! Items of pages and documents, and the links that are followed.

use mg_core::Value;
use mg_crawl::declared::{DETAIL, FieldSpec, Fills, Kind, LIST, MAP, extract};
use mg_crawl::page::PageSpider;

use super::{list, page, parsed, spider, with_head};

const LISTING: &str = r##"
[table]
name = "fact_essai"
key = ["numero"]
[read]
items = "li.annonce"
[follow]
next = "a[rel=next]"
[[field]]
name = "numero"
selector = "a"
attribute = "href"
regex = '/(\d+)$'
type = "integer"
required = true
[[field]]
name = "prix_eur"
selector = ".prix"
type = "float"
unit = "EUR"
[[field]]
name = "jour"
selector = "time"
type = "date"
[[field]]
name = "visite"
selector = ".visite"
type = "time"
[[field]]
name = "meuble"
selector = ".meuble"
type = "boolean"
default = false
[[field]]
name = "lien"
selector = "a"
attribute = "href"
type = "url"
[[field]]
name = "mots"
selector = ".mot"
join = ", "
[[field]]
name = "ville"
selector = "script[type='application/ld+json']"
pointer = "/address/addressLocality"
"##;

const PAGE: &str = "<!doctype html><base href='/b/'><ul>\
    <li class=annonce><a href=/a/17>Maison</a> <b class=prix>1&nbsp;234&#x202f;567,50&nbsp;€</b>\
    <time>1er&nbsp;janvier 2023</time><p class=visite>à 12&nbsp;h&nbsp;30</p><i class=meuble>Oui</i>\
    <span class=mot>un</span><span class=mot>deux</span>\
    <script type='application/ld+json'>{\"@graph\":[{\"address\":{\"addressLocality\":\"Lagny\"}}]}</script>\
    <li class=annonce><a href=/a/18>Sans rien</a>\
    <li class=annonce><a href=/a/x>Sans numéro</a>\
    <li class=annonce><a href=/a/19>Faux</a><b class=prix>de 1 à 2 €</b></ul>\
    <a rel=next href='liste?page=2#haut'>Suite</a><a rel=next href='http://ailleurs.example/'>Dehors</a>";

#[test]
fn items_of_a_list() {
    let spider = spider(&with_head(LISTING));
    let found = list(&spider, PAGE);
    let text = |text: &str| Value::Text(text.to_owned());
    assert_eq!(found.items.len(), 2);
    assert_eq!(
        found.items[0].record.values,
        [
            Value::Integer(17),
            Value::Float(1_234_567.5),
            Value::Date("2023-01-01".parse().expect("a day")),
            text("12:30"),
            text("oui"),
            text("http://site.example/a/17"),
            text("un, deux"),
            text("Lagny"),
        ]
    );
    assert_eq!(found.items[1].position, 1);
    assert_eq!(found.items[1].record.values[1..5], [Value::Null, Value::Null, Value::Null, text("non")]);
    let mut fills = Fills::of(&spider.table);
    found.items.iter().for_each(|item| fills.count(&item.record));
    let prices = &fills.fills()[1];
    assert_eq!((prices.field.as_str(), prices.filled, prices.total), ("prix_eur", 1, 2));
}

#[test]
fn what_is_no_item_is_told_with_its_field_and_text() {
    let found = list(&spider(&with_head(LISTING)), PAGE);
    let told: Vec<(Option<&str>, Option<&str>, &str)> = found
        .rejects
        .iter()
        .map(|reject| (reject.field.as_deref(), reject.selector.as_deref(), reject.content.as_str()))
        .collect();
    assert_eq!(told, [(Some("numero"), Some("a"), "/a/x"), (Some("prix_eur"), Some(".prix"), "de 1 à 2 €")]);
    assert!(found.rejects[1].reason.contains("two numbers"), "{}", found.rejects[1].reason);
}

#[test]
fn a_page_without_items_is_told() {
    let listing = with_head(LISTING);
    let found = list(&spider(&listing), "<p>Refonte du site</p>");
    assert_eq!((found.items.len(), found.rejects.len()), (0, 1));
    assert_eq!(found.rejects[0].selector.as_deref(), Some("li.annonce"));
    let may_be = listing.replace("[follow]", "may_be_empty = true\n[follow]");
    assert!(list(&spider(&may_be), "<p>Aucune annonce</p>").rejects.is_empty());
}

#[test]
fn links_of_its_own_site_are_followed() {
    let found = list(&spider(&with_head(LISTING)), PAGE);
    let follow: Vec<(&str, &str, u32)> =
        found.follow.iter().map(|next| (next.url.as_str(), next.label.as_str(), next.depth)).collect();
    assert_eq!(follow, [("http://site.example/b/liste?page=2", LIST, 1)]);
}

#[test]
fn details_are_read_where_they_are() {
    let text = with_head(LISTING)
        .replace("items = \"li.annonce\"", "")
        .replace("next = \"a[rel=next]\"", "details = \"li a\"\nexclude = ['x$']\ndepth = 1");
    let spider = spider(&text);
    let found = list(&spider, PAGE);
    assert!(found.items.is_empty() && found.rejects.is_empty());
    let labels: Vec<&str> = found.follow.iter().map(|next| next.label.as_str()).collect();
    assert_eq!(labels, [DETAIL; 3]);
    let mut detail =
        page("http://site.example/a/17", "text/html", DETAIL, "<a href=/z/9></a><a href=/a/20></a>");
    let found = parsed(&spider, &detail);
    assert_eq!((found.items.len(), found.follow.len()), (1, 0));
    detail.request.label = LIST.to_owned();
    detail.request.depth = 1;
    assert!(parsed(&spider, &detail).follow.is_empty());
}

#[test]
fn sitemaps_lead_to_pages() {
    let text = with_head(LISTING).replace("start = [\"/\"]\n", "").replace(
        "next = \"a[rel=next]\"",
        "sitemap = [\"/plan.xml\"]\nfeed = [\"/flux\"]\ninclude = ['/a/']",
    );
    let spider = spider(&text);
    let start: Vec<String> =
        spider.start().iter().map(|request| format!("{} {}", request.label, request.url)).collect();
    assert_eq!(start, ["map http://site.example/plan.xml", "map http://site.example/flux"]);
    let index = "<sitemapindex><sitemap><loc>/plan-1.xml.gz</loc></sitemap></sitemapindex>";
    let found = parsed(&spider, &page("http://site.example/plan.xml", "text/xml", MAP, index));
    assert_eq!((found.follow[0].label.as_str(), found.follow[0].url.path()), (MAP, "/plan-1.xml.gz"));
    let urls = "<urlset><url><loc>/a/1</loc></url><url><loc>/b/2</loc></url></urlset>";
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, urls.as_bytes()).expect("memory");
    let packed = packed.finish().expect("memory");
    let found = parsed(&spider, &page("http://site.example/plan-1.xml.gz", "application/gzip", MAP, packed));
    let follow: Vec<&str> = found.follow.iter().map(|next| next.url.path()).collect();
    assert_eq!((follow, found.follow[0].label.as_str()), (vec!["/a/1"], DETAIL));
}

#[test]
fn json_by_pointers() {
    let spider = spider(&with_head(
        r##"engine = "api"
[table]
name = "fact_essai"
key = ["id"]
[read]
list = "/data/results"
[follow]
next = "/links/next"
[[field]]
name = "id"
type = "integer"
required = true
[[field]]
name = "surface"
pointer = "/dims/0/m~1m"
type = "float"
[[field]]
name = "libelle"
[[field]]
name = "le"
type = "date"
[[field]]
name = "actif"
type = "boolean"
"##,
    ));
    let body = "\u{feff}{\"links\":{\"next\":\"/api?p=2\"},\"data\":{\"results\":[\
                {\"id\":1,\"dims\":[{\"m/m\":1.234}],\"libelle\":\"  Été \",\"le\":\"2024-03-03T10:00:00Z\",\"actif\":true},\
                {\"id\":\"2 000\",\"dims\":[{\"m/m\":\"3,5\"}],\"le\":20240304,\"actif\":null},{\"id\":1.5},{\"id\":null}]}}";
    let found = parsed(&spider, &page("http://site.example/api", "application/json", LIST, body));
    let records: Vec<&[Value]> = found.items.iter().map(|item| item.record.values.as_slice()).collect();
    let (text, day) =
        (|text: &str| Value::Text(text.to_owned()), |day: &str| Value::Date(day.parse().expect("a day")));
    assert_eq!(
        records,
        [
            [Value::Integer(1), Value::Float(1.234), text("Été"), day("2024-03-03"), text("oui")].as_slice(),
            &[Value::Integer(2000), Value::Float(3.5), Value::Null, day("2024-03-04"), Value::Null],
        ]
    );
    assert_eq!(found.rejects.len(), 2);
    assert_eq!(found.follow[0].url.as_str(), "http://site.example/api?p=2");
}

#[test]
fn fields_of_one_page_for_an_agent() {
    let field = |json: serde_json::Value| {
        let spec: FieldSpec = serde_json::from_value(json).expect("a field");
        spec.check(Kind::Html)
    };
    let fields = [
        field(serde_json::json!({ "name": "titre", "selector": "h1", "required": true })),
        field(serde_json::json!({ "name": "prix", "selector": ".prix", "type": "float" })),
        field(serde_json::json!({ "name": "rien", "selector": ".rien", "required": true })),
    ]
    .map(|field| field.expect("a right field"));
    let html = "<h1>Été</h1><p class=prix>de 3 à 4 €</p>";
    let found = extract(&page("http://site.example/", "text/html", LIST, html), &fields).expect("a page");
    assert_eq!(found.values[0], ("titre".to_owned(), Value::Text("Été".to_owned())));
    assert_eq!(
        found.values[1..].iter().map(|(_, value)| value).collect::<Vec<_>>(),
        [&Value::Null, &Value::Null]
    );
    let fields: Vec<Option<&str>> = found.rejects.iter().map(|reject| reject.field.as_deref()).collect();
    assert_eq!(fields, [Some("prix"), Some("rien")]);
    let wrong =
        field(serde_json::json!({ "name": "a", "selector": "[", "type": "real" })).expect_err("wrong");
    assert_eq!(wrong.iter().map(|wrong| wrong.key).collect::<Vec<_>>(), ["type", "selector"]);
}
