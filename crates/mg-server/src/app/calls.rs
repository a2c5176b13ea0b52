//! What a principal may have under way, and the record of each call.
//!
//! A [`Call`] is made before the work and ended after it. One that is dropped instead, because
//! its caller went away, is recorded as cancelled; so every call leaves one line.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use mg_core::{OpContext, Principal};
use mg_store::audit::AuditLine;
use tokio::sync::mpsc::OwnedPermit;

use super::AuditLog;
use crate::Problem;

/// Longest request that is kept, bytes.
const LONGEST_REQUEST: usize = 4_096;

/// How much one principal may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// Calls under way at a time.
    pub concurrency: u32,
    /// Calls a minute; as many may come at once.
    pub requests_per_minute: NonZeroU32,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self { concurrency: 6, requests_per_minute: NonZeroU32::new(600).expect("not zero") }
    }
}

/// Who has what under way.
#[derive(Debug, Clone)]
pub struct Calls(Arc<State>);

#[derive(Debug)]
struct State {
    limits: CallLimits,
    audit: AuditLog,
    rates: DefaultKeyedRateLimiter<Key>,
    under_way: Mutex<HashMap<Key, u32>>,
}

/// Whose calls are counted together: those of one token.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Token(i64),
    Name(String),
}

impl From<&Principal> for Key {
    fn from(principal: &Principal) -> Self {
        principal.token.map_or_else(|| Key::Name(principal.name.clone()), Key::Token)
    }
}

/// One call, from its beginning to its end.
#[must_use]
pub struct Call {
    state: Arc<State>,
    key: Key,
    began: Instant,
    place: Option<OwnedPermit<AuditLine>>,
    line: Option<AuditLine>,
}

impl Calls {
    /// Counts and records calls.
    pub fn new(limits: CallLimits, audit: AuditLog) -> Self {
        let rates = RateLimiter::keyed(Quota::per_minute(limits.requests_per_minute));
        Self(Arc::new(State { limits, audit, rates, under_way: Mutex::default() }))
    }

    /// The book that calls are written to.
    pub fn audit(&self) -> &AuditLog {
        &self.0.audit
    }

    /// Lets a call of `tool` begin; `request` is its SQL or its arguments.
    ///
    /// # Errors
    /// `audit_behind` when it could not be recorded. `rate_limited` and `too_many_at_once` say
    /// what the limit is and when to come again; they are recorded too.
    pub fn begin(&self, ctx: &OpContext, tool: &str, request: Option<String>) -> Result<Call, Problem> {
        let state = &self.0;
        let place = state.audit.reserve()?;
        let key = Key::from(&ctx.principal);
        let admitted = state.admit(&key);
        let call = Call {
            state: Arc::clone(state),
            key,
            began: Instant::now(),
            place: Some(place),
            line: Some(line(ctx, tool, request)),
        };
        match admitted {
            Ok(()) => Ok(call),
            Err(problem) => {
                call.refuse(&problem);
                Err(problem)
            }
        }
    }
}

impl State {
    fn admit(&self, key: &Key) -> Result<(), Problem> {
        let limits = self.limits;
        if let Err(early) = self.rates.check_key(key) {
            let seconds = early.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
            return Err(Problem::new(
                "rate_limited",
                format!("This token may call {} times a minute.", limits.requests_per_minute),
                format!("Call again in {seconds} s, and ask for more with each call."),
            ));
        }
        let mut under_way = self.under_way();
        let count = under_way.entry(key.clone()).or_default();
        if *count >= limits.concurrency {
            return Err(Problem::new(
                "too_many_at_once",
                format!("This token has {} calls under way, as many as it may.", limits.concurrency),
                "Wait for one to end.",
            ));
        }
        *count += 1;
        Ok(())
    }

    fn leave(&self, key: &Key) {
        let mut under_way = self.under_way();
        if let Some(count) = under_way.get_mut(key) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(key);
            }
        }
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<Key, u32>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    /// Ends the call well.
    pub fn succeed(mut self, rows: Option<u64>, bytes: usize) {
        self.state.leave(&self.key);
        self.record("ok", rows, Some(bytes));
    }

    /// Ends the call with a problem.
    pub fn fail(mut self, problem: &Problem) {
        self.state.leave(&self.key);
        self.record(&problem.code, None, None);
    }

    /// Records a call that never was under way.
    fn refuse(mut self, problem: &Problem) {
        self.record(&problem.code, None, None);
    }

    fn record(&mut self, outcome: &str, rows: Option<u64>, bytes: Option<usize>) {
        let (Some(mut line), Some(place)) = (self.line.take(), self.place.take()) else { return };
        let duration = self.began.elapsed();
        line.duration_us = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        line.rows = rows.and_then(|rows| i64::try_from(rows).ok());
        line.bytes = bytes.and_then(|bytes| i64::try_from(bytes).ok());
        outcome.clone_into(&mut line.outcome);
        place.send(line);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if self.line.is_some() {
            self.state.leave(&self.key);
            self.record("cancelled", None, None);
        }
    }
}

fn line(ctx: &OpContext, tool: &str, request: Option<String>) -> AuditLine {
    let Principal { name, token, role, scope } = &ctx.principal;
    AuditLine {
        at: ctx.now(),
        principal: name.clone(),
        token: *token,
        role: role.to_string(),
        scope: scope.to_string(),
        face: ctx.face.as_str().to_owned(),
        tool: tool.to_owned(),
        fingerprint: None,
        request: request.map(cut),
        rows: None,
        bytes: None,
        duration_us: 0,
        outcome: String::new(),
    }
}

/// What Postgres keeps in a text, up to a length.
fn cut(mut request: String) -> String {
    if request.contains('\0') {
        request = request.replace('\0', "\u{fffd}");
    }
    if request.len() > LONGEST_REQUEST {
        let end = (0..=LONGEST_REQUEST).rev().find(|end| request.is_char_boundary(*end)).unwrap_or(0);
        request.truncate(end);
        request.push('…');
    }
    request
}
