use std::collections::HashMap;
use std::io::Read;

use flate2::read::GzDecoder;
use mg_portal::{DVF_COLUMNS, Mutation, Nature};

use crate::visitor::{Row, client, get, portal, rows, text};

fn commune(year: i32, code: &str) -> String {
    format!("/geo-dvf/latest/csv/{year}/communes/77/{code}.csv")
}

#[tokio::test]
async fn a_commune_and_year_has_a_file_as_published() {
    let portal = portal().await;
    let answer = get(&portal, &commune(2025, "77243")).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["last-modified"], "Sat, 10 Oct 2026 06:00:00 GMT");
    let text = answer.text().await.expect("a body");
    assert_eq!(text.lines().next(), Some(DVF_COLUMNS.join(",").as_str()));
    let rows = rows(&text, b',');
    assert!(
        rows.iter().all(|row| row["code_commune"] == "77243" && row["date_mutation"].starts_with("2025-"))
    );
    assert!(rows.iter().all(|row| row["id_parcelle"].len() == 14 && row["code_departement"] == "77"));
}

#[tokio::test]
async fn every_row_of_a_mutation_repeats_its_price() {
    let portal = portal().await;
    let served = rows(&text(&portal, &commune(2025, "77243")).await, b',');
    let mut mutations: HashMap<&str, Vec<&Row>> = HashMap::new();
    for row in &served {
        mutations.entry(&row["id_mutation"]).or_default().push(row);
    }
    let several: Vec<_> = mutations.values().filter(|rows| rows.len() > 1).collect();
    assert!(several.len() > mutations.len() / 4, "{} of {}", several.len(), mutations.len());
    for rows in several {
        assert!(rows.iter().all(|row| row["valeur_fonciere"] == rows[0]["valeur_fonciere"]));
    }
    let truth: Vec<&Mutation> =
        portal.truth().mutations(2025).iter().filter(|mutation| mutation.commune == "77243").collect();
    assert_eq!(truth.len(), mutations.len());
    for mutation in truth {
        let rows = &mutations[mutation.id.as_str()];
        assert_eq!(rows.len(), mutation.rows.len());
        assert_eq!(rows[0]["valeur_fonciere"].parse().ok(), mutation.price);
    }
}

#[tokio::test]
async fn a_department_comes_compressed() {
    let portal = portal().await;
    let answer = get(&portal, "/geo-dvf/latest/csv/2025/departements/77.csv.gz").await;
    assert_eq!(answer.headers()["content-type"], "application/gzip");
    assert!(!answer.headers().contains_key("content-encoding"));
    let packed = answer.bytes().await.expect("a body");
    let mut whole = String::new();
    GzDecoder::new(&packed[..]).read_to_string(&mut whole).expect("gzip");
    let lines: usize = portal.truth().mutations(2025).iter().map(|mutation| mutation.rows.len()).sum();
    assert_eq!(rows(&whole, b',').len(), lines);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let portal = portal().await;
    for path in [
        commune(2013, "77243"),
        commune(2027, "77243"),
        commune(2025, "77999"),
        commune(2025, "75056"),
        "/geo-dvf/latest/csv/2025/departements/75.csv.gz".to_owned(),
        "/geo-dvf/latest/csv/2025/departements/77.csv".to_owned(),
        "/geo-dvf/latest/csv/soon/communes/77/77243.csv".to_owned(),
    ] {
        assert_eq!(get(&portal, &path).await.status(), 404, "{path}");
    }
    for year in 2014..=2026 {
        assert_eq!(get(&portal, &commune(year, "77062")).await.status(), 200, "{year}");
    }
}

#[tokio::test]
async fn an_unchanged_file_need_not_be_sent_again() {
    let portal = portal().await;
    let address = format!("{}{}", portal.url(), commune(2024, "77243"));
    let since = |date: &'static str| client().get(&address).header("If-Modified-Since", date).send();
    let answer = since("Sat, 10 Oct 2026 06:00:00 GMT").await.expect("an answer");
    assert_eq!(answer.status(), 304);
    assert_eq!(since("Fri, 10 Apr 2026 06:00:00 GMT").await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn sales_end_where_the_edition_does() {
    let portal = portal().await;
    let truth = portal.truth();
    let last = truth.mutations(2026).iter().map(|mutation| mutation.date).max().expect("a sale");
    assert!(last <= truth.last_sale_day() && last.to_string().starts_with("2026-06"));
    assert!(truth.mutations(2027).is_empty() && truth.mutations(2013).is_empty());
}

fn median(mut prices: Vec<f64>) -> f64 {
    prices.sort_by(f64::total_cmp);
    prices[prices.len() / 2]
}

#[tokio::test]
async fn prices_rise_then_dip() {
    let portal = portal().await;
    let price =
        |year| median(portal.truth().mutations(year).iter().filter_map(Mutation::price_per_m2).collect());
    assert!(price(2022) > price(2015) * 1.12);
    assert!(price(2024) < price(2022) * 0.99);
    let all: Vec<&Mutation> = (2014..=2026).flat_map(|year| portal.truth().mutations(year)).collect();
    for nature in [
        Nature::Vente,
        Nature::Vefa,
        Nature::Echange,
        Nature::Adjudication,
        Nature::Expropriation,
        Nature::TerrainABatir,
    ] {
        assert!(all.iter().any(|mutation| mutation.nature == nature), "{nature:?}");
    }
    assert!(all.iter().any(|mutation| mutation.price.is_none()));
    assert!(all.iter().any(|mutation| mutation.dwellings() > 1));
}

#[tokio::test]
async fn a_naive_price_per_square_metre_is_too_high() {
    let portal = portal().await;
    let mutations: Vec<&Mutation> = (2014..=2026).flat_map(|year| portal.truth().mutations(year)).collect();
    let right: Vec<f64> = mutations.iter().filter_map(|mutation| mutation.price_per_m2()).collect();
    let naive: Vec<f64> = mutations
        .iter()
        .flat_map(|mutation| {
            mutation.rows.iter().filter_map(|row| Some(mutation.price? / row.built_m2? as f64))
        })
        .collect();
    let mean = |prices: &[f64]| prices.iter().sum::<f64>() / prices.len() as f64;
    assert!(mean(&naive) > mean(&right) * 1.05);
}
