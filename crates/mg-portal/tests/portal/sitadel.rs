use std::collections::HashMap;

use mg_portal::{AMENAGER, DEMOLIR, Etat, LOCAUX, LOGEMENTS, MENSUEL_NATIONAL, Permit};

use crate::visitor::{NEWER, OLDER, config, get, json, portal, rows, start, text};

fn csv(rid: &str, query: &str) -> String {
    format!("/dido/api/v1/datafiles/{rid}/csv?{query}")
}

/// Only the line of codes above the rows, as a spider asks for it.
fn named(rid: &str, query: &str) -> String {
    csv(rid, &format!("withColumnName=true&withColumnDescription=false&withColumnUnit=false&{query}"))
}

#[tokio::test]
async fn the_list_is_served_as_published() {
    let portal = portal().await;
    let answer = get(&portal, &csv(LOGEMENTS, "millesime=2026-10&COMM=eq:77243")).await;
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
    let text = answer.text().await.expect("a body");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("\"Code de la région du lieu des travaux - Code de la zone\";"));
    assert!(
        lines[1]
            .starts_with("\"REG_CODE\";\"REG_LIBELLE\";\"DEP_CODE\";\"DEP_LIBELLE\";\"COMM\";\"TYPE_DAU\"")
    );
    // Text in quotes, numbers bare, nothing for an empty cell.
    assert!(
        lines[2].starts_with("\"11\";\"Île-de-France\";\"77\";\"Seine-et-Marne\";\"77243\";\""),
        "{}",
        lines[2]
    );
    assert!(lines.iter().any(|line| line.contains(";2;\"20") && line.contains("\";;;20")), "an open permit");
}

#[tokio::test]
async fn the_schema_drifts_between_the_editions() {
    let portal = portal().await;
    let codes = async |millesime: &str| -> Vec<String> {
        let text = text(&portal, &named(LOGEMENTS, &format!("COMM=eq:77062&millesime={millesime}"))).await;
        let header = text.lines().next().expect("a header");
        header.split(';').map(|code| code.trim_matches('"').to_owned()).collect()
    };
    let (older, newer) = (codes(OLDER).await, codes(NEWER).await);
    assert_eq!((older.len(), newer.len()), (100, 94));
    assert!(older.contains(&"CAT_DEM".to_owned()) && !newer.contains(&"CAT_DEM".to_owned()));
    assert!(newer.contains(&"DR_DEPOT".to_owned()) && !older.contains(&"DR_DEPOT".to_owned()));
    // Without an edition asked for, the latest.
    let latest = text(&portal, &named(LOGEMENTS, "COMM=eq:77062")).await;
    assert_eq!(latest.lines().next().expect("a header").split(';').count(), 94);
}

#[tokio::test]
async fn rows_say_what_the_truth_says() {
    let portal = portal().await;
    let served = rows(&text(&portal, &named(LOGEMENTS, "")).await, b';');
    let truth = portal.truth().permits(NEWER);
    assert_eq!(served.len(), truth.len());
    for (row, permit) in served.iter().zip(truth) {
        assert_eq!(row["NUM_DAU"], permit.num_dau);
        assert_eq!(row["COMM"], permit.commune);
        assert_eq!(row["ETAT_DAU"], permit.etat.code().to_string());
        assert_eq!(row["DATE_REELLE_AUTORISATION"], permit.autorisation.to_string());
        assert_eq!(row["DATE_REELLE_DOC"], permit.ouverture.map(|day| day.to_string()).unwrap_or_default());
        assert_eq!(row["NB_LGT_TOT_CREES"], permit.programme.dwellings().to_string());
    }
}

#[tokio::test]
async fn filters_columns_and_order_are_obeyed() {
    let portal = portal().await;
    let query = "COMM=in:77243,77062&DATE_REELLE_AUTORISATION=gte:2024-01-01&DATE_REELLE_AUTORISATION=lt:2025-01-01\
                 &columns=NUM_DAU,COMM,DATE_REELLE_AUTORISATION&orderBy=-DATE_REELLE_AUTORISATION";
    let text = text(&portal, &named(LOGEMENTS, query)).await;
    assert!(text.starts_with("\"NUM_DAU\";\"COMM\";\"DATE_REELLE_AUTORISATION\"\n"));
    let served = rows(&text, b';');
    let dates: Vec<&str> = served.iter().map(|row| row["DATE_REELLE_AUTORISATION"].as_str()).collect();
    assert!(dates.len() > 20 && dates.is_sorted_by(|one, other| one >= other));
    assert!(dates.iter().all(|date| date.starts_with("2024-")));
    let wanted = |permit: &&Permit| ["77243", "77062"].contains(&permit.commune.as_str());
    let permits = portal.truth().permits(NEWER).iter().filter(wanted);
    assert_eq!(
        served.len(),
        permits.filter(|permit| permit.autorisation.to_string().starts_with("2024-")).count()
    );
}

