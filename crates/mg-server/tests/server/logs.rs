//! The log of a run: read in pages, searched, and followed while it is written.

use anyhow::{Context, ensure};
use mg_core::{Role, RunId, Scope};
use mg_server::revoke_token;
use mg_store::run::{NewRun, NewTask};
use mg_store::task::{ClaimedTask, LogEntry, LogLevel};
use mg_testkit::TestPlatform;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::api::Program;
use crate::two_communes::OWN;

/// A run whose one task this test executes itself.
struct Said<'a> {
    platform: &'a TestPlatform,
    run: RunId,
    task: ClaimedTask,
}

impl<'a> Said<'a> {
    async fn begin(platform: &'a TestPlatform) -> anyhow::Result<Self> {
        let store = &platform.app.store;
        // A job that the platform's own worker does not know.
        let task = NewTask::new("parler", "talk", Value::Null);
        let run = store.create_run(&NewRun::new("parole", "a test", "cli", vec![task])).await?;
        let worker = store.register_worker("a test").await?;
        let task = store.claim_task(worker, &["talk".to_owned()]).await?.context("a task")?;
        Ok(Self { platform, run, task })
    }

    async fn say(&self, level: LogLevel, message: &str, fields: Value) -> anyhow::Result<()> {
        let (task, attempt) = (self.task.id, self.task.attempt);
        let entry = LogEntry { task, attempt, level, message: message.to_owned(), fields };
        Ok(self.platform.app.store.log_tasks(&[entry]).await?)
    }

    async fn end(&self) -> anyhow::Result<()> {
        ensure!(self.platform.app.store.complete_task(&self.task, &Value::Null).await?, "it ended before");
        Ok(())
    }
}

/// An event of a stream.
#[derive(Debug, Clone, PartialEq)]
struct Event {
    name: String,
    id: String,
    data: Value,
}

/// A stream of events, as it is read.
struct Events {
    response: Response,
    read: String,
}

impl Events {
    async fn open(program: &Program, path: &str, last: Option<&str>) -> anyhow::Result<Self> {
        let request = program.request(Method::GET, path).header("Accept", "text/event-stream");
        let request = last.iter().fold(request, |request, last| request.header("Last-Event-ID", *last));
        let response = request.send().await?;
        ensure!(response.status() == 200, "{}", response.text().await?);
        ensure!(response.headers()["Content-Type"] == "text/event-stream");
        ensure!(response.headers()["Cache-Control"] == "no-store");
        Ok(Self { response, read: String::new() })
    }

    /// The next event; none at the end of the stream. Comments, which keep the line warm, are passed over.
    async fn next(&mut self) -> anyhow::Result<Option<Event>> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let field = |name: &str| {
                    let value = event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                    value.unwrap_or_default().to_owned()
                };
                let (name, id, data) = (field("event"), field("id"), field("data"));
                self.read = rest.to_owned();
                if !name.is_empty() {
                    return Ok(Some(Event { name, id, data: serde_json::from_str(&data)? }));
                }
                continue;
            }
            match self.response.chunk().await? {
                Some(chunk) => self.read.push_str(std::str::from_utf8(&chunk)?),
                None => return Ok(None),
            }
        }
    }

    async fn line(&mut self) -> anyhow::Result<Event> {
        let event = self.next().await?.context("the stream has ended")?;
        ensure!(event.name == "line", "{event:?}");
        Ok(event)
    }
}

