//! The site that is crawled: a process of its own, which ends with its input and tells then how often it
//! was asked.

use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use mg_testkit::LinkedSite;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use url::Url;

use super::watch::Said;

/// Serves a site of so many pages; port 0 takes one that is free.
pub(crate) async fn serve(port: u16, pages: usize) -> anyhow::Result<()> {
    let site = LinkedSite::new(pages);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("http://{}", listener.local_addr()?);
    tokio::select! {
        served = axum::serve(listener, site.router()) => served?,
        ended = async { tokio::io::stdin().read_to_end(&mut Vec::new()).await } => drop(ended?),
    }
    println!("{}", site.count().requests);
    Ok(())
}

/// A served site.
pub(super) struct Site {
    process: Child,
    said: Said,
    /// Where it is.
    pub(super) base: Url,
}

impl Site {
    /// Starts to serve one.
    pub(super) fn start(pages: usize) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["site", "0", &pages.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().context("starting the site")?;
        let mut said = Said::of(&mut process)?;
        let base = Url::parse(&said.line()?.context("the site does not begin")?)?;
        Ok(Self { process, said, base })
    }

    /// Ends it; how often it was asked.
    pub(super) fn stop(mut self) -> anyhow::Result<u64> {
        drop(self.process.stdin.take());
        let requests = self.said.line()?.context("the site does not tell its count")?;
        self.process.wait()?;
        Ok(requests.parse()?)
    }
}