#[tokio::test]
async fn what_dido_refuses_is_refused() {
    let portal = portal().await;
    for query in [
        "COMM=77243",
        "COMM=is:77243",
        "COMM=eq:",
        "pageSize=10",
        "page=2",
        "columns=COMM,NO_SUCH",
        "orderBy=NO_SUCH",
        "NO_SUCH=eq:1",
        "millesime=2026-12",
        "millesime=latest",
        "withColumnName=yes",
        "NB_LGT_TOT_CREES=gte:many",
        "DATE_REELLE_AUTORISATION=gte:2024",
    ] {
        let answer = get(&portal, &csv(LOGEMENTS, query)).await;
        assert_eq!(answer.status(), 400, "{query}");
        let body: serde_json::Value = answer.json().await.expect("JSON");
        assert_eq!(body["statusCode"], 400, "{query}");
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{query}");
    }
    // A column that only the other edition has.
    assert_eq!(get(&portal, &csv(LOGEMENTS, "columns=CAT_DEM")).await.status(), 400);
    assert_eq!(get(&portal, &csv(LOGEMENTS, "columns=CAT_DEM&millesime=2026-10")).await.status(), 200);
    assert_eq!(get(&portal, &csv("0000", "")).await.status(), 404);
    assert_eq!(get(&portal, "/dido/api/v1/datafiles/0000").await.status(), 404);
}

#[tokio::test]
async fn no_match_is_no_error() {
    let portal = portal().await;
    assert_eq!(text(&portal, &csv(LOGEMENTS, "COMM=eq:75056")).await, "Le fichier est vide");
    assert_eq!(
        json(&portal, &format!("/dido/api/v1/datafiles/{LOGEMENTS}/json?COMM=eq:75056")).await,
        serde_json::json!([])
    );
}

#[tokio::test]
async fn json_has_types_and_pages() {
    let portal = portal().await;
    let path =
        |page: u32| format!("/dido/api/v1/datafiles/{LOGEMENTS}/json?COMM=eq:77243&pageSize=5&page={page}");
    let (first, second) = (json(&portal, &path(1)).await, json(&portal, &path(2)).await);
    let numbers = |page: &serde_json::Value| -> Vec<String> {
        page.as_array().expect("an array").iter().map(|row| row["NUM_DAU"].to_string()).collect()
    };
    assert_eq!((numbers(&first).len(), numbers(&second).len()), (5, 5));
    assert!(numbers(&first).iter().all(|number| !numbers(&second).contains(number)));
    assert!(
        first[0]["NB_LGT_TOT_CREES"].is_i64()
            && first[0]["COMM"].is_string()
            && first[0]["I_PISCINE"].is_boolean()
    );
    assert!(first.as_array().expect("an array").iter().any(|row| row["ADR_LIEUDIT_TER"].is_null()));
}

#[tokio::test]
async fn metadata_name_the_editions_newest_first() {
    let portal = portal().await;
    let metadata = json(&portal, &format!("/dido/api/v1/datafiles/{LOGEMENTS}")).await;
    assert_eq!(metadata["rid"], LOGEMENTS);
    let editions = metadata["millesimes"].as_array().expect("editions");
    let names: Vec<&str> = editions.iter().filter_map(|edition| edition["millesime"].as_str()).collect();
    assert_eq!(names, [NEWER, OLDER]);
    assert_eq!(editions[0]["rows"], portal.truth().permits(NEWER).len());
    let columns = |index: usize| editions[index]["columns"].as_array().map(Vec::len);
    assert_eq!((columns(0), columns(1)), (Some(94), Some(100)));
    assert_eq!(metadata["columns"][4]["name"], "COMM");
}