#[tokio::test]
async fn a_stream_tells_each_line_once_and_ends_with_the_run() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let program = Program::of(&platform, Role::Viewer).await?;
    let said = Said::begin(&platform).await?;
    let path = format!("/runs/{}/logs?follow=true", said.run);
    said.say(LogLevel::Info, "before", json!({ "rows": 3 })).await?;
    let mut events = Events::open(&program, &path, None).await?;
    let first = events.line().await?;
    assert_eq!(first.data["message"], "before");
    assert_eq!(first.data["fields"], json!({ "rows": 3 }));
    assert_eq!(first.id, first.data["id"].to_string());
    for word in ["one", "two", "three"] {
        said.say(LogLevel::Warn, word, Value::Null).await?;
        let line = events.line().await?;
        assert_eq!((&line.data["message"], &line.data["level"]), (&json!(word), &json!("warn")));
    }
    // Who lost the line comes back with the last that was heard.
    drop(events);
    said.say(LogLevel::Info, "unheard", Value::Null).await?;
    let mut events = Events::open(&program, &path, Some(&first.id)).await?;
    for word in ["one", "two", "three", "unheard"] {
        assert_eq!(events.line().await?.data["message"], word);
    }
    said.say(LogLevel::Info, "the last", Value::Null).await?;
    said.end().await?;
    assert_eq!(events.line().await?.data["message"], "the last");
    assert_eq!(events.next().await?.map(|event| event.name).as_deref(), Some("end"));
    assert_eq!(events.next().await?, None);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_filtered_stream_and_many_streams_hear_what_they_asked_for() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let said = Said::begin(&platform).await?;
    let program = Program::of(&platform, Role::Viewer).await?;
    let grave = format!("/runs/{}/logs?follow=true&level=error", said.run);
    let all = format!("/runs/{}/logs?follow=true", said.run);
    let mut graves = Events::open(&program, &grave, None).await?;
    let mut others = Vec::new();
    for _ in 0..15 {
        others.push(Events::open(&program, &all, None).await?);
    }
    let (status, problem) = program.refused(&all).await?;
    assert_eq!((status, &problem["code"]), (429, &json!("too_many_streams")));
    said.say(LogLevel::Debug, "a detail", Value::Null).await?;
    said.say(LogLevel::Error, "a fault", Value::Null).await?;
    assert_eq!(graves.line().await?.data["message"], "a fault");
    for other in &mut others {
        assert_eq!(other.line().await?.data["message"], "a detail");
        assert_eq!(other.line().await?.data["message"], "a fault");
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_stream_ends_with_its_token() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let said = Said::begin(&platform).await?;
    let program = Program::of(&platform, Role::Viewer).await?;
    let mut events = Events::open(&program, &format!("/runs/{}/logs?follow=true", said.run), None).await?;
    said.say(LogLevel::Info, "heard", Value::Null).await?;
    events.line().await?;
    let tokens = platform.app.store.tokens().await?;
    let [only] = tokens.as_slice() else { anyhow::bail!("{tokens:?}") };
    revoke_token(&platform.context(Role::Admin), &platform.app.store, &only.name).await?;
    assert_eq!(events.next().await?, None);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn pages_and_searches_find_what_was_said() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let said = Said::begin(&platform).await?;
    for number in 0..7 {
        said.say(LogLevel::Info, &format!("page {number}"), json!({ "commune": "Montévrain" })).await?;
    }
    said.say(LogLevel::Warn, "100 % of 'quota'", Value::Null).await?;
    let program = Program::of(&platform, Role::Viewer).await?;
    let (mut after, mut lines) = (0, Vec::new());
    for _ in 0..3 {
        let page = program.get(&format!("/runs/{}/logs?limit=3&after={after}", said.run)).await?;
        after = page["next_after"].as_i64().context("next_after")?;
        assert_eq!(page["complete"], false, "the run goes on");
        lines.extend(page["lines"].as_array().context("lines")?.clone());
    }
    assert_eq!(lines.len(), 8);
    assert!(lines.is_sorted_by_key(|line| line["id"].as_i64()));
    said.end().await?;
    let page = program.get(&format!("/runs/{}/logs?after={after}", said.run)).await?;
    assert_eq!((&page["complete"], &page["lines"]), (&json!(true), &json!([])));
    for (question, count) in [
        ("text=QUOTA", 1),
        ("text=%25", 1),
        ("text=mont%C3%A9vrain", 7),
        ("text=nothing+of+the+kind", 0),
        ("level=warn", 1),
        ("task=parler", 8),
        ("task=other", 0),
        ("dag=parole", 8),
        ("dag=other", 0),
        ("since=2999-01-01", 0),
    ] {
        let found = program.get(&format!("/logs?{question}")).await?;
        assert_eq!(found["lines"].as_array().map(Vec::len), Some(count), "{question}");
    }
    let newest = program.get("/logs?limit=2").await?;
    assert_eq!(newest["lines"][0]["message"], "100 % of 'quota'");
    let older = program.get(&format!("/logs?limit=2&before={}", newest["next_before"])).await?;
    assert_eq!(older["lines"][0]["message"], "page 5");
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_limited_token_hears_no_logs() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let said = Said::begin(&platform).await?;
    said.say(LogLevel::Info, "of the whole territory", Value::Null).await?;
    let scope = Scope::Communes([OWN.to_owned()].into());
    let program = Program::with_token(&platform, platform.scoped_token(Role::Viewer, scope).await?)?;
    for path in ["/runs/1/logs", "/runs/1/logs?follow=true", "/logs"] {
        let (status, problem) = program.refused(path).await?;
        assert_eq!((status, &problem["code"]), (403, &json!("logs_withheld")), "{path}");
    }
    platform.stop().await;
    Ok(())
}
