//! By which names this server may be addressed, and from which web origins browsers may call.
//!
//! A page of a foreign origin whose name was made to point here (DNS rebinding) is turned away by its `Host`; one
//! that calls from a browser by its `Origin`. Programs send no `Origin`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use url::Url;

use super::{HttpOptions, refusal};
use crate::Problem;

/// Turns away whoever addresses another server, or calls from a foreign page.
pub(super) async fn check(State(options): State<Arc<HttpOptions>>, request: Request, next: Next) -> Response {
    match allowed(&options, request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => refusal::problem(&problem),
    }
}

fn allowed(options: &HttpOptions, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    // HTTP/2 has it in the address.
    let host = host.or_else(|| uri.authority().map(|authority| authority.as_str())).unwrap_or_default();
    if !options.allowed_hosts.iter().any(|allowed| is_host(allowed, host)) {
        let advice = "The operator adds the name to server.allowed_hosts.";
        return Err(Problem::new("host_not_allowed", "This server does not go by the name in Host.", advice));
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    if !options.allowed_origins.iter().any(|allowed| is_origin(allowed, origin)) {
        let advice = "The operator adds it to server.allowed_origins.";
        return Err(Problem::new("origin_not_allowed", "Pages of this origin may not call.", advice));
    }
    Ok(())
}

/// Whether `host`, with a port or without, is the allowed name; with a port if `allowed` names one.
fn is_host(allowed: &str, host: &str) -> bool {
    let name = |text: &str| match text.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) && !name.ends_with(':') => {
            name.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase()
        }
        _ => text.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase(),
    };
    allowed.eq_ignore_ascii_case(host) || allowed.to_ascii_lowercase() == name(host)
}

/// Whether `origin` is the allowed one; `:*` at its end allows any port.
fn is_origin(allowed: &str, origin: &str) -> bool {
    let Some(any_port) = allowed.strip_suffix(":*") else {
        return allowed.trim_end_matches('/').eq_ignore_ascii_case(origin);
    };
    let parts = |text: &str| {
        Url::parse(text).ok().map(|url| (url.scheme().to_owned(), url.host_str().map(str::to_owned)))
    };
    let (allowed, origin) = (parts(any_port), parts(origin));
    allowed.is_some() && allowed == origin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_allowed_with_any_port_and_no_other_name() {
        for host in ["localhost", "localhost:8080", "LOCALHOST:1"] {
            assert!(is_host("localhost", host), "{host}");
        }
        for host in ["", "localhost.example.org", "example.org:80", "localhost:80@example.org", ":80"] {
            assert!(!is_host("localhost", host), "{host}");
        }
        assert!(is_host("::1", "[::1]:8080") && is_host("::1", "[::1]") && !is_host("::1", "[::2]:8080"));
        assert!(is_host("mg.example.org:8443", "mg.example.org:8443"));
        assert!(!is_host("mg.example.org:8443", "mg.example.org:80"));
    }

    #[test]
    fn an_origin_is_allowed_as_it_is_written() {
        assert!(is_origin("http://localhost:*", "http://localhost:3000"));
        assert!(is_origin("http://localhost:*", "http://localhost"));
        for origin in ["https://localhost:3000", "http://localhost.example.org:1", "null", ""] {
            assert!(!is_origin("http://localhost:*", origin), "{origin}");
        }
        assert!(is_origin("https://mg.example.org", "https://mg.example.org"));
        assert!(!is_origin("https://mg.example.org", "https://mg.example.org:8443"));
    }
}
