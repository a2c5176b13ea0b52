//! A caller: one connection kept alive, one call at a time, HTTP/1.1 by hand.
//!
//! It reads only as much of an answer as tells where it ends, for it shares the processor
//! with the servers that it measures.

use std::io::ErrorKind;
use std::net::Ipv4Addr;

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::contender::Contender;
use super::request;

/// A connection after its handshake.
pub(super) struct Caller {
    stream: TcpStream,
    port: u16,
    /// What came and is not used up.
    buffer: Vec<u8>,
    /// The session that the server gave, if it keeps sessions.
    pub(super) session: Option<String>,
}

/// What an answer's head says.
struct Head {
    size: usize,
    status: u16,
    /// The length of the body; `None` when it comes in chunks.
    length: Option<usize>,
    session: Option<String>,
}

impl Caller {
    /// Connects and shakes hands as MCP's revision of 2025 asks.
    pub(super) async fn connect(contender: &Contender) -> anyhow::Result<Self> {
        let port = contender.port;
        let mut caller = Self { stream: open(port).await?, port, buffer: Vec::new(), session: None };
        let (head, body) = caller.exchange(&request::initialize(contender)).await?;
        ensure!(head.status == 200, "initialize: {} {}", head.status, String::from_utf8_lossy(&body));
        caller.session = head.session;
        let notice = request::initialized(contender, caller.session.as_deref());
        let (head, body) = caller.exchange(&notice).await?;
        ensure!(
            matches!(head.status, 200..300),
            "initialized: {} {}",
            head.status,
            String::from_utf8_lossy(&body)
        );
        Ok(caller)
    }

    /// Sends a request and gives the body of its answer, which must be a 200.
    pub(super) async fn call(&mut self, request: &[u8]) -> anyhow::Result<Vec<u8>> {
        let (head, body) = self.exchange(request).await?;
        ensure!(head.status == 200, "{} {}", head.status, String::from_utf8_lossy(&body));
        Ok(body)
    }

    async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<(Head, Vec<u8>)> {
        let sent = self.stream.write_all(request).await;
        if sent.is_err() || self.read().await? == 0 {
            // Servers close what has been idle for some seconds, and clients then come again.
            self.stream = open(self.port).await?;
            self.stream.write_all(request).await?;
        }
        let head = loop {
            if let Some(head) = Head::read(&self.buffer)? {
                break head;
            }
            self.more().await?;
        };
        self.buffer.drain(..head.size);
        let body = match head.length {
            Some(length) => self.take(length).await?,
            None => self.chunks().await?,
        };
        Ok((head, body))
    }

    async fn chunks(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line_end = loop {
                if let Some(place) = find(&self.buffer, b"\r\n") {
                    break place;
                }
                self.more().await?;
            };
            let line = std::str::from_utf8(&self.buffer[..line_end])?;
            let size = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)?;
            let chunk = self.take(line_end + 2 + size + 2).await?;
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&chunk[line_end + 2..line_end + 2 + size]);
        }
    }

    /// The next `size` bytes.
    async fn take(&mut self, size: usize) -> anyhow::Result<Vec<u8>> {
        self.buffer.reserve(size.saturating_sub(self.buffer.len()));
        while self.buffer.len() < size {
            self.more().await?;
        }
        if self.buffer.len() == size {
            return Ok(std::mem::take(&mut self.buffer));
        }
        let rest = self.buffer.split_off(size);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        ensure!(self.read().await? > 0, "the server closed the connection");
        Ok(())
    }

    /// Reads what is there, or waits for some; 0 bytes are the end.
    async fn read(&mut self) -> anyhow::Result<usize> {
        self.buffer.reserve(16 * 1024);
        match self.stream.read_buf(&mut self.buffer).await {
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(0),
            read => Ok(read?),
        }
    }
}

async fn open(port: u16) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl Head {
    /// The head at the start of `bytes`, once it is whole.
    fn read(bytes: &[u8]) -> anyhow::Result<Option<Self>> {
        let Some(end) = find(bytes, b"\r\n\r\n") else {
            return Ok(None);
        };
        let text = std::str::from_utf8(&bytes[..end])?;
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("a status")?.parse()?;
        let (mut length, mut session, mut chunked) = (None, None, false);
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                length = Some(value.parse()?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                chunked = value.eq_ignore_ascii_case("chunked");
            } else if name.eq_ignore_ascii_case("mcp-session-id") {
                session = Some(value.to_owned());
            }
        }
        if length.is_none() && !chunked {
            // 202 and 204 may say nothing of a body that is not there.
            if !matches!(status, 202 | 204) {
                bail!("an answer without a length: {text}");
            }
            length = Some(0);
        }
        Ok(Some(Self { size: end + 4, status, length, session }))
    }
}

/// Where `needle` begins in `bytes`.
pub(super) fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}
