//! One conversation of the mail server.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{Desk, Mail};

/// How a conversation over one stream ended.
enum End<S> {
    /// The client is gone.
    Gone,
    /// It goes on over TLS.
    StartTls(S),
}

/// What the client has said so far.
#[derive(Default)]
struct Envelope {
    user: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

/// Talks with a client until it goes.
pub(super) async fn serve(stream: TcpStream, desk: Arc<Desk>) -> std::io::Result<()> {
    let tls = desk.options.tls.clone();
    if let Some(tls) = tls.as_ref().filter(|tls| tls.from_the_first_byte) {
        let stream = tls.acceptor.accept(stream).await?;
        return converse(stream, &desk, true, true).await.map(drop);
    }
    if let (End::StartTls(stream), Some(tls)) = (converse(stream, &desk, false, true).await?, tls) {
        let stream = tls.acceptor.accept(stream).await?;
        // RFC 3207: after STARTTLS the client begins anew, and is not greeted.
        converse(stream, &desk, true, false).await?;
    }
    Ok(())
}

async fn converse<S>(stream: S, desk: &Desk, encrypted: bool, greets: bool) -> std::io::Result<End<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = BufReader::new(stream);
    if greets {
        say(&mut stream, "220 localhost ESMTP").await?;
    }
    let mut envelope = Envelope::default();
    while let Some(line) = hear(&mut stream).await? {
        let verb = line.split(' ').next().unwrap_or_default().to_uppercase();
        match verb.as_str() {
            "EHLO" | "HELO" => say(&mut stream, &greeting(desk, encrypted)).await?,
            "STARTTLS" if desk.options.tls.is_some() && !encrypted => {
                say(&mut stream, "220 go ahead").await?;
                return Ok(End::StartTls(stream.into_inner()));
            }
            "AUTH" => {
                envelope.user = authenticate(&mut stream, desk, &line).await?;
                let answer = if envelope.user.is_some() { "235 welcome" } else { "535 no such login" };
                say(&mut stream, answer).await?;
            }
            "MAIL" if desk.options.credentials.is_some() && envelope.user.is_none() => {
                say(&mut stream, "530 who are you?").await?;
            }
            "MAIL" => {
                envelope.from = Some(address(&line));
                say(&mut stream, "250 ok").await?;
            }
            "RCPT" if envelope.from.is_some() => {
                envelope.to.push(address(&line));
                say(&mut stream, "250 ok").await?;
            }
            "DATA" if !envelope.to.is_empty() => take(&mut stream, desk, &mut envelope, encrypted).await?,
            "RSET" | "NOOP" => say(&mut stream, "250 ok").await?,
            "QUIT" => {
                say(&mut stream, "221 bye").await?;
                break;
            }
            _ => say(&mut stream, "503 not now").await?,
        }
    }
    Ok(End::Gone)
}

fn greeting(desk: &Desk, encrypted: bool) -> String {
    let mut lines = vec!["localhost", "8BITMIME"];
    if desk.options.tls.is_some() && !encrypted {
        lines.push("STARTTLS");
    }
    if desk.options.credentials.is_some() {
        lines.push("AUTH PLAIN LOGIN");
    }
    let last = lines.len() - 1;
    let line = |(place, text): (usize, &&str)| format!("250{}{text}", if place == last { ' ' } else { '-' });
    lines.iter().enumerate().map(line).collect::<Vec<_>>().join("\r\n")
}

/// AUTH PLAIN (RFC 4616), with its answer in the command or in the next line; and AUTH LOGIN.
async fn authenticate<S>(
    stream: &mut BufReader<S>,
    desk: &Desk,
    line: &str,
) -> std::io::Result<Option<String>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let words: Vec<&str> = line.split(' ').collect();
    let (user, password) = match words.as_slice() {
        [_, mechanism, rest @ ..] if mechanism.eq_ignore_ascii_case("PLAIN") => {
            let answer = match rest {
                [answer] => (*answer).to_owned(),
                _ => ask(stream, "334 ").await?,
            };
            let answer = decoded(&answer);
            let mut parts = answer.split('\0').skip(1).map(str::to_owned);
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
        }
        _ => {
            let user = ask(stream, "334 VXNlcm5hbWU6").await?;
            (decoded(&user), decoded(&ask(stream, "334 UGFzc3dvcmQ6").await?))
        }
    };
    let is_known = desk.options.credentials == Some((user.clone(), password));
    if !is_known {
        desk.refused_logins.fetch_add(1, Ordering::SeqCst);
    }
    Ok(is_known.then_some(user))
}

async fn take<S>(
    stream: &mut BufReader<S>,
    desk: &Desk,
    envelope: &mut Envelope,
    encrypted: bool,
) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    say(stream, "354 go on").await?;
    let mut raw = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        if line == b".\r\n" {
            break;
        }
        // A line that begins with a dot was given another.
        raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
    if Desk::is_due(&desk.refusals) {
        return say(stream, "451 later").await;
    }
    let from = envelope.from.take().unwrap_or_default();
    let to = std::mem::take(&mut envelope.to);
    let mail = Mail { from, to, user: envelope.user.clone(), encrypted, raw };
    desk.taken.send_modify(|taken| taken.push(mail));
    if Desk::is_due(&desk.silent) {
        desk.never.notified().await;
    }
    say(stream, "250 taken").await
}

async fn ask<S>(stream: &mut BufReader<S>, question: &str) -> std::io::Result<String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    say(stream, question).await?;
    Ok(hear(stream).await?.unwrap_or_default())
}

async fn say<S>(stream: &mut BufReader<S>, line: &str) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.get_mut().flush().await
}

async fn hear<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<Option<String>> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await?;
    Ok((read > 0).then(|| line.trim_end().to_owned()))
}

fn decoded(text: &str) -> String {
    STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// What stands between `<` and `>`.
fn address(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map(|(address, _)| address.to_owned()).unwrap_or_default()
}
