//! Where an answer sends a request, and what may go there with it.

use http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CACHE_CONTROL, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LOCATION, RANGE, USER_AGENT,
};
use http::{HeaderMap, StatusCode};
use url::Url;

use super::{ClientError, Downgrade};

/// All that a request may take along to another origin. A list of what is harmless, since keys and tokens
/// come in headers of any name.
const HARMLESS: [HeaderName; 8] = [
    ACCEPT,
    ACCEPT_ENCODING,
    ACCEPT_LANGUAGE,
    CACHE_CONTROL,
    IF_MODIFIED_SINCE,
    IF_NONE_MATCH,
    RANGE,
    USER_AGENT,
];

/// A redirect that was followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// What was asked for.
    pub url: Url,
    /// The status it answered with.
    pub status: u16,
}

/// One request of those that a chain of redirects is made of.
#[derive(Debug, Clone)]
pub(super) struct Hop {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
}

impl Hop {
    /// The request that `location` asks for instead.
    pub(super) fn next(&self, location: &str, downgrade: Downgrade) -> Result<Self, ClientError> {
        let url = self.url.join(location).map_err(|_| ClientError::BadRedirect { url: self.url.clone() })?;
        let downgraded = self.url.scheme() == "https" && url.scheme() == "http";
        if downgraded && downgrade == Downgrade::Refused {
            return Err(ClientError::Downgrade { url: self.url.clone() });
        }
        let mut headers = self.headers.clone();
        if url.origin() != self.url.origin() {
            headers = headers.into_iter().fold(HeaderMap::new(), keep_harmless);
        }
        Ok(Self { url, headers })
    }
}

/// Where a redirect leads (RFC 9110, 15.4); 300 and 304 are answers.
pub(super) fn location(answer: &reqwest::Response) -> Option<&str> {
    let redirects = matches!(
        answer.status(),
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    let location = answer.headers().get(LOCATION).filter(|_| redirects)?;
    // Bytes outside of ASCII are UTF-8 wherever they work at all.
    std::str::from_utf8(location.as_bytes()).ok()
}

fn keep_harmless(mut kept: HeaderMap, (name, value): (Option<HeaderName>, http::HeaderValue)) -> HeaderMap {
    if let Some(name) = name.filter(|name| HARMLESS.contains(name)) {
        kept.insert(name, value);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use http::header::{AUTHORIZATION, COOKIE};

    fn hop(url: &str) -> Hop {
        let key = HeaderName::from_static("x-api-key");
        let names = [ACCEPT, AUTHORIZATION, COOKIE, key];
        let headers = names.map(|name| (name, HeaderValue::from_static("x"))).into_iter().collect();
        Hop { url: url.parse().expect("a URL"), headers }
    }

    #[test]
    fn credentials_stay_with_their_origin() {
        let here = hop("https://a.fr/x");
        let next = |location| here.next(location, Downgrade::Followed).expect("a hop");
        assert_eq!(next("/y").headers.len(), 4);
        assert_eq!(next("https://a.fr:443/y").headers.len(), 4);
        for elsewhere in ["https://b.a.fr/", "http://a.fr/", "//b.fr/", "https://a.fr:8443/"] {
            let names: Vec<_> = next(elsewhere).headers.keys().cloned().collect();
            assert_eq!(names, [ACCEPT], "{elsewhere}");
        }
    }

    #[test]
    fn https_does_not_become_http_unasked() {
        let here = hop("https://a.fr/x");
        let refused = here.next("http://a.fr/x", Downgrade::Refused);
        assert!(matches!(refused, Err(ClientError::Downgrade { .. })), "{refused:?}");
        assert!(hop("http://a.fr/x").next("http://b.fr/", Downgrade::Refused).is_ok());
        assert!(matches!(here.next("http://[", Downgrade::Refused), Err(ClientError::BadRedirect { .. })));
    }
}
