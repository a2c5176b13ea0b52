//! What a user is told when something does not work: a stable code, a sentence, what to do.

use mg_crawl::CrawlError;
use mg_flow::JobError;
use mg_gate::Refusal;
use mg_store::StoreError;
use serde::Serialize;

/// A failure as a user sees it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("{message} {advice}")]
pub struct Problem {
    /// A stable name of the kind, for programs.
    pub code: String,
    /// What happened, one sentence.
    pub message: String,
    /// What to do about it.
    pub advice: String,
}

impl Problem {
    /// A problem of kind `code`.
    pub fn new(code: impl Into<String>, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), advice: advice.into() }
    }

    /// A name that is not known, with the nearest that are.
    pub(crate) fn unknown<'a>(
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
        lister: &str,
    ) -> Self {
        let shown: String = name.chars().take(60).collect();
        let nearest = nearest(name, known);
        let advice = if nearest.is_empty() {
            format!("{lister} lists them.")
        } else {
            format!("Did you mean {}? {lister} lists them.", nearest.join(" or "))
        };
        Self::new(format!("unknown_{what}"), format!("There is no {what} named `{shown}`."), advice)
    }
}

/// The up to three known names that look most like `name`.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let name = name.to_lowercase();
    let likeness = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        let contained = !name.is_empty() && candidate.contains(&name);
        if contained { 1.0 } else { strsim::jaro_winkler(&name, &candidate) }
    };
    let mut ranked: Vec<(f64, &str)> = known.into_iter().map(|known| (likeness(known), known)).collect();
    ranked.retain(|(likeness, _)| *likeness > 0.75);
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    ranked.into_iter().take(3).map(|(_, known)| known).collect()
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let place = match (refusal.position, &refusal.part) {
            (Some(byte), Some(part)) => format!(" (at byte {byte}: `{part}`)"),
            (Some(byte), None) => format!(" (at byte {byte})"),
            (None, _) => String::new(),
        };
        let message = format!("{}{place}", refusal.message);
        Self::new(format!("sql_{}", refusal.code.as_str()), message, refusal.hint)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Rejected { message, hint, sqlstate } => Self::new(
                "sql_rejected",
                format!("Postgres refused the query: {message} (SQLSTATE {sqlstate})."),
                hint.clone().unwrap_or_else(|| {
                    "Correct the query; describe_table shows the columns of a table.".to_owned()
                }),
            ),
            StoreError::TimedOut { limit_ms } => Self::new(
                "sql_timed_out",
                format!("The query ran longer than {limit_ms} ms and was stopped."),
                "Narrow it: filter by commune or period, or aggregate.",
            ),
            StoreError::Unreachable(_) => Self::new(
                "database_unreachable",
                "The database cannot be reached.",
                "Try again in a moment; if it lasts, the operator runs `mg doctor`.",
            ),
            StoreError::NotNow { .. } => Self::new(
                "database_unable",
                "The database is there and cannot do it at present.",
                "Try again in a moment; if it lasts, the operator runs `mg doctor`.",
            ),
            StoreError::Busy { waited_ms } => Self::new(
                "database_busy",
                format!("Every connection for queries was busy for {waited_ms} ms."),
                "Ask fewer queries at a time, or try again in a moment.",
            ),
            StoreError::Overtaken => Self::new(
                "database_busy",
                "The query read from a standby what the standby had to change meanwhile, and was stopped.",
                "Try again; a shorter query is less in its way.",
            ),
            StoreError::NoScopes => Self::new(
                "scope_unavailable",
                "This server has no login that can be limited to communes.",
                "The operator lets the platform make its logins (CREATEROLE), or gives a token without communes.",
            ),
            StoreError::CannotMask(_)
            | StoreError::NotPrepared
            | StoreError::ForeignLogin(_)
            | StoreError::HalfTheLogins => Self::new("database_setup", format!("{error}."), ""),
            StoreError::Migration(_) => Self::new(
                "migration_failed",
                format!("{error}."),
                "Nothing was changed. A data folder of another version of mg needs that version, or a new folder (--data).",
            ),
            other => Self::new(
                "internal",
                format!("Something failed inside: {other}."),
                "Try again; if it lasts, the operator finds more in the log.",
            ),
        }
    }
}

impl From<mg_crawl::client::ClientError> for Problem {
    fn from(error: mg_crawl::client::ClientError) -> Self {
        let advice = match &error {
            mg_crawl::client::ClientError::Refused { reason, .. } => reason.advice(),
            error if error.is_passing() => "Check the URL; try again later.",
            _ => "Give another URL.",
        };
        Self::new(error.code(), format!("{error}."), advice)
    }
}

impl From<mg_crawl::browser::BrowserError> for Problem {
    fn from(error: mg_crawl::browser::BrowserError) -> Self {
        let advice = if error.is_passing() {
            "Try again later; `mg doctor` says whether the browser works."
        } else {
            "Check the URL and the selector."
        };
        Self::new(error.code(), format!("{error}."), advice)
    }
}

impl From<crate::web::WebError> for Problem {
    fn from(error: crate::web::WebError) -> Self {
        Self::new(
            "web_misconfigured",
            format!("{error}."),
            "Mend section `crawl` of the configuration, or the spider's file.",
        )
    }
}

impl From<CrawlError> for Problem {
    fn from(error: CrawlError) -> Self {
        let advice = match &error {
            CrawlError::ForeignHost { .. } => {
                "Give a URL of the spider's own portal, or have the operator configure its base."
            }
            CrawlError::NotAUrl(_) => "Give a whole URL, beginning with https://.",
            CrawlError::Status { .. } | CrawlError::Connection { .. } => {
                "Check the URL; if it is right, the portal is in trouble: run it again later."
            }
            CrawlError::MissingColumn { .. } | CrawlError::Format { .. } => {
                "Nothing of this file was loaded. Look at the file; the spider must learn its new form."
            }
            CrawlError::EditionUnknown(_) => "Name the edition, as 2026-10.",
            CrawlError::EditionNotKept { .. } => "Ask for one of these, or give the url of the file.",
            CrawlError::NothingFound(_) => "Check the base URL of the portal.",
            CrawlError::TooLarge { .. } => "Read a smaller file, or raise crawl.body_limit_mb.",
            CrawlError::Browser { .. } => "`mg doctor` checks the browser.",
            CrawlError::Io { .. } => "Check the disk of the machine.",
            CrawlError::Stopped => "It will be done again.",
        };
        let sentence = format!("{error}.");
        Self::new(error.code(), sentence, advice)
    }
}

impl From<Problem> for JobError {
    fn from(problem: Problem) -> Self {
        JobError::new(problem.code, format!("{} {}", problem.message, problem.advice))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_its_neighbours() {
        let known = ["logements_autorises", "logements_commences", "mutations"];
        assert_eq!(nearest("logement_autorise", known)[0], "logements_autorises");
        assert_eq!(nearest("commences", known), ["logements_commences"]);
        assert!(nearest("météo", known).is_empty());
        let problem = Problem::unknown("kpi", "mutation", known, "list_kpis");
        assert_eq!(problem.code, "unknown_kpi");
        assert_eq!(problem.advice, "Did you mean mutations? list_kpis lists them.");
    }
}
