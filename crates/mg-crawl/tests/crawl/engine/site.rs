//! A site of the test's own, which remembers what it was asked for.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

/// Ends with its owner.
pub(super) struct Site {
    address: SocketAddr,
    asked: Asked,
    server: JoinHandle<()>,
}

type Asked = Arc<Mutex<Vec<String>>>;

impl Site {
    /// Serves `router`, and no robots.txt unless it has one.
    pub(super) async fn serve(router: Router) -> Self {
        let asked = Asked::default();
        let router = router.layer(middleware::from_fn_with_state(asked.clone(), remember));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
        Self { address, asked, server }
    }

    /// Serves pages of a fixed text.
    pub(super) async fn of(pages: &[(&'static str, String)]) -> Self {
        let router = pages.iter().fold(Router::new(), |router, (path, text)| {
            let text = text.clone();
            router.route(path, get(move || std::future::ready(Html(text.clone()))))
        });
        Self::serve(router).await
    }

    pub(super) fn authority(&self) -> String {
        self.address.to_string()
    }

    pub(super) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).expect("a URL")
    }

    /// How often `path`, with its query, was asked for.
    pub(super) fn times(&self, path: &str) -> usize {
        self.asked().iter().filter(|asked| *asked == path).count()
    }

    /// Everything that was asked for, robots.txt apart, in order.
    pub(super) fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().expect("its memory");
        asked.iter().filter(|path| *path != "/robots.txt").cloned().collect()
    }

    pub(super) fn times_robots(&self) -> usize {
        self.asked.lock().expect("its memory").iter().filter(|path| *path == "/robots.txt").count()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn remember(State(asked): State<Asked>, request: Request, next: Next) -> Response {
    let path = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    asked.lock().expect("its memory").push(path);
    next.run(request).await
}

/// A page with these links and these items.
pub(super) fn page(links: &[&str], items: &[&str]) -> String {
    let links: String = links.iter().map(|link| format!("<a href=\"{link}\">{link}</a>")).collect();
    let items: String = items.iter().map(|item| format!("<li class=item>{item}</li>")).collect();
    format!("<!doctype html><title>Page</title><body>{links}<ul>{items}</ul>")
}

/// The same, as an answer.
pub(super) fn answer(links: &[&str], items: &[&str]) -> Response {
    Html(page(links, items)).into_response()
}
