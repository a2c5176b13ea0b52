//! What is left of a pool when a part of a browser dies.

use std::process::Command;

use anyhow::{Context, ensure};
use mg_crawl::browser::{BrowserError, Step, Until, Visit};

use super::{pool, processes, site, visit};

fn kill(pid: i32) -> anyhow::Result<()> {
    ensure!(
        Command::new("kill").args(["-s", "KILL", &pid.to_string()]).status()?.success(),
        "{pid} cannot be killed"
    );
    Ok(())
}

#[tokio::test]
async fn a_crashed_page_is_an_error_and_the_pool_goes_on() -> anyhow::Result<()> {
    let site = site(&[("/", "<script>fetch('/ready')</script>"), ("/next", "<p>next</p>")]).await?;
    let pool = pool(&[&site], 2)?;
    let steps = vec![Step::Wait(Until::Selector("never".to_owned()))];
    let waiting = Visit { steps, ..visit(&site, "/") };
    let crash = async {
        site.asked_for("/ready").await?;
        let group = pool.process_groups().await.first().copied().context("a browser")?;
        for (pid, line) in processes(group) {
            if line.contains("--type=renderer") {
                kill(pid)?;
            }
        }
        std::future::pending::<anyhow::Result<()>>().await
    };
    let error = tokio::select! {
        visited = pool.visit(&waiting) => visited.expect_err("its process was killed"),
        crashed = crash => return crashed,
    };
    assert!(matches!(error, BrowserError::PageCrashed(_)) && error.is_passing(), "{error:?}");
    assert!(pool.visit(&visit(&site, "/next")).await?.html.contains("next"));
    Ok(())
}

#[tokio::test]
async fn a_browser_that_is_gone_is_an_error_and_is_replaced() -> anyhow::Result<()> {
    let site = site(&[("/", "<script>fetch('/ready')</script>"), ("/next", "<p>next</p>")]).await?;
    let pool = pool(&[&site], 1)?;
    let steps = vec![Step::Wait(Until::Selector("never".to_owned()))];
    let waiting = Visit { steps, ..visit(&site, "/") };
    let end = async {
        site.asked_for("/ready").await?;
        let group = pool.process_groups().await.first().copied().context("a browser")?;
        // Chromium's own first process: the one of no type, under the shell that leads the group.
        let browser =
            processes(group).into_iter().find(|(pid, line)| *pid != group && !line.contains("--type="));
        kill(browser.context("Chromium")?.0)?;
        std::future::pending::<anyhow::Result<()>>().await
    };
    let error = tokio::select! {
        visited = pool.visit(&waiting) => visited.expect_err("its browser was killed"),
        ended = end => return ended,
    };
    assert!(matches!(error, BrowserError::Gone) && error.is_passing(), "{error:?}");
    assert!(pool.visit(&visit(&site, "/next")).await?.html.contains("next"));
    Ok(())
}
