//! One request through the proxy: judged, connected to what was judged, and passed on.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONNECTION, HOST, HeaderName, HeaderValue, PROXY_AUTHORIZATION, TE, TRAILER, UPGRADE};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{ProxyOptions, Refusals, Traffic};
use crate::guard::{Guard, Refused};

/// RFC 9209: says that it was the proxy that answered, and why.
const PROXY_STATUS: HeaderName = HeaderName::from_static("proxy-status");

type Body = BoxBody<Bytes, hyper::Error>;
/// The browser's request for a tunnel, and the connection that it is to end in.
type Tunnel = (Request<Incoming>, TcpStream);

/// What all connections of a proxy share.
#[derive(Debug)]
pub(super) struct Relay {
    pub(super) guard: Arc<Guard>,
    pub(super) options: ProxyOptions,
    pub(super) refusals: Arc<Refusals>,
    pub(super) traffic: Traffic,
    pub(super) end: CancellationToken,
}

/// Why there is no connection to the web.
enum Failure {
    Refused(Refused),
    Unreachable,
    Broken,
}

impl Relay {
    /// Answers a request; one for a tunnel leaves through `tunnel` once it has its connection.
    pub(super) async fn answer(
        &self,
        request: Request<Incoming>,
        tunnel: mpsc::Sender<Tunnel>,
    ) -> Result<Response<Body>, Infallible> {
        let Some(url) = target(&request) else {
            let sentence = "This is a proxy: it takes CONNECT and absolute http URLs.\n";
            return Ok(said(StatusCode::BAD_REQUEST, "http_request_error", sentence.to_owned()));
        };
        let passed = match self.connect(&url).await {
            Ok(stream) if request.method() == Method::CONNECT => {
                // There is room for the one request after which HTTP ends on a connection.
                let _ = tunnel.try_send((request, stream));
                Ok(Response::new(Full::default().map_err(|never| match never {}).boxed()))
            }
            Ok(stream) => self.forward(request, &url, stream).await,
            Err(failure) => Err(failure),
        };
        Ok(passed.unwrap_or_else(|failure| self.told(&url, failure)))
    }

    /// Carries what a connection became after its CONNECT, if it had one.
    pub(super) async fn tunnel(&self, mut tunnelled: mpsc::Receiver<Tunnel>) {
        let Ok((request, stream)) = tunnelled.try_recv() else { return };
        let Ok(upgraded) = hyper::upgrade::on(request).await else { return };
        let traffic = self.traffic.of_connection();
        let mut browser = Box::pin(traffic.browser_side(TokioIo::new(upgraded)));
        let mut web = Box::pin(traffic.web_side(stream));
        tokio::select! {
            // How a tunnel ends is between its ends.
            _ = copy_bidirectional(&mut browser, &mut web) => {}
            () = traffic.idle(self.options.idle_timeout) => {}
        }
    }

    async fn connect(&self, url: &Url) -> Result<TcpStream, Failure> {
        let addresses = self.guard.admit(url).await.map_err(Failure::Refused)?;
        for address in addresses {
            let connected = timeout(self.options.connect_timeout, TcpStream::connect(address)).await;
            if let Ok(Ok(stream)) = connected {
                return Ok(stream);
            }
        }
        Err(Failure::Unreachable)
    }

    /// Passes a plain request on, over a connection of its own.
    async fn forward(
        &self,
        mut request: Request<Incoming>,
        url: &Url,
        stream: TcpStream,
    ) -> Result<Response<Body>, Failure> {
        let traffic = self.traffic.of_connection();
        let io = TokioIo::new(Box::pin(traffic.web_side(stream)));
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(io).await.map_err(|_| Failure::Broken)?;
        let (end, idle) = (self.end.clone(), self.options.idle_timeout);
        tokio::spawn(async move {
            tokio::select! {
                _ = connection => {}
                () = traffic.idle(idle) => {}
                () = end.cancelled() => {}
            }
        });
        make_direct(&mut request, url).ok_or(Failure::Broken)?;
        let mut response = sender.send_request(request).await.map_err(|_| Failure::Broken)?;
        drop_hop_headers(response.headers_mut());
        Ok(response.map(BodyExt::boxed))
    }

    fn told(&self, url: &Url, failure: Failure) -> Response<Body> {
        match failure {
            Failure::Refused(Refused::Unknown(name)) => {
                let sentence = format!("`{name}` could not be looked up.\n");
                self.refusals.note(url, Refused::Unknown(name));
                said(StatusCode::BAD_GATEWAY, "dns_error", sentence)
            }
            Failure::Refused(refused) => {
                let sentence = format!("{refused}. {}\n", refused.advice());
                self.refusals.note(url, refused);
                said(StatusCode::FORBIDDEN, "destination_ip_prohibited", sentence)
            }
            Failure::Unreachable => {
                said(StatusCode::BAD_GATEWAY, "connection_refused", "It does not answer.\n".to_owned())
            }
            Failure::Broken => {
                let sentence = "It broke the connection off.\n".to_owned();
                said(StatusCode::BAD_GATEWAY, "connection_terminated", sentence)
            }
        }
    }
}

/// Where a request wants to go: read as every other URL is, so that every spelling of a host means the same.
fn target(request: &Request<Incoming>) -> Option<Url> {
    if request.method() == Method::CONNECT {
        return Url::parse(&format!("https://{}/", request.uri().authority()?)).ok();
    }
    request.uri().authority()?;
    Url::parse(&request.uri().to_string()).ok().filter(|url| url.scheme() == "http")
}

/// Makes the request for a proxy one for the server itself, which is told no other name than was judged.
fn make_direct(request: &mut Request<Incoming>, url: &Url) -> Option<()> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let uri = path.parse::<Uri>().ok()?;
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str()?),
        None => url.host_str()?.to_owned(),
    };
    drop_hop_headers(request.headers_mut());
    request.headers_mut().insert(HOST, HeaderValue::from_str(&host).ok()?);
    *request.uri_mut() = uri;
    Some(())
}

/// Takes out what is between two neighbours only (RFC 9110, 7.6.1).
fn drop_hop_headers(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let fixed = ["keep-alive", "proxy-connection"].map(HeaderName::from_static);
    let known = [CONNECTION, PROXY_AUTHORIZATION, TE, TRAILER, UPGRADE];
    for name in named.into_iter().chain(fixed).chain(known) {
        headers.remove(name);
    }
}

fn said(status: StatusCode, error: &'static str, sentence: String) -> Response<Body> {
    let mut response = Response::new(Full::from(sentence).map_err(|never| match never {}).boxed());
    *response.status_mut() = status;
    if let Ok(value) = HeaderValue::try_from(format!("mg; error={error}")) {
        response.headers_mut().insert(PROXY_STATUS, value);
    }
    response
}
