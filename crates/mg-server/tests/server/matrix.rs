//! Who gets what: every tool, resource, prompt and path, as the server itself lists them, asked by
//! nobody, by each role and by a token that is limited to one commune. What is served and not in
//! the matrix fails, and so does what is in the matrix and no longer served.

mod table;

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use mg_core::{Role, Scope};
use mg_testkit::TestPlatform;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use self::table::{Got, Line, lines, paths};
use crate::two_communes::{OWN, given_away, two_communes};
use crate::wire::Wire;

/// What gives the other commune's figures to a caller who may see them: so the search for them
/// in the scoped caller's answers finds what there is to find.
const TELLING: [&str; 7] =
    ["generate_report", "get_indicator", "get_run", "list_tables", "mg://runs/{id}", "mg://stats", "run_sql"];

/// The place of the scoped caller among the callers of paths.
const SCOPED: usize = 4;

/// The callers that have a column in the matrix, in its order.
async fn callers(platform: &TestPlatform) -> anyhow::Result<[(&'static str, Wire); 4]> {
    let scope = Scope::Communes([OWN.to_owned()].into());
    let scoped = platform.scoped_token(Role::Viewer, scope).await?;
    Ok([
        ("viewer", Wire::of(platform, Role::Viewer).await?),
        ("editor", Wire::of(platform, Role::Editor).await?),
        ("admin", Wire::of(platform, Role::Admin).await?),
        ("scoped", Wire::at(platform.url(), scoped)?),
    ])
}

#[tokio::test]
async fn everybody_gets_what_the_matrix_says_and_nobody_a_thing() -> anyhow::Result<()> {
    let (platform, _web) = two_communes().await?;
    let callers = callers(&platform).await?;
    let nobody = Wire::at(platform.url(), String::new())?;
    let lines = lines();
    let [.., (_, admin), _] = &callers;
    let in_table: BTreeSet<String> = lines.iter().map(|line| line.served.to_owned()).collect();
    assert_eq!(served(admin).await?, in_table, "left: what is served, right: the matrix");

    let mut telling = BTreeSet::new();
    for line in &lines {
        let refused = nobody.send(line.method, line.parameters.clone()).await?;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{} as nobody", line.served);
        for ((name, wire), expected) in callers.iter().zip(line.got) {
            let (got, body) = got(wire, line).await?;
            assert_eq!(got, expected, "{} as {name}: {body}", line.served);
            if *name == "scoped" {
                assert_eq!(given_away(&body), None, "{}: {body}", line.served);
            } else if given_away(&body).is_some() {
                telling.insert(line.served);
            }
        }
    }
    assert!(TELLING.iter().all(|served| telling.contains(served)), "{telling:?}");
    for (_, wire) in &callers {
        let (listed, called) =
            (visible(wire).await?, lines.iter().filter(|line| line.method == "tools/call"));
        for line in called {
            let column =
                callers.iter().position(|(_, other)| std::ptr::eq(other, wire)).context("a caller")?;
            let may = line.got[column] != Got::Forbidden;
            assert_eq!(
                listed.contains(line.served),
                may,
                "{} is listed to those who may call it",
                line.served
            );
        }
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn every_path_opens_as_the_matrix_says() -> anyhow::Result<()> {
    let (platform, _web) = two_communes().await?;
    mg_dags::all()?.register(&platform.app.store).await?;
    let client = Client::builder().no_proxy().build()?;
    let paths = paths();
    let served: BTreeSet<(String, &str)> =
        mg_server::endpoints().into_iter().map(|endpoint| (endpoint.method, endpoint.path)).collect();
    let in_table: BTreeSet<(String, &str)> =
        paths.iter().map(|path| (path.method.to_owned(), path.served)).collect();
    assert_eq!(served, in_table, "left: what is served, right: the matrix");
    let scope = Scope::Communes([OWN.to_owned()].into());
    let tokens = [
        None,
        Some(platform.token(Role::Viewer).await?),
        Some(platform.token(Role::Editor).await?),
        Some(platform.token(Role::Admin).await?),
        Some(platform.scoped_token(Role::Viewer, scope).await?),
    ];
    for path in paths {
        for (caller, (token, expected)) in tokens.iter().zip(path.got).enumerate() {
            let request = client.request(path.method.parse()?, format!("{}{}", platform.url(), path.asked));
            let request = token.iter().fold(request, |request, token| request.bearer_auth(token));
            let request = path.body.iter().fold(request, |request, body| request.json(body));
            let answer = request.header("Accept", "application/json, text/event-stream").send().await?;
            let status = answer.status();
            let challenge = answer.headers().get("WWW-Authenticate").cloned();
            let body = answer.text().await?;
            assert_eq!(status, expected, "{} {} as caller {caller}: {body}", path.method, path.asked);
            if caller == SCOPED {
                assert_eq!(given_away(&body), None, "{}: {body}", path.asked);
            }
            if status == StatusCode::UNAUTHORIZED || (status == StatusCode::FORBIDDEN && caller != SCOPED) {
                assert!(challenge.is_some(), "{} says what is missing", path.asked);
            }
        }
    }
    platform.stop().await;
    Ok(())
}

/// Everything that the server lists: tools, resources, templates and prompts.
async fn served(wire: &Wire) -> anyhow::Result<BTreeSet<String>> {
    let mut served = BTreeSet::new();
    for (method, list, key) in [
        ("tools/list", "tools", "name"),
        ("resources/list", "resources", "uri"),
        ("resources/templates/list", "resourceTemplates", "uriTemplate"),
        ("prompts/list", "prompts", "name"),
    ] {
        let mut page = json!({});
        loop {
            let listed = wire.ask(method, page.clone()).await?;
            let items = listed[list].as_array().with_context(|| format!("{method}: {listed}"))?;
            for item in items {
                let name = item[key].as_str().context("a name")?;
                ensure!(served.insert(name.to_owned()), "{name} is listed twice");
            }
            match &listed["nextCursor"] {
                Value::String(cursor) => page = json!({ "cursor": cursor }),
                _ => break,
            }
        }
    }
    Ok(served)
}

/// The tools that are listed to a caller.
async fn visible(wire: &Wire) -> anyhow::Result<BTreeSet<String>> {
    let listed = wire.ask("tools/list", json!({})).await?;
    let tools = listed["tools"].as_array().context("tools")?.iter();
    Ok(tools.filter_map(|tool| tool["name"].as_str()).map(str::to_owned).collect())
}

/// What a caller gets of a line, with the whole answer.
async fn got(wire: &Wire, line: &Line) -> anyhow::Result<(Got, String)> {
    let answer = wire.send(line.method, line.parameters.clone()).await?;
    let status = answer.status();
    let challenge = answer.headers().get("WWW-Authenticate").cloned();
    let body = answer.text().await?;
    if status == StatusCode::FORBIDDEN {
        let challenge = challenge.context("403 says what is missing")?;
        ensure!(challenge.to_str()?.contains("insufficient_scope"), "{challenge:?}");
        // The previous era is told by the tool itself.
        let told = wire.ask_previous(line.method, line.parameters.clone()).await?;
        ensure!(code(&told).as_deref() == Some("forbidden"), "{told}");
        return Ok((Got::Forbidden, body));
    }
    let told: Value = serde_json::from_str(&body).with_context(|| body.clone())?;
    let got = match code(&told) {
        None => Got::Answer,
        Some(code) => Got::Refused(Line::known(&code).with_context(|| body.clone())?),
    };
    Ok((got, body))
}

/// The stable code of an answer that is an error.
fn code(answer: &Value) -> Option<String> {
    if answer["error"].is_object() {
        return Some(answer["error"]["data"]["code"].as_str().unwrap_or("of the protocol").to_owned());
    }
    let text = answer["result"]["content"][0]["text"].as_str().unwrap_or_default();
    let code = || text.rsplit_once('[').and_then(|(_, code)| code.strip_suffix(']'));
    (answer["result"]["isError"] == true).then(|| code().unwrap_or("none").to_owned())
}
