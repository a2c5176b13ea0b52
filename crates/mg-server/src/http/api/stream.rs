//! The log of a run as server-sent events.
//!
//! Each line is an event `line` whose id is the line's: who comes back with it in `Last-Event-ID` is told what came
//! behind it. The last event is `end` when the run has ended, or `problem` when the stream cannot go on.

use std::convert::Infallible;

use axum::response::sse::Event;
use futures::FutureExt;
use futures::stream::{BoxStream, Stream, StreamExt, unfold};
use mg_core::OpContext;
use serde_json::json;

use crate::Problem;
use crate::app::{App, RunLogLine, until_shut_out};

/// The lines as events, until they end or the caller's token does.
pub(super) fn of_lines(
    ctx: OpContext,
    app: App,
    lines: impl Stream<Item = Result<RunLogLine, Problem>> + Send + 'static,
) -> BoxStream<'static, Result<Event, Infallible>> {
    let shut_out = async move { until_shut_out(&ctx, &app).await };
    let events = unfold(Some(lines.boxed()), |lines| async {
        let mut lines = lines?;
        Some(match lines.next().await {
            Some(Ok(line)) => (event(&line), Some(lines)),
            Some(Err(problem)) => (Event::default().event("problem").data(json!(problem).to_string()), None),
            None => (Event::default().event("end").data("{}"), None),
        })
    });
    events.take_until(shut_out.boxed()).map(Ok).boxed()
}

fn event(line: &RunLogLine) -> Event {
    Event::default().event("line").id(line.id.to_string()).data(json!(line).to_string())
}
