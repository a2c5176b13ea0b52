use mg_core::Record;
use mg_crawl::{CrawlError, CrawlRequest};

use crate::reading::{Outcome, fetched, planned, portal, read, request};

const NAME: &str = "communes";

/// Reads the answer of the API that is `text`.
async fn of(text: &str) -> Result<Outcome, CrawlError> {
    let source = planned(NAME, &request("http://geo.test")).await.expect("a plan").remove(0);
    read(NAME, &source, text.as_bytes()).await
}

fn record(code: &str, name: &str, postcodes: Option<&str>, population: Option<i64>) -> Record {
    Record { values: vec![code.into(), name.into(), postcodes.map(str::to_owned).into(), population.into()] }
}

fn reason(outcome: Result<Outcome, CrawlError>) -> String {
    match outcome {
        Err(CrawlError::Format { reason, .. }) => reason,
        other => panic!("no fault of the format: {other:?}"),
    }
}

#[tokio::test]
async fn the_list_of_the_portal_becomes_records() {
    let portal = portal().await;
    let sources = planned(NAME, &request(&portal.url())).await.expect("a plan");
    assert_eq!(sources.len(), 1);
    assert_eq!(sources[0].url.as_str(), format!("{}/epcis/247700594/communes", portal.url()));
    assert_eq!(sources[0].edition.as_deref(), Some("2026-01"));
    let outcome = fetched(NAME, &sources[0]).await.expect("a list");
    assert_eq!(outcome.rejects, []);
    assert_eq!(
        outcome.records,
        [
            record("77121", "Collégien", Some("77090"), Some(3_334)),
            record("77243", "Lagny-sur-Marne", Some("77400"), Some(21_191)),
            record("77248", "Lesches", Some("77450"), Some(772)),
        ]
    );
}

#[tokio::test]
async fn a_list_of_its_own_is_read_as_the_edition_that_is_named() {
    let base = request("http://geo.test");
    let url = base.base.join("/epcis/200000000/communes").expect("a URL");
    let named = CrawlRequest { url: Some(url.clone()), edition: Some("2025-03".to_owned()), ..base.clone() };
    let sources = planned(NAME, &named).await.expect("a plan");
    assert_eq!((&sources[0].url, sources[0].edition.as_deref()), (&url, Some("2025-03")));
    let other = CrawlRequest { siren: "200000001".to_owned(), ..base };
    let sources = planned(NAME, &other).await.expect("a plan");
    assert_eq!(sources[0].url.path(), "/epcis/200000001/communes");
}

#[tokio::test]
async fn several_postal_codes_are_one_text_and_what_is_not_known_is_empty() {
    let outcome = of(r#"[
        {"code": "77243", "nom": "Lagny-sur-Marne", "codesPostaux": ["77405", "77400", "77405"],
         "population": 21191, "siren": "217702430", "codeRegion": "11"},
        {"code": "2A004", "nom": " Ajaccio ", "codesPostaux": [], "population": null},
        {"code": "77248", "nom": "Lesches", "codesPostaux": ["77450"]}
    ]"#)
    .await
    .expect("a list");
    assert_eq!(outcome.rejects, []);
    assert_eq!(
        outcome.records,
        [
            record("77243", "Lagny-sur-Marne", Some("77400 77405"), Some(21_191)),
            record("2A004", "Ajaccio", None, None),
            record("77248", "Lesches", Some("77450"), None),
        ]
    );
}

#[tokio::test]
async fn a_field_that_no_commune_has_is_named() {
    for (gone, text) in [
        ("nom", r#"[{"code": "77243", "name": "Lagny", "codesPostaux": ["77400"], "population": 1}]"#),
        ("codesPostaux", r#"[{"code": "77243", "nom": "Lagny", "codePostal": "77400", "population": 1}]"#),
        ("population", r#"[{"code": "77243", "nom": "Lagny", "codesPostaux": ["77400"]}]"#),
        ("code", "[1, 2]"),
    ] {
        let Err(CrawlError::MissingColumn { column, .. }) = of(text).await else {
            panic!("a list without {gone} was read");
        };
        assert_eq!(column, gone);
    }
}

#[tokio::test]
async fn wrong_communes_are_told_by_place_and_field_and_right_ones_are_taken() {
    let outcome = of(r#"[
        {"code": "77243", "nom": "Lagny-sur-Marne", "codesPostaux": ["77400"], "population": 21191},
        {"code": "77243", "nom": "Lagny", "codesPostaux": ["77400"], "population": 5},
        {"code": "7724", "nom": "Lagny", "codesPostaux": ["77400"], "population": 5},
        {"code": 77248, "nom": "Lesches", "codesPostaux": ["77450"], "population": 772},
        {"code": "77248", "nom": "", "codesPostaux": ["77450"], "population": 772},
        {"code": "77248", "nom": "Lesches", "codesPostaux": "77450", "population": 772},
        {"code": "77248", "nom": "Lesches", "codesPostaux": ["7745O"], "population": 772},
        {"code": "77248", "nom": "Lesches", "codesPostaux": ["77450"], "population": "772"},
        {"code": "77248", "nom": "Lesches", "codesPostaux": ["77450"], "population": -772},
        {"code": "77248", "nom": "Lesches", "codesPostaux": ["77450"], "population": 77.2},
        "77248",
        {"code": "77248", "nom": "Lesches", "codesPostaux": ["77450"], "population": 772}
    ]"#)
    .await
    .expect("a list");
    let right = [
        record("77243", "Lagny-sur-Marne", Some("77400"), Some(21_191)),
        record("77248", "Lesches", Some("77450"), Some(772)),
    ];
    assert_eq!(outcome.records, right);
    assert_eq!(
        outcome.told(),
        [
            (2, "code", "`77243` is number 1 of the list already"),
            (3, "code", "`7724` is no INSEE code"),
            (4, "code", "it is missing, or no text"),
            (5, "nom", "it is missing, or no text"),
            (6, "codesPostaux", "it is missing, or no list"),
            (7, "codesPostaux", "`\"7745O\"` is no postal code"),
            (8, "population", "`\"772\"` is not a count of people"),
            (9, "population", "`-772` is not a count of people"),
            (10, "population", "`77.2` is not a count of people"),
            (11, "code", "it is no object"),
        ]
    );
    assert_eq!(outcome.rejects[9].content, "\"77248\"");
}

#[tokio::test]
async fn what_is_no_list_of_communes_is_told() {
    assert_eq!(reason(of("").await), "the file is empty");
    assert_eq!(reason(of("[]").await), "the list has no commune");
    let page = "\n<!DOCTYPE html>\n<html lang=\"fr\"><title>502</title></html>";
    assert_eq!(reason(of(page).await), "it is a page (HTML) and not the file");
    for text in ["{\"code\": \"77243\"}", "[{\"code\": \"77243\"", "code;nom\n77243;Lagny\n"] {
        let reason = reason(of(text).await);
        assert!(reason.starts_with("it is no list in JSON: "), "{text}: {reason}");
    }
}
