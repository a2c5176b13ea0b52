//! What was refused lately, for whoever asks why a page did not come.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use url::Url;

use crate::guard::Refused;

/// Enough for the pages that are open at once.
const KEPT: usize = 64;

/// The latest refusals, by host and port.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<VecDeque<(Target, Refused)>>);

type Target = (Option<String>, Option<u16>);

impl Refusals {
    pub(super) fn note(&self, url: &Url, refused: Refused) {
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        latest.retain(|(target, _)| *target != target_of(url));
        if latest.len() == KEPT {
            latest.pop_front();
        }
        latest.push_back((target_of(url), refused));
    }

    pub(super) fn of(&self, url: &Url) -> Option<Refused> {
        let latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        latest.iter().find(|(target, _)| *target == target_of(url)).map(|(_, refused)| refused.clone())
    }
}

fn target_of(url: &Url) -> Target {
    (url.host_str().map(str::to_owned), url.port_or_known_default())
}