#[tokio::test]
async fn the_other_lists_have_their_own_columns() {
    let portal = portal().await;
    for (rid, has, has_not) in [
        (LOCAUX, "SURF_LOC_CREEE", "NB_LGT_TOT_CREES"),
        (AMENAGER, "NUM_PA", "NUM_DAU"),
        (DEMOLIR, "NUM_PD", "DATE_REELLE_DOC"),
    ] {
        let served = rows(&text(&portal, &named(rid, "")).await, b';');
        assert!(served.len() > 10, "{rid}");
        assert!(served[0].contains_key(has) && !served[0].contains_key(has_not), "{rid}");
    }
    let national = text(&portal, &csv(MENSUEL_NATIONAL, "")).await;
    assert!(national.starts_with(
        "\"ANNEE\";\"MOIS\";\"TYPE_LGT\";\"NAT_SERIES\";\"LOG_AUT\";\"LOG_COM\";\"SDP_AUT\";\"SDP_COM\"\n\
         \"2026\";\"10\";\"Collectif\";\"Brute\";"
    ));
    assert!(
        national
            .lines()
            .last()
            .expect("a line")
            .starts_with("\"2000\";\"01\";\"Tous Logements\";\"CVS-CJO\";")
    );
}

/// The share of what both editions have that they tell differently.
fn share_changed<K: std::hash::Hash + Eq, V: PartialEq>(older: &HashMap<K, V>, newer: &HashMap<K, V>) -> f64 {
    let shared: Vec<bool> =
        older.iter().filter_map(|(key, value)| newer.get(key).map(|now| now != value)).collect();
    shared.iter().filter(|changed| **changed).count() as f64 / shared.len() as f64
}

#[tokio::test]
async fn an_edition_revises_a_third_of_the_recent_rows() {
    let portal = portal().await;
    let truth = portal.truth();
    let from: chrono::NaiveDate = "2025-11-01".parse().expect("a day");
    let keyed = |millesime: &str, recent: bool| -> HashMap<(&'static str, String), Permit> {
        let permits =
            truth.permits(millesime).iter().filter(|permit| (permit.autorisation >= from) == recent);
        permits.map(|permit| ((permit.type_dau, permit.num_dau.clone()), permit.clone())).collect()
    };
    let recent = share_changed(&keyed(OLDER, true), &keyed(NEWER, true));
    assert!((0.25..0.42).contains(&recent), "{recent} of the recent rows");
    let old = share_changed(&keyed(OLDER, false), &keyed(NEWER, false));
    assert!(old < 0.1, "{old} of the old rows");

    let (before, after) = (keyed(OLDER, true), keyed(NEWER, true));
    let changes: Vec<(&Permit, &Permit)> =
        before.iter().filter_map(|(key, permit)| after.get(key).map(|now| (permit, now))).collect();
    assert!(changes.iter().any(|(was, is)| was.ouverture.is_none() && is.ouverture.is_some()), "sites open");
    assert!(
        changes.iter().any(|(was, is)| was.programme.dwellings() != is.programme.dwellings()),
        "dwellings"
    );
    assert!(after.keys().any(|key| !before.contains_key(key)), "late permits appear");
    assert!(before.keys().all(|key| after.contains_key(key)), "no permit goes");
}

#[tokio::test]
async fn some_permits_are_cancelled_between_the_editions() {
    let mut cancelled = [0, 0];
    for seed in 1..=4 {
        let portal = start(config(seed)).await;
        for (count, millesime) in cancelled.iter_mut().zip([OLDER, NEWER]) {
            let permits = portal.truth().permits(millesime).iter();
            *count += permits.filter(|permit| permit.etat == Etat::Annule).count();
        }
    }
    assert!(cancelled[1] > cancelled[0], "{cancelled:?}");
}

#[tokio::test]
async fn a_third_of_the_national_series_is_revised() {
    let portal = portal().await;
    let keyed = |millesime| {
        let row = |row: &mg_portal::NationalMonth| {
            (
                (row.year.clone(), row.month.clone(), row.dwelling_type, row.series),
                (row.authorised, row.begun),
            )
        };
        portal.truth().national(millesime).iter().map(row).collect::<HashMap<_, _>>()
    };
    let changed = share_changed(&keyed(OLDER), &keyed(NEWER));
    assert!((0.25..0.42).contains(&changed), "{changed}");
}

