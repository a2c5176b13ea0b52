//! Answers that are kept for a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mg_core::{OpContext, Scope};
use mg_store::Moment;
use quick_cache::sync::Cache;

use super::SqlAnswer;
use super::pages::Place;
use crate::app::App;

/// An answer without a cursor, which is one principal's own, and where the rows after it begin.
type Part = (Arc<SqlAnswer>, Option<Place>);

/// Answers that may be given again for a while: to the same question, from the same row on, of the
/// same scope, over the same data. Off unless the operator sets how long.
#[derive(Debug, Clone)]
pub struct SqlCache {
    keep_for: Duration,
    answers: Arc<Cache<Question, Kept>>,
}

/// What was asked, within which scope, from which place on.
type Question = (String, Scope, Option<Place>);

#[derive(Debug, Clone)]
struct Kept {
    part: Part,
    moment: Moment,
    until: Instant,
}

impl SqlCache {
    /// Keeps answers for `keep_for`; for no time, keeps none.
    pub fn new(keep_for: Duration) -> Self {
        // In memory an answer is some times its bytes: numbers and nulls have a size of their own.
        Self { keep_for, answers: Arc::new(Cache::new(64)) }
    }

    pub(super) fn given(&self, ctx: &OpContext, app: &App, sql: &str, from: Option<Place>) -> Option<Part> {
        if self.keep_for.is_zero() {
            return None;
        }
        let present = app.signals.data()?;
        let kept = self.answers.get(&(sql.to_owned(), ctx.principal.scope.clone(), from))?;
        (kept.moment == present && Instant::now() < kept.until).then_some(kept.part)
    }

    /// `moment` was read before the query: had the data changed meanwhile, it would be past.
    pub(super) fn keep(
        &self,
        ctx: &OpContext,
        sql: &str,
        from: Option<Place>,
        moment: Option<Moment>,
        (answer, next): (&Arc<SqlAnswer>, Option<Place>),
    ) {
        let Some(moment) = moment.filter(|_| !self.keep_for.is_zero()) else { return };
        let until = Instant::now() + self.keep_for;
        let kept = Kept { part: (Arc::clone(answer), next), moment, until };
        self.answers.insert((sql.to_owned(), ctx.principal.scope.clone(), from), kept);
    }
}
