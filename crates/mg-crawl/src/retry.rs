//! When to ask again, and how long to wait before.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// How often a source is asked for, the first time included.
pub(crate) const ATTEMPTS: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// A portal that wants more patience than this is given up for now.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Whether asking again may help (RFC 9110: 408, 425, 429 and the server's own faults).
pub(crate) fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

/// The wait that the portal asked for with Retry-After: seconds or a date (RFC 9110, 10.2.3).
pub(crate) fn asked_wait(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?;
    Some((until.with_timezone(&Utc) - now).to_std().unwrap_or_default())
}

/// The wait after the `attempt`th failure, from 1: doubling, spread by the URL so that many
/// sources that failed together do not come back together.
pub(crate) fn backoff(attempt: u32, url: &str) -> Duration {
    let mut hasher = DefaultHasher::new();
    (url, attempt).hash(&mut hasher);
    let spread = 0.75 + 0.5 * (hasher.finish() % 1000) as f64 / 1000.0;
    (FIRST_WAIT * 2u32.saturating_pow(attempt.saturating_sub(1))).mul_f64(spread).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn asked(text: &'static str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
        let now = DateTime::parse_from_rfc3339("2026-11-21T08:00:00Z").expect("an instant");
        asked_wait(&headers, now.with_timezone(&Utc))
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("Sat, 21 Nov 2026 08:00:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(asked("Sat, 21 Nov 2026 07:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("86400"), Some(Duration::from_secs(86_400)));
        assert_eq!(asked("soon"), None);
    }

    #[test]
    fn waits_double_and_spread() {
        for attempt in 1..=4 {
            let plain = FIRST_WAIT * 2u32.pow(attempt - 1);
            let wait = backoff(attempt, "http://portal/a");
            assert!(wait >= plain.mul_f64(0.75) && wait <= plain.mul_f64(1.25), "{attempt}: {wait:?}");
        }
        assert_ne!(backoff(1, "http://portal/a"), backoff(1, "http://portal/b"));
    }
}