#[tokio::test]
async fn permits_hold_together() {
    let portal = portal().await;
    for millesime in [OLDER, NEWER] {
        let permits = portal.truth().permits(millesime);
        let last = format!("{millesime}-01").parse::<chrono::NaiveDate>().expect("a day");
        for permit in permits {
            let expected = match (permit.ouverture, permit.achevement) {
                (None, None) if permit.etat == Etat::Annule => Etat::Annule,
                (None, None) => Etat::Autorise,
                (Some(_), None) => Etat::Commence,
                (Some(_), Some(_)) => Etat::Termine,
                (None, Some(_)) => panic!("finished and never begun: {permit:?}"),
            };
            assert_eq!(permit.etat, expected, "{permit:?}");
            let days = [Some(permit.depot), Some(permit.autorisation), permit.ouverture, permit.achevement];
            let days: Vec<_> = days.into_iter().flatten().collect();
            assert!(days.is_sorted() && days.iter().all(|day| *day < last), "{permit:?}");
            assert_eq!(permit.num_dau.len(), 13);
            assert!(permit.num_dau.starts_with(&format!("0{}", permit.commune)));
            let rooms: i64 = permit.programme.rooms.iter().sum();
            assert!(rooms == 0 || rooms == permit.programme.dwellings(), "{permit:?}");
            assert!(permit.programme.area.created + permit.programme.area.converted_in > 0, "{permit:?}");
        }
        let keys: std::collections::HashSet<_> = permits.iter().map(|p| (p.type_dau, &p.num_dau)).collect();
        let numbers: std::collections::HashSet<_> = permits.iter().map(|p| &p.num_dau).collect();
        assert_eq!(keys.len(), permits.len(), "type and number are a key");
        assert_eq!(numbers.len(), permits.len() - 1, "the number alone is none");
    }
}

#[tokio::test]
async fn the_last_months_are_incomplete() {
    let portal = portal().await;
    let counted = |millesime: &str, month: &str| {
        let permits = portal.truth().permits(millesime).iter();
        permits.filter(|permit| permit.autorisation.to_string().starts_with(month)).count()
    };
    assert!(counted(OLDER, "2026-09") < counted(NEWER, "2026-09"));
    assert_eq!(counted(NEWER, "2026-11"), 0);
    assert_eq!(counted(OLDER, "2020-05"), counted(NEWER, "2020-05"));
}

#[tokio::test]
async fn the_seed_decides_everything() {
    let (one, same, other) = (start(config(1)).await, start(config(1)).await, start(config(2)).await);
    assert_eq!(one.truth().permits(NEWER), same.truth().permits(NEWER));
    assert_eq!(one.truth().mutations(2025), same.truth().mutations(2025));
    assert_ne!(one.truth().permits(NEWER), other.truth().permits(NEWER));
    assert_ne!(one.truth().mutations(2025), other.truth().mutations(2025));
}

#[tokio::test]
async fn an_edition_does_not_depend_on_the_day() {
    let mut later = config(7);
    later.today = "2026-12-03".parse().expect("a day");
    let (now, later) = (portal().await, start(later).await);
    assert_eq!(now.truth().permits(NEWER), later.truth().permits(NEWER));
}

#[tokio::test]
async fn an_edition_can_be_held_back() {
    let portal = portal().await;
    let latest =
        async || json(&portal, &format!("/dido/api/v1/datafiles/{LOGEMENTS}")).await["millesime"].clone();
    portal.publish_up_to(OLDER).expect("an edition");
    assert_eq!(latest().await, OLDER);
    assert_eq!(get(&portal, &csv(LOGEMENTS, "millesime=2026-11")).await.status(), 400);
    let held = rows(&text(&portal, &named(LOGEMENTS, "")).await, b';');
    assert_eq!(held.len(), portal.truth().permits(OLDER).len());

    let address = format!("{}/_portal/edition", portal.url());
    let publish = |millesime: &str| {
        crate::visitor::client().put(&address).json(&serde_json::json!({ "publish_up_to": millesime })).send()
    };
    assert_eq!(publish(NEWER).await.expect("an answer").status(), 204);
    assert_eq!(latest().await, NEWER);
    assert_eq!(publish("2031-01").await.expect("an answer").status(), 404);
    assert!(portal.publish_up_to("2026-09").is_err());
}
