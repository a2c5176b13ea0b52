//! E-mail: text and HTML together, over SMTP.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::letter::Letter;
use super::settings::{AlertSettingsError, MailSettings, MailTls};
use super::{SendFailure, html, text};

/// The way to the mail server, and who writes.
#[derive(Clone)]
pub(super) struct Post {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// RFC 3834: answering machines leave such a mail alone.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Post {
    /// The way to the server of `settings`.
    pub(super) fn new(settings: &MailSettings, timeout: Duration) -> Result<Self, AlertSettingsError> {
        let from = mailbox(&settings.from)?;
        if settings.credentials.is_some()
            && settings.tls == MailTls::Plain
            && !is_this_machine(&settings.host)
        {
            return Err(AlertSettingsError(format!(
                "the password for {} would travel in plain text: set alerts.mail.tls to `starttls` or `tls`",
                settings.host
            )));
        }
        let tls = match settings.tls {
            MailTls::Plain => Tls::None,
            MailTls::Starttls => Tls::Required(tls_parameters(settings)?),
            MailTls::Tls => Tls::Wrapper(tls_parameters(settings)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .timeout(Some(timeout));
        if let Some(credentials) = &settings.credentials {
            let (name, password) = (credentials.username.clone(), credentials.password.reveal().to_owned());
            builder = builder.credentials(authentication::Credentials::new(name, password));
        }
        Ok(Self { transport: builder.build(), from })
    }

    /// Sends a letter to `to`.
    pub(super) async fn send(&self, to: &Mailbox, letter: &Letter) -> Result<(), SendFailure> {
        let message = self
            .message(to, letter)
            .map_err(|error| SendFailure::new(format!("the mail cannot be written: {error}")))?;
        self.transport.send(message).await.map(drop).map_err(|error| refused(&error))
    }

    fn message(&self, to: &Mailbox, letter: &Letter) -> Result<Message, lettre::error::Error> {
        Message::builder()
            .from(self.from.clone())
            .to(to.clone())
            .subject(letter.subject())
            // Sent again, it is the same mail: servers and readers know it by this.
            .message_id(Some(format!("<{}@{}>", letter.id, self.from.email.domain())))
            .date(SystemTime::from(letter.made_at))
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(text::render(letter), html::render(letter)))
    }
}

/// `text` as an address, with or without a name.
pub(super) fn mailbox(text: &str) -> Result<Mailbox, AlertSettingsError> {
    text.trim().parse().map_err(|_| AlertSettingsError(format!("`{text}` is no mail address")))
}

fn tls_parameters(settings: &MailSettings) -> Result<TlsParameters, AlertSettingsError> {
    let wrong = |reason: String| AlertSettingsError(format!("TLS to {}: {reason}", settings.host));
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(file) = &settings.ca_file {
        let unreadable = |reason: String| wrong(format!("{}: {reason}", file.display()));
        let pem = std::fs::read(file).map_err(|error| unreadable(error.to_string()))?;
        let authority = Certificate::from_pem(&pem).map_err(|error| unreadable(error.to_string()))?;
        builder = builder.add_root_certificate(authority);
    }
    builder.build().map_err(|error| wrong(error.to_string()))
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What the server said can quote addresses: the code says enough.
fn refused(error: &lettre::transport::smtp::Error) -> SendFailure {
    if let Some(code) = error.status() {
        return SendFailure::new(format!("the mail server refused the message with code {code}"));
    }
    if error.is_timeout() {
        return SendFailure::new("the mail server did not answer in time");
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    SendFailure::new(format!("the mail server cannot be spoken with: {cause}"))
}
