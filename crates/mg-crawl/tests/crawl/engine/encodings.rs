//! Broken markup, and text in whatever bytes it comes.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

use super::site::Site;
use super::trial::Trial;

/// A page of these bytes under this Content-Type.
fn sent(router: Router, path: &str, kind: &'static str, body: &'static [u8]) -> Router {
    router.route(path, get(move || std::future::ready(([(CONTENT_TYPE, kind)], body).into_response())))
}

#[tokio::test]
async fn french_pages_are_read_in_their_encodings() {
    let mut router = Router::new();
    let pages: [(&str, &str, &[u8]); 6] = [
        ("/entete", "text/html; charset=ISO-8859-1", b"<li class=item>d\xe9livr\xe9 \x80</li>"),
        ("/neuf", "text/html", b"<meta charset=iso-8859-15><li class=item>\xa4 \xbdil</li>"),
        ("/utf8", "text/html; charset=utf-8", "<li class=item>Chessy – 1 234 €</li>".as_bytes()),
        ("/muet", "text/html", b"<li class=item>r\xe9sidence \xe0 Th\xe9r\xe8se d\xe9j\xe0 cit\xe9e</li>"),
        ("/faux", "text/html; charset=utf-8", b"<li class=item>autoris\xe9 \xe0 Montry</li>"),
        ("/marque", "text/html; charset=windows-1252", b"\xef\xbb\xbf<li class=item>\xc3\xa9t\xc3\xa9</li>"),
    ];
    for (path, kind, body) in pages {
        router = sent(router, path, kind, body);
    }
    let site = Site::serve(router).await;
    let start = pages.map(|(path, ..)| site.url(path));
    let came = Trial::at(&[site.authority()]).run(&start).await;
    let mut expected = [
        "délivré €",
        "€ œil",
        "Chessy – 1 234 €",
        "résidence à Thérèse déjà citée",
        "autorisé à Montry",
        "été",
    ];
    expected.sort_unstable();
    assert_eq!(came.items(), expected);
}

#[tokio::test]
async fn broken_markup_is_read_as_far_as_it_goes() {
    let nested = format!("{}<li class=item>au fond", "<div>".repeat(1_000));
    let site = Site::of(&[
        ("/", "<a href='/nu'><table><li class=item>un<a href=/profond>".to_owned()),
        ("/nu", "<<<>><li class=\"item>x</li><li class=item>deux\0</b></i>".to_owned()),
        ("/profond", nested),
        ("/vide", String::new()),
    ])
    .await;
    let came = Trial::at(&[site.authority()]).run(&[site.url("/"), site.url("/vide")]).await;
    assert_eq!(came.read(), ["/", "/nu", "/profond", "/vide"]);
    assert!(came.items().contains(&"au fond".to_owned()));
}

#[tokio::test]
async fn what_is_no_text_is_not_made_one() {
    let router = sent(Router::new(), "/", "application/pdf", b"%PDF-1.7 <li class=item>x</li>");
    let site = Site::serve(router).await;
    let came = Trial::at(&[site.authority()]).run(&[site.url("/")]).await;
    assert_eq!((came.page("/").size_bytes, came.stats.items), (30, 0));
}
