//! The Postgres that all servers read: `mg serve`'s own, with permits in it.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use chrono::NaiveDate;
use mg_gate::{Gate, Policy};
use mg_portal::{Portal, PortalConfig};
use mg_server::model::Models;
use mg_store::Cluster;
use tempfile::TempDir;

use crate::process::{Running, free_port};
use crate::psql;

/// The day on which the local portal stands.
const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 21).expect("a day of the calendar");

/// A served platform.
pub(super) struct Bed {
    /// `mg serve`, which owns the Postgres. Stopped before the folder goes.
    pub(super) service: Running,
    /// Its port.
    pub(super) port: u16,
    /// A viewer's token.
    pub(super) token: String,
    /// Folder of the Unix socket of its Postgres.
    pub(super) socket_dir: PathBuf,
    /// Where things can be written.
    pub(super) folder: TempDir,
}

impl Bed {
    /// Fills a new data folder from the local portal and serves it with the program `mg`.
    pub(super) async fn make(mg: &str) -> anyhow::Result<Self> {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::Builder::new().prefix("mg-bench-").tempdir()?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        fill(mg, folder.path()).await?;
        let made = run(command(mg, folder.path()).args(["token", "create", "bench", "--role", "viewer"]))?;
        let token = made["token"].as_str().context("a token")?.to_owned();
        let port = free_port()?;
        let log = fs::File::create(folder.path().join("mg.log"))?;
        let mut serve = command(mg, folder.path());
        // One token plays all callers, and none of them is to be told to come again later.
        for (name, most) in [("CONCURRENCY", "1000"), ("REQUESTS_PER_MINUTE", "1000000000")] {
            let name = format!("MG__LIMITS__{name}");
            serve.env(&name, std::env::var(&name).unwrap_or_else(|_| most.to_owned()));
        }
        let service = Running::start(serve.args(["serve", "--port", &port.to_string()]), Some(log))?;
        super::contender::wait_for_answer(port)?;
        let attached = Cluster::attach(&folder.path().join("data"))?.context("mg serve holds its folder")?;
        Ok(Self { service, port, token, socket_dir: attached.socket_dir, folder })
    }

    /// Lets in a peer's login that reads what `mg_reader` reads, and no more.
    pub(super) fn make_login(&self, name: &str) -> anyhow::Result<()> {
        psql::run(
            &self.socket_dir,
            &format!(
                "create role {name} login;
                 grant mg_reader to {name};
                 alter role {name} set default_transaction_read_only = on;
                 alter role {name} set search_path = analytics, kpi;
                 -- asyncpg calls it whenever it gives a connection back to its pool.
                 grant execute on function pg_catalog.pg_advisory_unlock_all() to {name};"
            ),
        )?;
        let map = psql::rows(&self.socket_dir, "show ident_file")?;
        let map = Path::new(map.first().context("where pg_ident.conf is")?);
        let text = fs::read_to_string(map)?;
        let ours = text.lines().find(|line| line.ends_with(" mg_reader")).context("the map's own line")?;
        let theirs = ours.replace("mg_reader", name);
        fs::write(map, format!("{text}{theirs}\n"))?;
        psql::run(&self.socket_dir, "select pg_reload_conf()")
    }

    /// The processes of Postgres that serve one of `logins`.
    pub(super) fn backends(&self, logins: &[String]) -> anyhow::Result<Vec<u32>> {
        let names: Vec<String> = logins.iter().map(|name| format!("'{name}'")).collect();
        let sql = format!("select pid from pg_stat_activity where usename in ({})", names.join(", "));
        psql::rows(&self.socket_dir, &sql)?.iter().map(|pid| Ok(pid.parse()?)).collect()
    }
}

async fn fill(mg: &str, folder: &Path) -> anyhow::Result<()> {
    let gate = Gate::new(Policy::reading(["masked", "analytics", "kpi"]));
    let models = Models::built_in(&gate, &["sitadel", "dvf"]);
    let models = models.map_err(|faults| anyhow::anyhow!("the built-in models are wrong: {faults:?}"))?;
    let config = PortalConfig { communes: models.territory.communes, today: TODAY, seed: 77 };
    let portal = Portal::start(config, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let mut crawl = command(mg, folder);
    crawl.env("MG__SPIDERS__SITADEL__BASE", portal.url()).args(["crawl", "sitadel"]);
    let crawled = tokio::task::spawn_blocking(move || run(&mut crawl)).await?;
    portal.stop().await;
    crawled.map(drop)
}

fn command(mg: &str, folder: &Path) -> Command {
    let mut command = Command::new(mg);
    command.args(["--json", "--data"]).arg(folder.join("data")).current_dir(folder);
    command
}

fn run(command: &mut Command) -> anyhow::Result<serde_json::Value> {
    let done = command.output().with_context(|| format!("running {command:?}"))?;
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    ensure!(done.status.success(), "{command:?} failed: {out}{err}");
    Ok(serde_json::from_slice(&done.stdout).unwrap_or_default())
}
