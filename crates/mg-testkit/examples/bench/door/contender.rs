//! The servers: `mg serve`, and each peer as its own documentation says to run it.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};

use super::bed::Bed;
use crate::process::{Running, free_port};

/// A server that answers tools/call.
pub(super) struct Contender {
    /// Its name in the tables.
    pub(super) name: String,
    /// Its port on loopback.
    pub(super) port: u16,
    /// The tool that takes `sql`.
    pub(super) tool: &'static str,
    /// The bearer token that it asks for.
    pub(super) token: Option<String>,
    /// Its process.
    pub(super) pid: u32,
    /// The logins by which it reaches Postgres.
    pub(super) logins: Vec<String>,
    /// Kept so that a peer ends with the benchmark; `mg serve` is the bed's.
    _process: Option<Running>,
}

impl Contender {
    /// Starts the server `name`: `mg`, `toolbox`, `dbhub` or `fastmcp`.
    pub(super) fn start(name: &str, bed: &Bed, config: &Path, installed: &Path) -> anyhow::Result<Self> {
        if name == "mg" {
            return Ok(Self {
                name: name.to_owned(),
                port: bed.port,
                tool: "run_sql",
                token: Some(bed.token.clone()),
                pid: bed.service.id(),
                logins: vec!["mg_reader".to_owned(), "mg_writer".to_owned()],
                _process: None,
            });
        }
        let login = format!("bench_{name}");
        bed.make_login(&login)?;
        let port = free_port()?;
        let (mut command, tool) = peer(name, port, config, installed)?;
        // node-postgres takes the socket from PGHOST, the others from their configuration.
        command.env("BENCH_SOCKET", &bed.socket_dir).env("PGHOST", &bed.socket_dir);
        command.env("BENCH_LOGIN", &login).env("BENCH_PORT", port.to_string());
        command.current_dir(bed.folder.path());
        let log = File::create(bed.folder.path().join(format!("{name}.log")))?;
        let process = Running::start(&mut command, Some(log))?;
        wait_for_answer(port)?;
        Ok(Self {
            name: name.to_owned(),
            port,
            tool,
            token: None,
            pid: process.id(),
            logins: vec![login],
            _process: Some(process),
        })
    }
}

/// A peer's command and its tool. `installed` is laid out by `scripts/bench/install.sh`.
fn peer(name: &str, port: u16, config: &Path, installed: &Path) -> anyhow::Result<(Command, &'static str)> {
    let port = port.to_string();
    Ok(match name {
        // The program itself: the npm package's script would only start it.
        "toolbox" => {
            let mut command = Command::new(installed.join("node/toolbox"));
            command.arg("--config").arg(config.join("toolbox.yaml"));
            command.args(["--port", &port, "--disable-reload", "--disable-version-check"]);
            (command, "execute_sql")
        }
        "dbhub" => {
            let mut command = Command::new(installed.join("node/node"));
            command.arg(installed.join("node/dbhub.js"));
            command.arg("--config").arg(config.join("dbhub.toml"));
            command.args(["--transport", "http", "--port", &port]).env("NODE_ENV", "production");
            (command, "execute_sql")
        }
        "fastmcp" => {
            let mut command = Command::new(installed.join("python/bin/python"));
            command.arg(config.join("fastmcp_server.py"));
            (command, "run_sql")
        }
        _ => bail!("there is no server `{name}`: say mg, toolbox, dbhub or fastmcp"),
    })
}

/// Waits until a server on `port` of loopback answers a request, whatever it says: some listen
/// before they are ready.
pub(super) fn wait_for_answer(port: u16) -> anyhow::Result<()> {
    let began = Instant::now();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let answered = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        Ok(stream.read(&mut [0; 16])? > 0)
    };
    while !answered().unwrap_or(false) {
        ensure!(began.elapsed() < Duration::from_secs(60), "no answer within a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
