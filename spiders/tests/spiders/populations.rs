use std::io::{Cursor, Write};

use mg_core::{Record, Value};
use mg_crawl::{CrawlError, Source};
use mg_portal::Population;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::reading::{Outcome, fetched, planned, portal, read, request};

const NAME: &str = "populations";
const HEADER: &str = "REG;Région;DEP;CODARR;CODCAN;CODCOM;COM;Commune;PMUN;PCAP;PTOT";
const LAGNY: &str = "11;Île-de-France;77;5;09;243;77243;Lagny-sur-Marne;21191;193;21384";

/// The source of the populations of 2023.
async fn of_2023() -> Source {
    let request =
        mg_crawl::CrawlRequest { edition: Some("2026-01".to_owned()), ..request("http://insee.test") };
    planned(NAME, &request).await.expect("a plan").remove(0)
}

/// Reads the file of these lines, with the line ends that are published.
async fn of(lines: &[&str]) -> Result<Outcome, CrawlError> {
    read(NAME, &of_2023().await, format!("{}\r\n", lines.join("\r\n")).as_bytes()).await
}

/// An archive with these files in it.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        archive.start_file(*name, SimpleFileOptions::default()).expect("a name");
        archive.write_all(content).expect("room");
    }
    archive.finish().expect("an archive").into_inner()
}

fn record(population: &Population) -> Record {
    Record {
        values: vec![
            population.commune.clone().into(),
            i64::from(population.year).into(),
            population.name.clone().into(),
            population.municipal.into(),
            population.apart.into(),
            population.total().into(),
        ],
    }
}

fn reason(outcome: Result<Outcome, CrawlError>) -> String {
    match outcome {
        Err(CrawlError::Format { reason, .. }) => reason,
        other => panic!("no fault of the format: {other:?}"),
    }
}

#[tokio::test]
async fn every_year_of_the_portal_becomes_records() {
    let portal = portal().await;
    let sources = planned(NAME, &request(&portal.url())).await.expect("a plan");
    let editions: Vec<&str> = sources.iter().filter_map(|source| source.edition.as_deref()).collect();
    assert_eq!(editions, ["2023-01", "2024-01", "2025-01", "2026-01"]);
    for (source, year) in sources.iter().zip(2020..) {
        let outcome = fetched(NAME, source).await.expect("a file that can be read");
        let expected: Vec<Record> = portal.truth().populations(year).map(record).collect();
        assert_eq!((outcome.records, outcome.rejects), (expected, Vec::new()), "{year}");
    }
}

#[tokio::test]
async fn an_edition_is_one_year_and_one_that_is_not_known_is_told() {
    let asked = |edition: &str| mg_crawl::CrawlRequest {
        edition: Some(edition.to_owned()),
        ..request("http://insee.test")
    };
    let sources = planned(NAME, &asked("2025-07")).await.expect("a plan");
    assert_eq!(sources.len(), 1);
    assert_eq!(sources[0].url.as_str(), "http://insee.test/fr/statistiques/fichier/8290591/ensemble.zip");
    assert_eq!(sources[0].edition.as_deref(), Some("2025-01"), "in force in July since January");
    assert!(!sources[0].may_be_missing);
    let error = planned(NAME, &asked("2019-01")).await.expect_err("not known");
    assert_eq!(error.code(), "edition_not_kept");
    assert!(error.to_string().contains("2019-01") && error.to_string().contains("2023-01, "), "{error}");
}

#[tokio::test]
async fn a_file_of_its_own_is_of_the_year_that_its_address_or_else_the_edition_says() {
    let plan = async |path: &str, edition: Option<&str>| {
        let base = request("http://insee.test");
        let url = base.base.join(path).expect("a URL");
        let request = mg_crawl::CrawlRequest { url: Some(url), edition: edition.map(str::to_owned), ..base };
        planned(NAME, &request).await.map(|sources| sources[0].slice[0].1.clone())
    };
    let known = "/fr/statistiques/fichier/7739582/ensemble.zip";
    assert_eq!(plan(known, None).await.expect("a known one"), "2021");
    assert_eq!(plan("/populations.csv", Some("2026-03")).await.expect("an edition"), "2023");
    let error = plan("/populations.csv", None).await.expect_err("of no year");
    assert_eq!(error.code(), "edition_unknown");
}

#[tokio::test]
async fn the_file_of_communes_is_read_alone_or_out_of_an_archive_with_others() {
    let text = format!("\u{feff}{HEADER}\r\n{LAGNY}\r\n");
    let alone = read(NAME, &of_2023().await, text.as_bytes()).await.expect("a file");
    let other = "REG;Région;DEP;PMUN;PCAP;PTOT\r\n".as_bytes();
    let packed =
        archive(&[("donnees_departements.csv", other), ("insee/donnees_communes.csv", text.as_bytes())]);
    let packed = read(NAME, &of_2023().await, &packed).await.expect("an archive");
    assert_eq!(alone.records, packed.records);
    let values: Vec<Value> =
        vec!["77243".into(), 2023.into(), "Lagny-sur-Marne".into(), 21_191.into(), 193.into(), 21_384.into()];
    assert_eq!(alone.records, [Record { values }]);
}

#[tokio::test]
async fn a_needed_column_that_is_gone_is_named() {
    let renamed = HEADER.replace("PMUN", "POP_MUN");
    let Err(CrawlError::MissingColumn { column, .. }) = of(&[&renamed, LAGNY]).await else {
        panic!("a file without PMUN was read");
    };
    assert_eq!(column, "PMUN");
}

