//! Records a second into `fact_permis`, against psql's `\copy`.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use mg_crawl::{Fetcher, FetcherOptions, Source, extract};
use mg_store::load::{self, Loaded};
use mg_store::{Cluster, ClusterOptions, Store, StoreOptions};
use tempfile::TempDir;
use url::Url;

use crate::psql;

/// A private Postgres as in production: fsync on.
struct Bed {
    folder: TempDir,
    cluster: Cluster,
    store: Store,
}

impl Bed {
    async fn make() -> anyhow::Result<Self> {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::Builder::new().prefix("mg-bench-").tempdir()?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        let cluster = Cluster::start(folder.path(), "a benchmark", &ClusterOptions::default()).await?;
        let store = Store::open_private(cluster.socket_dir(), "mg", &StoreOptions::default()).await?;
        Ok(Self { folder, cluster, store })
    }
}

/// Loads `records` records made of the real ones, once and again.
pub(crate) async fn load(real: &Path, records: usize) -> anyhow::Result<()> {
    let bed = Bed::make().await?;
    let file = bed.folder.path().join("logements_2026-01.csv");
    let size = repeat(real, &file, records)?;
    println!("{records} records, {:.0} MB, from {} real ones", size as f64 / 1e6, count_records(real)?);

    let copied = copy_by_psql(&bed, &file)?;
    println!("psql \\copy into a table of text:  {:>9.0} records/s", records as f64 / copied.as_secs_f64());
    let (first, again) = (load_once(&bed, &file).await?, load_once(&bed, &file).await?);
    ensure!(first.1.inserted == records as u64, "not all records became rows: {:?}", first.1);
    ensure!(again.1.inserted + again.1.revised == 0, "the second load changed something: {:?}", again.1);
    for (name, (time, _)) in [("mg, first load", &first), ("mg, the same again", &again)] {
        let rate = records as f64 / time.as_secs_f64();
        let ratio = copied.as_secs_f64() / time.as_secs_f64();
        println!("{name:<32}  {rate:>9.0} records/s   {ratio:.2} of \\copy");
    }
    bed.store.close().await;
    bed.cluster.stop().await?;
    Ok(())
}

/// The real records over and over, each time under other numbers, up to `records`.
fn repeat(real: &Path, to: &Path, records: usize) -> anyhow::Result<u64> {
    let lines: Vec<String> = BufReader::new(File::open(real)?).lines().collect::<Result<_, _>>()?;
    let (headers, rows) = lines.split_at(2);
    let number = headers[1].split(';').position(|code| code.trim_matches('"') == "NUM_DAU");
    let number = number.context("the file has no NUM_DAU")?;
    let mut out = BufWriter::new(File::create(to)?);
    for header in headers {
        writeln!(out, "{header}")?;
    }
    for place in 0..records {
        let round = place / rows.len();
        let mut cells: Vec<&str> = rows[place % rows.len()].split(';').collect();
        let renamed = format!("\"{}-{round}\"", cells[number].trim_matches('"'));
        cells[number] = &renamed;
        writeln!(out, "{}", cells.join(";"))?;
    }
    out.flush()?;
    Ok(to.metadata()?.len())
}

fn count_records(file: &Path) -> anyhow::Result<usize> {
    Ok(BufReader::new(File::open(file)?).lines().count().saturating_sub(2))
}

/// What psql alone needs for the same file: no types, no key, no check.
fn copy_by_psql(bed: &Bed, file: &Path) -> anyhow::Result<Duration> {
    let mut header = String::new();
    let mut reader = BufReader::new(File::open(file)?);
    reader.read_line(&mut header)?;
    header.clear();
    reader.read_line(&mut header)?;
    let columns: Vec<String> = header.trim().split(';').map(|code| format!("{code} text")).collect();
    psql::run(bed.cluster.socket_dir(), &format!("create table public.copied ({})", columns.join(", ")))?;
    // `header` skips one line of the two; tail takes the other away beforehand, untimed.
    let plain = bed.folder.path().join("one-header.csv");
    let cut = Command::new("tail").arg("-n").arg("+2").arg(file).stdout(File::create(&plain)?).status()?;
    ensure!(cut.success(), "the file could not be cut");
    let copy =
        format!("\\copy public.copied from '{}' with (format csv, delimiter ';', header)", plain.display());
    let began = Instant::now();
    psql::run(bed.cluster.socket_dir(), &copy)?;
    Ok(began.elapsed())
}

/// The spider's own way from a fetched file to rows, over HTTP on loopback.
async fn load_once(bed: &Bed, file: &Path) -> anyhow::Result<(Duration, Loaded)> {
    let spider = mg_spiders::named("sitadel").context("the spider sitadel")?;
    let served = serve_file(file).await?;
    let url = Url::parse(&format!("http://{served}/logements_2026-01.csv"))?;
    let fetcher = Fetcher::new(FetcherOptions {
        spider: "sitadel".to_owned(),
        allowed_origins: vec![format!("http://{served}")],
        user_agent: "mg-platform (benchmark)".to_owned(),
        timeout_ms: 600_000,
        body_limit_bytes: 4 << 30,
    })?;
    let began = Instant::now();
    let body = fetcher.fetch(&url).await?.context("the file is there")?;
    let source = Source {
        datafile: "logements",
        commune: None,
        url: url.clone(),
        edition: None,
        slice: Vec::new(),
        may_be_missing: false,
    };
    let origin =
        load::Source { spider: "sitadel", url: url.as_str(), edition: "2026-01", run: None, slice: &[] };
    let mut load = bed.store.begin_load(spider.table(), origin).await?;
    let mut extraction = extract(Arc::clone(&spider), source, body);
    while let Some(batch) = extraction.batches.recv().await {
        load.push(&batch).await?;
    }
    let rejected = extraction.outcome.await??;
    let loaded = load.finish(&[], rejected.count).await?;
    Ok((began.elapsed(), loaded))
}

async fn serve_file(file: &Path) -> anyhow::Result<String> {
    let bytes = axum::body::Bytes::from(fs::read(file)?);
    let router = axum::Router::new().fallback(move || async move { bytes.clone() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}
