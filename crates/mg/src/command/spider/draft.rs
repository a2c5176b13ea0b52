//! `mg spider new`.

use std::fs::OpenOptions;
use std::io::Write;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use mg_crawl::CrawlError;
use mg_crawl::browser::Until;
use mg_crawl::declared::{Declared, draft};
use mg_crawl::engine::CrawlOptions;
use mg_crawl::frontier::Outcome;
use mg_crawl::page::{Engine, Page, PageRequest, PageSpider, Yield};
use serde_json::json;
use url::Url;

use super::{folder, web};
use crate::config::Config;
use crate::show::{self, outln};

/// Looks at one page and writes `NAME.toml` into the folder of spiders; an existing file is left as it is.
pub(super) async fn run(
    config: &Config,
    url: &Url,
    name: Option<&str>,
    needs_browser: bool,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let name = name.map_or_else(|| draft::name_of(url), str::to_owned);
    let path = folder::path(config).join(format!("{name}.toml"));
    let is_built_in = mg_server::spiders::built_in_files().any(|(file, _)| file == format!("{name}.toml"));
    anyhow::ensure!(
        !is_built_in && mg_spiders::named(&name).is_none(),
        "a spider is named {name} already: name this one otherwise, by --name"
    );
    anyhow::ensure!(
        !path.exists(),
        "{} is there already: name the spider otherwise, by --name",
        path.display()
    );
    let page = look(config, url, needs_browser).await?;
    let text = draft::of(&page, &name)?;
    let file = path.display().to_string();
    let spider = Declared::parse(&text, &file).map_err(|faults| {
        let fault = faults.first().map(ToString::to_string).unwrap_or_default();
        anyhow::anyhow!("no spider can be drafted as {name}: {fault}")
    })?;
    std::fs::create_dir_all(folder::path(config)).context("making the folder of spiders")?;
    let created = OpenOptions::new().write(true).create_new(true).open(&path);
    let mut out = created.with_context(|| format!("making {file}"))?;
    out.write_all(text.as_bytes()).with_context(|| format!("writing {file}"))?;
    if json {
        let fields: Vec<&str> = spider.fields.iter().map(|field| field.name.as_str()).collect();
        show::json(&json!({ "file": file, "spider": name, "fields": fields }))?;
    } else {
        outln!(
            "{file}: {} champs / fields. Relire, puis / read it over, then: mg spider try {file}",
            spider.fields.len()
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Keeps the page that it is given.
struct Onlooker {
    start: PageRequest,
    seen: Mutex<Option<Page>>,
}

impl PageSpider for Onlooker {
    fn name(&self) -> &str {
        "new"
    }

    fn start(&self) -> Vec<PageRequest> {
        vec![self.start.clone()]
    }

    fn parse(&self, page: &Page, _found: &mut Yield) -> Result<(), CrawlError> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(page.clone());
        Ok(())
    }
}

async fn look(config: &Config, url: &Url, needs_browser: bool) -> anyhow::Result<Page> {
    let engine = if needs_browser { Engine::Browser } else { Engine::Http };
    let start = PageRequest { engine, ..PageRequest::get(url.clone(), mg_crawl::declared::LIST) };
    let onlooker = Arc::new(Onlooker { start, seen: Mutex::new(None) });
    // Nobody has said yet what the page shows when its scripts are done.
    let trial =
        web::crawl(config, onlooker.clone(), &[url], CrawlOptions::default(), Until::NetworkIdle).await?;
    let seen = onlooker.seen.lock().unwrap_or_else(PoisonError::into_inner).take();
    seen.with_context(|| {
        let reasons = trial.asked.into_iter().filter_map(|asked| match asked.outcome {
            Outcome::Given(_, reason) => Some(reason),
            _ => None,
        });
        format!("{url} could not be read: {}", reasons.collect::<Vec<_>>().join("; "))
    })
}
