//! A mail server on loopback that keeps what it is given: enough of SMTP (RFC 5321) with AUTH and
//! STARTTLS for a real client.

mod session;
mod tls;

pub use tls::SmtpTls;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context;
use mailparse::{MailHeaderMap, ParsedMail};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

/// Long for a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the server is.
#[derive(Debug, Clone, Default)]
pub struct SmtpOptions {
    /// The one name and password that it lets write; without them, anybody.
    pub credentials: Option<(String, String)>,
    /// TLS that it offers by STARTTLS, or from the first byte.
    pub tls: Option<SmtpTls>,
}

/// A mail that the server took.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Who wrote, by the envelope.
    pub from: String,
    /// To whom, by the envelope.
    pub to: Vec<String>,
    /// Who had said who they are; none where nobody was asked.
    pub user: Option<String>,
    /// Whether it came over TLS.
    pub encrypted: bool,
    /// Header and body, as they came.
    pub raw: Vec<u8>,
}

impl Mail {
    /// A header, decoded.
    pub fn header(&self, name: &str) -> anyhow::Result<String> {
        let mail = mailparse::parse_mail(&self.raw)?;
        mail.headers.get_first_value(name).with_context(|| format!("the mail has no {name}"))
    }

    /// The part of that kind, decoded: `text/plain` or `text/html`.
    pub fn part(&self, kind: &str) -> anyhow::Result<String> {
        let mail = mailparse::parse_mail(&self.raw)?;
        let part = find(&mail, kind).with_context(|| format!("the mail has no {kind}"))?;
        Ok(part.get_body()?.replace("\r\n", "\n"))
    }
}

fn find<'a, 'b>(mail: &'a ParsedMail<'b>, kind: &str) -> Option<&'a ParsedMail<'b>> {
    if mail.ctype.mimetype == kind {
        return Some(mail);
    }
    mail.subparts.iter().find_map(|part| find(part, kind))
}

/// A mail server. Dropping it ends it.
pub struct SmtpSink {
    port: u16,
    desk: Arc<Desk>,
    _server: AbortOnDropHandle<()>,
}

/// What its sessions share.
#[derive(Debug)]
struct Desk {
    options: SmtpOptions,
    taken: watch::Sender<Vec<Mail>>,
    refusals: AtomicUsize,
    silent: AtomicUsize,
    refused_logins: AtomicUsize,
    never: Notify,
}

impl SmtpSink {
    /// A server.
    pub async fn start(options: SmtpOptions) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("listening on loopback")?;
        let port = listener.local_addr()?.port();
        let desk = Arc::new(Desk {
            options,
            taken: watch::channel(Vec::new()).0,
            refusals: AtomicUsize::new(0),
            silent: AtomicUsize::new(0),
            refused_logins: AtomicUsize::new(0),
            never: Notify::new(),
        });
        let shared = Arc::clone(&desk);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // What a client does wrong, or its going away, ends its session alone.
                tokio::spawn(session::serve(stream, Arc::clone(&shared)));
            }
        });
        Ok(Self { port, desk, _server: AbortOnDropHandle::new(server) })
    }

    /// Its port on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes it refuse the next `count` mails for the moment (451), after it has read them.
    pub fn refuse_next(&self, count: usize) {
        self.desk.refusals.store(count, Ordering::SeqCst);
    }

    /// Makes it take the next `count` mails without ever saying so.
    pub fn keep_silent(&self, count: usize) {
        self.desk.silent.store(count, Ordering::SeqCst);
    }

    /// How many logins it has refused.
    pub fn refused_logins(&self) -> usize {
        self.desk.refused_logins.load(Ordering::SeqCst)
    }

    /// All mails that it took so far.
    pub fn taken(&self) -> Vec<Mail> {
        self.desk.taken.borrow().clone()
    }

    /// All mails that it took, once they are `count` or more.
    pub async fn received(&self, count: usize) -> anyhow::Result<Vec<Mail>> {
        let mut taken = self.desk.taken.subscribe();
        let enough = timeout(PATIENCE, taken.wait_for(|taken| taken.len() >= count)).await;
        let enough = enough.with_context(|| format!("the mail server was not given {count} mails"))??;
        Ok(enough.clone())
    }
}

impl Desk {
    /// Whether one more of what was asked for is due.
    fn is_due(counter: &AtomicUsize) -> bool {
        counter.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}
