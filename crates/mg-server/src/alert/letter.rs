//! What a message tells, before it is put into a channel's form.

use chrono::{DateTime, Utc};
use mg_store::alert::{AlertGroup, AlertKind, AlertMessage};
use url::Url;

use super::words::{self, Entry};

/// What a message tells.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    /// Its id: a UUID, the same whenever it is sent again.
    pub(super) id: String,
    /// The channel that it goes to, as routes name it.
    pub(super) channel: String,
    /// The DAG that it is about.
    pub(super) dag: String,
    /// When it was made.
    pub(super) made_at: DateTime<Utc>,
    /// Whether it only shows that the channel works.
    pub(super) is_test: bool,
    /// How many events of each kind.
    pub(super) counts: Vec<(AlertKind, i64)>,
    /// The events, alike ones together; perhaps not all.
    pub(super) groups: Vec<AlertGroup>,
    /// Where people reach the service.
    pub(super) public_url: Option<Url>,
}

impl Letter {
    /// The letter of a message.
    pub(super) fn new(
        message: &AlertMessage,
        counts: Vec<(AlertKind, i64)>,
        groups: Vec<AlertGroup>,
        public_url: Option<Url>,
    ) -> Self {
        Self {
            id: message.id.clone(),
            channel: message.channel.clone(),
            dag: message.dag.clone(),
            made_at: message.made_at,
            is_test: false,
            counts,
            groups,
            public_url,
        }
    }

    /// One that shows that `channel` works.
    pub(super) fn test(channel: &str, id: String, now: DateTime<Utc>, public_url: Option<Url>) -> Self {
        Self {
            id,
            channel: channel.to_owned(),
            dag: "test".to_owned(),
            made_at: now,
            is_test: true,
            counts: Vec::new(),
            groups: Vec::new(),
            public_url,
        }
    }

    /// How many events of a kind.
    pub(super) fn count(&self, kind: AlertKind) -> i64 {
        self.counts.iter().filter(|(counted, _)| *counted == kind).map(|(_, count)| count).sum()
    }

    /// Events that no group of the letter tells of: it was cut.
    pub(super) fn untold(&self) -> i64 {
        let all: i64 = self.counts.iter().map(|(_, count)| count).sum();
        all - self.groups.iter().map(|group| group.count).sum::<i64>()
    }

    /// The subject, one line.
    pub(super) fn subject(&self) -> String {
        // A line's end in a name would begin another header.
        words::subject(self).replace(char::is_control, " ")
    }

    /// What it says, one entry a group.
    pub(super) fn entries(&self) -> Vec<Entry> {
        if self.is_test {
            return vec![words::test(self)];
        }
        self.groups.iter().map(|group| words::entry(self, group)).collect()
    }

    /// Where a run can be looked at.
    pub(super) fn run_link(&self, run: i64) -> Option<Url> {
        self.link(&["api", "v1", "runs", &run.to_string()])
    }

    fn link(&self, path: &[&str]) -> Option<Url> {
        let mut link = self.public_url.clone()?;
        link.path_segments_mut().ok()?.pop_if_empty().extend(path);
        Some(link)
    }
}