#[tokio::test]
async fn wrong_rows_are_told_by_line_and_column_and_right_ones_are_taken() {
    let outcome = of(&[
        HEADER,
        LAGNY,
        "11;Île-de-France;77;5;22;058;77058;Bussy-Saint-Georges;26 571;331;26902",
        "11;Île-de-France;77;5;22;059;77059;Bussy-Saint-Martin;s;15;717",
        "11;Île-de-France;77;5;09;062;77062;Carnetin;-456;10;466",
        "11;Île-de-France;77;5;09;075;77075;Chalifert;1482;10;1493",
        "11;Île-de-France;77;5;09;085;7785;Chanteloup-en-Brie;4171;54;4225",
        "11;Île-de-France;77;5;22;121;77121;;3334;41;3375",
        "11;Île-de-France;77;5;09;124;77124;Conches-sur-Gondoire;;28;1770",
        "11;Île-de-France;77;5;09;155;77155;Dampmart;3586",
        "11;Île-de-France;77;5;09;209;77209;Gouvernes;1178;23;99999999999999999999",
        "94;Corse;2A;1;08;001;2A001;Afa;3336;59;3395",
        "44;Grand Est;55;3;04;039;55039;Beaumont-en-Verdunois;0;0;0",
    ])
    .await
    .expect("a file");
    let communes: Vec<&Value> = outcome.records.iter().map(|record| &record.values[0]).collect();
    assert_eq!(communes, [&"77243".into(), &"2A001".into(), &Value::from("55039")]);
    assert_eq!(
        outcome.told(),
        [
            (3, "PMUN", "`26 571` is not a whole number"),
            (4, "PMUN", "`s` is not a whole number"),
            (5, "PMUN", "a count below zero"),
            (6, "PTOT", "`1493` is not the sum of PMUN and PCAP, 1482 and 10"),
            (7, "COM", "`7785` is no INSEE code"),
            (8, "Commune", "it is empty"),
            (9, "PMUN", "it is empty"),
            (10, "", "9 cells where the header has 11"),
            (11, "PTOT", "`99999999999999999999` is not a whole number"),
        ]
    );
}

#[tokio::test]
async fn of_a_commune_that_stands_there_twice_the_first_is_taken_and_the_second_told() {
    let other = LAGNY.replace("21191;193;21384", "20000;193;20193");
    // A row that cannot be read does not keep a later one out.
    let outcome = of(&[HEADER, &LAGNY.replace("21191", "?"), LAGNY, &other]).await.expect("a file");
    assert_eq!(outcome.records.len(), 1);
    assert_eq!(outcome.records[0].values[3], 21_191.into());
    let told = [(2, "PMUN", "`?` is not a whole number"), (4, "COM", "`77243` stands on line 3 already")];
    assert_eq!(outcome.told(), told);
}

#[tokio::test]
async fn a_file_without_communes_is_no_file_of_communes() {
    let source = of_2023().await;
    assert_eq!(reason(read(NAME, &source, b"").await), "the file has no line");
    assert_eq!(reason(of(&[HEADER]).await), "the file has no commune");
    let empty = archive(&[("donnees_communes.csv", b"")]);
    assert_eq!(reason(read(NAME, &source, &empty).await), "the file has no line");
}

#[tokio::test]
async fn a_page_in_the_place_of_the_file_is_told_as_one() {
    let source = of_2023().await;
    let page = b"\xef\xbb\xbf\n<!DOCTYPE html><html><body>Maintenance; PMUN; PTOT</body></html>";
    assert_eq!(reason(read(NAME, &source, page).await), "it is a page (HTML) and not the file");
    let packed = archive(&[("donnees_communes.csv", page)]);
    assert_eq!(reason(read(NAME, &source, &packed).await), "it is a page (HTML) and not the file");
}

#[tokio::test]
async fn an_archive_that_is_broken_or_of_something_else_is_told() {
    let source = of_2023().await;
    let text = format!("{HEADER}\r\n{LAGNY}\r\n");
    let whole = archive(&[("donnees_communes.csv", text.as_bytes())]);
    let cut = reason(read(NAME, &source, &whole[..whole.len() / 2]).await);
    assert!(cut.starts_with("the archive cannot be read: "), "{cut}");
    // The content no longer fits its checksum.
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut spoilt = ZipWriter::new(Cursor::new(Vec::new()));
    spoilt.start_file("donnees_communes.csv", stored).expect("a name");
    spoilt.write_all(text.as_bytes()).expect("room");
    let mut spoilt = spoilt.finish().expect("an archive").into_inner();
    let place = spoilt.windows(5).position(|bytes| bytes == b"21191").expect("the population");
    spoilt[place] = b'9';
    let spoilt = reason(read(NAME, &source, &spoilt).await);
    assert!(spoilt.starts_with("the archive cannot be read: "), "{spoilt}");
    let other = archive(&[("donnees_departements.csv", b"DEP;PMUN\r\n")]);
    assert_eq!(
        reason(read(NAME, &source, &other).await),
        "the archive has no donnees_communes.csv, it has donnees_departements.csv"
    );
    let bomb = archive(&[("donnees_communes.csv", &vec![b'7'; 49 << 20])]);
    assert!(bomb.len() < 1 << 20);
    let error = read(NAME, &source, &bomb).await.expect_err("too much");
    assert_eq!(error.code(), "source_too_large");
}
