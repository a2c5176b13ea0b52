use mg_portal::{LOGEMENTS, Trouble, TroubleKind};
use serde_json::json;

use crate::visitor::{client, get, portal, text};

const LIST: &str = "/dido/api/v1/datafiles/8b35affb-55fc-4c1f-915b-7750f974446a/csv?COMM=eq:77243&withColumnDescription=false";
const SALES: &str = "/geo-dvf/latest/csv/2025/communes/77/77243.csv";

fn trouble(path: &str, kind: TroubleKind, times: u32) -> Trouble {
    Trouble { path_contains: path.to_owned(), kind, times }
}

#[tokio::test]
async fn trouble_hits_what_it_is_meant_for_as_often_as_ordered() {
    let portal = portal().await;
    portal.trouble().play(trouble("/dido/", TroubleKind::ServerError(503), 2));
    assert_eq!(get(&portal, "/robots.txt").await.status(), 200);
    assert_eq!(get(&portal, LIST).await.status(), 503);
    assert_eq!(get(&portal, LIST).await.status(), 503);
    assert_eq!(get(&portal, LIST).await.status(), 200);
    assert!(portal.trouble().pending().is_empty());
}

#[tokio::test]
async fn too_many_requests_say_when_to_come_back() {
    let portal = portal().await;
    portal.trouble().play(trouble("COMM=eq:77243", TroubleKind::TooManyRequests { retry_after_s: 3 }, 1));
    let answer = get(&portal, LIST).await;
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "3");
}

#[tokio::test]
async fn a_slow_answer_comes_later_than_a_client_waits() {
    let portal = portal().await;
    portal.trouble().play(trouble("/robots.txt", TroubleKind::Slow { delay_ms: 60_000 }, 1));
    let address = format!("{}/robots.txt", portal.url());
    let impatient = client().get(&address).timeout(std::time::Duration::from_millis(200)).send().await;
    assert!(impatient.is_err_and(|error| error.is_timeout()));
    portal.trouble().play(trouble("/robots.txt", TroubleKind::Slow { delay_ms: 1 }, 1));
    assert!(text(&portal, "/robots.txt").await.starts_with("User-agent"));
}

#[tokio::test]
async fn an_answer_can_break_off_half_way() {
    let portal = portal().await;
    let whole = text(&portal, SALES).await;
    portal.trouble().play(trouble(SALES, TroubleKind::CutInTheMiddle, 1));
    let mut answer = get(&portal, SALES).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.content_length(), Some(whole.len() as u64));
    let mut received = Vec::new();
    let broken = loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => received.extend_from_slice(&chunk),
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(broken, "the client notices");
    assert!(received.len() <= whole.len() / 2 && whole.as_bytes().starts_with(&received));
    assert_eq!(text(&portal, SALES).await, whole);
}

#[tokio::test]
async fn a_column_can_be_renamed() {
    let portal = portal().await;
    let renamed =
        |from: &str, to: &str| TroubleKind::ChangedHeader { from: from.to_owned(), to: to.to_owned() };
    portal.trouble().play(trouble(LOGEMENTS, renamed("NB_LGT_TOT_CREES", "NB_LGT_CREES"), 1));
    let (changed, usual) = (text(&portal, LIST).await, text(&portal, LIST).await);
    assert!(changed.contains("\"NB_LGT_CREES\"") && !changed.contains("NB_LGT_TOT_CREES"));
    assert_eq!(changed.replace("NB_LGT_CREES", "NB_LGT_TOT_CREES"), usual);

    portal.trouble().play(trouble("/geo-dvf/", renamed("valeur_fonciere", "valeur"), 1));
    let changed = text(&portal, SALES).await;
    assert!(changed.contains(",valeur,") && !changed.contains("valeur_fonciere"));
}

#[tokio::test]
async fn trouble_is_ordered_over_http_too() {
    let portal = portal().await;
    let desk = format!("{}/_portal/trouble", portal.url());
    let order = json!({ "path_contains": "/robots", "kind": { "too_many_requests": { "retry_after_s": 1 } }, "times": 1 });
    assert_eq!(client().post(&desk).json(&order).send().await.expect("an answer").status(), 204);
    assert_eq!(get(&portal, "/robots.txt").await.status(), 429);

    let cut = json!({ "path_contains": "", "kind": "cut_in_the_middle", "times": 9 });
    assert_eq!(client().post(&desk).json(&cut).send().await.expect("an answer").status(), 204);
    assert_eq!(portal.trouble().pending(), [trouble("", TroubleKind::CutInTheMiddle, 9)]);
    assert_eq!(client().delete(&desk).send().await.expect("an answer").status(), 204);
    assert_eq!(get(&portal, "/robots.txt").await.status(), 200);

    let wrong = json!({ "path_contains": "", "kind": "earthquake", "times": 1 });
    assert_eq!(client().post(&desk).json(&wrong).send().await.expect("an answer").status(), 422);
}

#[tokio::test]
async fn requests_are_remembered() {
    let portal = portal().await;
    portal.trouble().play(trouble("/robots", TroubleKind::ServerError(500), 1));
    let address = format!("{}/robots.txt", portal.url());
    client().get(&address).header("User-Agent", "essai/1").send().await.expect("an answer");
    get(&portal, "/annonces?page=2").await;
    let seen = portal.requests();
    assert_eq!(seen.len(), 2);
    assert_eq!(
        (seen[0].path.as_str(), seen[0].status, seen[0].user_agent.as_deref()),
        ("/robots.txt", 500, Some("essai/1"))
    );
    assert_eq!((seen[1].path.as_str(), seen[1].query.as_str(), seen[1].status), ("/annonces", "page=2", 200));
}

#[tokio::test]
async fn a_stopped_portal_is_gone() {
    let stopped = portal().await;
    let address = format!("{}/robots.txt", stopped.url());
    assert_eq!(get(&stopped, "/robots.txt").await.status(), 200);
    stopped.stop().await;
    assert!(client().get(&address).send().await.is_err());

    let dropped = portal().await;
    let (address, url) = (format!("{}/robots.txt", dropped.url()), dropped.url());
    drop(dropped);
    // Dropping does not wait; the port is free as soon as the server has noticed.
    let port = url.rsplit(':').next().and_then(|port| port.parse::<u16>().ok()).expect("a port");
    let freed = async {
        while tokio::net::TcpListener::bind(("127.0.0.1", port)).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), freed).await.expect("the port is freed");
    assert!(client().get(&address).send().await.is_err());
}
