use std::io::{Cursor, Read};

use mg_portal::{POPULATION_COLUMNS, Population, Trouble, TroubleKind};
use zip::ZipArchive;

use crate::visitor::{config, get, portal, rows, start};

const OF_2023: &str = "/fr/statistiques/fichier/8680726/ensemble.zip";
const OF_2020: &str = "/fr/statistiques/fichier/6683035/ensemble.zip";

/// The file of communes in the archive at `path`.
async fn communes(portal: &mg_portal::Portal, path: &str) -> String {
    let answer = get(portal, path).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"application/zip".parse().expect("a header"))
    );
    let packed = answer.bytes().await.expect("a body");
    let mut archive = ZipArchive::new(Cursor::new(packed)).expect("an archive");
    let mut text = String::new();
    archive.by_name("donnees_communes.csv").expect("the file").read_to_string(&mut text).expect("UTF-8");
    text
}

#[tokio::test]
async fn an_archive_has_the_communes_as_published() {
    let portal = portal().await;
    let text = communes(&portal, OF_2023).await;
    let header = "REG;Région;DEP;CODARR;CODCAN;CODCOM;COM;Commune;PMUN;PCAP;PTOT\r\n";
    assert!(text.starts_with(header) && text.ends_with("\r\n"), "{text}");
    assert_eq!(POPULATION_COLUMNS.join(";"), header.trim_end());
    let served = rows(&text, b';');
    let truth: Vec<&Population> = portal.truth().populations(2023).collect();
    assert_eq!(served.len(), truth.len());
    for (row, population) in served.iter().zip(truth) {
        let count = |column: &str| row[column].parse::<i64>().expect("a number");
        assert_eq!((&row["COM"], &row["Commune"]), (&population.commune, &population.name));
        assert_eq!((count("PMUN"), count("PCAP")), (population.municipal, population.apart));
        assert_eq!(count("PTOT"), count("PMUN") + count("PCAP"));
        assert_eq!(format!("{}{}", row["DEP"], row["CODCOM"]), row["COM"]);
    }
    let lagny = served.iter().find(|row| row["COM"] == "77243").expect("Lagny");
    assert_eq!(lagny["PMUN"], "21191", "the newest year is what the territory's file says");
}

#[tokio::test]
async fn a_year_differs_from_the_next_and_comes_out_when_it_is_in_force() {
    let portal = portal().await;
    let (older, newer) = (communes(&portal, OF_2020).await, communes(&portal, OF_2023).await);
    assert_eq!(older.lines().count(), newer.lines().count());
    assert_ne!(older, newer);
    assert_eq!(get(&portal, "/fr/statistiques/fichier/1234567/ensemble.zip").await.status(), 404);

    let before =
        start(mg_portal::PortalConfig { today: "2025-12-31".parse().expect("a day"), ..config(7) }).await;
    assert_eq!(before.truth().last_population_year(), Some(2022));
    assert_eq!(get(&before, OF_2023).await.status(), 404);
    assert_eq!(get(&before, OF_2020).await.status(), 200);
}

#[tokio::test]
async fn a_column_of_the_file_in_the_archive_can_have_another_name() {
    let portal = portal().await;
    let kind = TroubleKind::ChangedHeader { from: "PMUN".to_owned(), to: "POP_MUN".to_owned() };
    portal.trouble().play(Trouble { path_contains: OF_2023.to_owned(), kind, times: 1 });
    let header = |text: String| text.lines().next().map(str::to_owned).expect("a line");
    assert!(header(communes(&portal, OF_2023).await).ends_with(";Commune;POP_MUN;PCAP;PTOT"));
    assert!(header(communes(&portal, OF_2023).await).ends_with(";Commune;PMUN;PCAP;PTOT"));
}
