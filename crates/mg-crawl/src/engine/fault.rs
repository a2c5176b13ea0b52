//! Why a page could not be had, and what that says of its host.

use std::time::Duration;

use crate::client::ClientError;
use crate::frontier::Outcome;
use crate::retry;

/// Why a page could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// A stable name of the kind.
    pub(super) code: &'static str,
    /// What happened, in a sentence.
    pub(super) reason: String,
    /// Whether asking again may help.
    pub(super) passes: bool,
    /// How long the host asks to be left alone.
    pub(super) asked: Option<Duration>,
    /// What it says of the host.
    pub(super) verdict: Verdict,
}

/// What became of a request says so much of its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It serves.
    Serves,
    /// It answers, if not with what was hoped for.
    Answers,
    /// It is asked too much.
    Overloaded,
    /// It fails.
    Fails,
    /// Nothing: it was not asked, or another was.
    Nothing,
}

impl Fault {
    /// One that stays, of a host that answers.
    pub(super) fn final_of(code: &'static str, reason: String) -> Self {
        Self { code, reason, passes: false, asked: None, verdict: Verdict::Answers }
    }

    /// One that says nothing of the host.
    pub(super) fn ours(code: &'static str, reason: String) -> Self {
        Self { verdict: Verdict::Nothing, ..Self::final_of(code, reason) }
    }

    /// By the status of an answer that is no success.
    pub(super) fn of_status(url: &url::Url, status: u16, asked: Option<Duration>) -> Self {
        let reason = format!("{url} answered {status}");
        let code = match status {
            401 | 403 => "forbidden",
            404 | 410 => "not_found",
            408 | 425 | 429 => "overloaded",
            500..=599 => "source_failed",
            _ => "source_refused",
        };
        let passes = reqwest::StatusCode::from_u16(status).is_ok_and(retry::is_passing);
        let verdict = match status {
            425 | 429 => Verdict::Overloaded,
            503 if asked.is_some() => Verdict::Overloaded,
            408 | 500..=599 => Verdict::Fails,
            _ => Verdict::Answers,
        };
        // Others send it with a redirect or a 200, where it means something else.
        let asked = asked.filter(|_| verdict == Verdict::Overloaded);
        Self { code, reason, passes, asked, verdict }
    }

    /// What is reported of it, after a request that was tried `tried` times before.
    pub(super) fn outcome(
        self,
        url: &url::Url,
        tried: u32,
        attempts: u32,
        longest_wait: Duration,
    ) -> Outcome {
        let tries = tried.saturating_add(1);
        if !self.passes || self.asked.is_some_and(|asked| asked > longest_wait) {
            return Outcome::Given(self.code, self.reason);
        }
        if tries >= attempts {
            return Outcome::Given(self.code, format!("{}, the last of {tries} times", self.reason));
        }
        let wait = retry::backoff(tries, url.as_str()).max(self.asked.unwrap_or_default());
        Outcome::Again(wait, self.reason)
    }
}

impl From<ClientError> for Fault {
    fn from(error: ClientError) -> Self {
        let (code, reason, passes) = (error.code(), error.to_string(), error.is_passing());
        let verdict = match error {
            ClientError::Refused { .. } if !passes => Verdict::Nothing,
            ClientError::Setup(_) => Verdict::Nothing,
            _ if passes => Verdict::Fails,
            _ => Verdict::Answers,
        };
        Self { code, reason, passes, asked: None, verdict }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_secs(60);

    fn url() -> url::Url {
        url::Url::parse("https://portail.fr/a").expect("a URL")
    }

    #[test]
    fn statuses_are_judged() {
        let judged = |status| {
            let fault = Fault::of_status(&url(), status, Some(LONGEST));
            (fault.code, fault.passes, fault.verdict, fault.asked.is_some())
        };
        assert_eq!(judged(404), ("not_found", false, Verdict::Answers, false));
        assert_eq!(judged(403), ("forbidden", false, Verdict::Answers, false));
        assert_eq!(judged(429), ("overloaded", true, Verdict::Overloaded, true));
        assert_eq!(judged(503), ("source_failed", true, Verdict::Overloaded, true));
        assert_eq!(judged(500), ("source_failed", true, Verdict::Fails, false));
        assert_eq!(judged(501), ("source_failed", false, Verdict::Fails, false));
        assert_eq!(judged(418), ("source_refused", false, Verdict::Answers, false));
    }

    #[test]
    fn tries_come_to_an_end() {
        let fault = || Fault::of_status(&url(), 500, None);
        assert!(matches!(fault().outcome(&url(), 0, 3, LONGEST), Outcome::Again(..)));
        assert!(matches!(fault().outcome(&url(), 2, 3, LONGEST), Outcome::Given("source_failed", _)));
        let asked = |wait| Fault::of_status(&url(), 429, Some(wait)).outcome(&url(), 0, 3, LONGEST);
        assert!(matches!(asked(LONGEST), Outcome::Again(wait, _) if wait == LONGEST));
        assert!(matches!(asked(LONGEST * 2), Outcome::Given("overloaded", _)));
    }
}
