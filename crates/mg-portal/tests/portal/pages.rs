use std::collections::HashSet;

use mg_portal::Etat;

use crate::visitor::{NEWER, get, json, portal, text};

/// What stands between `before` and `after`, everywhere in `html`.
fn between<'a>(html: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    html.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
}

#[tokio::test]
async fn the_listing_is_walked_by_its_next_links() {
    let portal = portal().await;
    let mut path = "/annonces".to_owned();
    let mut adverts = HashSet::new();
    let mut pages = 0;
    loop {
        let html = text(&portal, &path).await;
        pages += 1;
        let links = between(&html, "class=\"titre\" href=\"", "\"");
        assert!((1..=10).contains(&links.len()));
        adverts.extend(links.into_iter().map(str::to_owned));
        let Some(next) = between(&html, "rel=\"next\" href=\"", "\"").first().map(|next| (*next).to_owned())
        else {
            break;
        };
        path = next;
    }
    assert_eq!((pages, adverts.len()), (5, portal.truth().listings().len()));
    for page in ["/annonces?page=0", "/annonces?page=6", "/annonces/1"] {
        assert_eq!(get(&portal, page).await.status(), 404, "{page}");
    }
}

#[tokio::test]
async fn an_advert_is_written_as_in_french() {
    let portal = portal().await;
    let listing = &portal.truth().listings()[0];
    let html = text(&portal, &format!("/annonces/{}", listing.id)).await;
    let field =
        |class: &str| between(&html, &format!("<dd class=\"{class}\">"), "</dd>")[0].replace("&nbsp;", " ");
    let price = field("prix");
    let digits: String = price.chars().filter(char::is_ascii_digit).collect();
    assert!(price.ends_with(",00 €") && digits == listing.price_cents.to_string(), "{price}");
    assert!(field("surface").ends_with(" m²"));
    assert!(field("date").ends_with(" 2026"));
    assert_eq!(field("commune"), listing.commune);
    let safe = |listing: &mg_portal::Listing| listing.title.contains('&');
    let awkward = portal.truth().listings().iter().find(|listing| safe(listing)).expect("a title with &");
    let html = text(&portal, &format!("/annonces/{}", awkward.id)).await;
    assert!(html.contains(&awkward.title.replace('&', "&amp;")) && !html.contains(&awkward.title));
}

#[tokio::test]
async fn the_table_of_sites_is_empty_without_its_script() {
    let portal = portal().await;
    let html = text(&portal, "/chantiers").await;
    assert!(html.contains("<tbody></tbody>") && html.contains("fetch(\"/chantiers/donnees.json\")"));
    let data = json(&portal, "/chantiers/donnees.json").await;
    let sites = data["chantiers"].as_array().expect("sites");
    assert_eq!(sites.len(), 40);
    let open: HashSet<String> = portal
        .truth()
        .permits(NEWER)
        .iter()
        .filter(|permit| permit.etat == Etat::Commence)
        .map(|permit| format!("{} {}", permit.type_dau, permit.num_dau))
        .collect();
    assert!(sites.iter().all(|site| open.contains(site["numero"].as_str().expect("a number"))));
    assert!(sites.iter().all(|site| !html.contains(site["numero"].as_str().expect("a number"))));
}

#[tokio::test]
async fn the_communes_are_listed_as_geo_api_does() {
    let portal = portal().await;
    let communes = json(&portal, "/epcis/247700594/communes").await;
    assert_eq!(communes.as_array().map(Vec::len), Some(8));
    let lagny = &communes[4];
    assert_eq!((&lagny["nom"], &lagny["code"]), (&"Lagny-sur-Marne".into(), &"77243".into()));
    assert_eq!((&lagny["codesPostaux"][0], &lagny["population"]), (&"77400".into(), &21_191.into()));
    assert_eq!(get(&portal, "/epcis/200000000/communes").await.status(), 404);
}

#[tokio::test]
async fn the_first_page_says_what_this_is() {
    let portal = portal().await;
    let html = text(&portal, "/").await;
    assert!(html.contains("Données synthétiques") && html.contains("All data are synthetic"));
    for link in between(&html, "href=\"", "\"") {
        assert_eq!(get(&portal, link).await.status(), 200, "{link}");
    }
    let robots = text(&portal, "/robots.txt").await;
    assert!(robots.starts_with("User-agent: *\nDisallow: /_portal/\n"));
}
