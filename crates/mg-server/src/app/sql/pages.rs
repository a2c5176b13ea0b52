//! The pages of an answer, and the cursors that lead from one to the next.

use std::sync::{Arc, Mutex, PoisonError};

use mg_core::OpContext;
use mg_store::{Moment, Signals, Store};

use crate::Problem;
use crate::cursor::{BadCursor, Cursors, State};

/// Where a page begins, and the state of the data that the pages before it were read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) skip_rows: usize,
    pub(super) state: State,
}

/// Makes and reads the cursors of queries. A clone shares what it remembers.
#[derive(Debug, Clone)]
pub struct SqlPages {
    cursors: Cursors,
    store: Store,
    signals: Signals,
    /// The state of the data as it was last read, and the moment before that.
    known: Arc<Mutex<Option<(Moment, State)>>>,
}

impl SqlPages {
    /// `signals` are those of `store`.
    pub fn new(store: Store, signals: Signals) -> Self {
        Self { cursors: Cursors::new(store.clone()), store, signals, known: Arc::default() }
    }

    /// What makes and reads the cursors of other lists.
    pub(in crate::app) fn cursors(&self) -> &Cursors {
        &self.cursors
    }

    /// The state of the data at `moment` or later: read once a moment.
    pub(super) async fn state(&self, moment: Option<Moment>) -> Result<State, Problem> {
        let known = *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match (known, moment) {
            (Some((then, state)), Some(now)) if then == now => Ok(state),
            _ => self.read_state().await,
        }
    }

    /// That the data are as they were when the cursor to `place` was made. Asked of the database
    /// itself, after the rows were read: a signal may be under way.
    pub(super) async fn check_unchanged(&self, place: Place) -> Result<(), Problem> {
        if self.read_state().await? == place.state {
            return Ok(());
        }
        Err(Problem::new(
            "bad_cursor",
            "The data have changed since this cursor was given, so rows may have moved between pages.",
            "Begin again: run the query without a cursor.",
        ))
    }

    /// The cursor to `place` in the rows of `sql`.
    pub(super) async fn cursor(&self, ctx: &OpContext, sql: &str, place: Place) -> Result<String, Problem> {
        let subject = subject(ctx, sql);
        Ok(self.cursors.seal(ctx, &subject).await?.cursor(place.skip_rows, place.state))
    }

    /// Where `cursor` leads to in the rows of `sql`.
    pub(super) async fn open(&self, ctx: &OpContext, sql: &str, cursor: &str) -> Result<Place, Problem> {
        let subject = subject(ctx, sql);
        let opened = self.cursors.seal(ctx, &subject).await?.open(cursor.trim());
        let (skip_rows, state) = opened.map_err(|why| {
            let message = match why {
                BadCursor::Malformed => "This is no cursor of run_sql.",
                BadCursor::Foreign => "This cursor was not given to this token for this query.",
            };
            let advice = "Send sql just as it was when next_cursor was given, with the same token; or run the \
                          query without a cursor.";
            Problem::new("bad_cursor", message, advice)
        })?;
        Ok(Place { skip_rows, state })
    }

    async fn read_state(&self) -> Result<State, Problem> {
        // Before the reading: had the data changed in between, what is kept would be past.
        let moment = self.signals.data();
        let version = self.store.data_version().await?;
        let state = State::of([version.as_str()]);
        if let Some(moment) = moment {
            *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((moment, state));
        }
        Ok(state)
    }
}

/// What a cursor of a query is signed for: the query, but for what may stand around it, and the
/// communes that its rows were limited to.
fn subject(ctx: &OpContext, sql: &str) -> String {
    let sql = sql.trim_matches(|c: char| c.is_ascii_whitespace() || c == ';');
    format!("run_sql {} {sql}", ctx.principal.scope)
}
