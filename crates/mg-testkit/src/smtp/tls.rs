//! A certificate for loopback, made for one test and signed by itself.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// TLS for a [`crate::SmtpSink`] at `localhost`.
#[derive(Clone)]
pub struct SmtpTls {
    /// Whether it begins with the first byte; else by STARTTLS.
    pub from_the_first_byte: bool,
    pub(super) acceptor: TlsAcceptor,
    folder: Arc<TempDir>,
}

impl SmtpTls {
    /// A fresh certificate.
    pub fn new(from_the_first_byte: bool) -> anyhow::Result<Self> {
        mg_crawl::init_tls();
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(vec!["localhost".to_owned()])?;
        let folder = tempfile::tempdir().context("a folder for the certificate")?;
        std::fs::write(folder.path().join("ca.pem"), cert.pem())?;
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .context("the test's certificate")?;
        Ok(Self {
            from_the_first_byte,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            folder: Arc::new(folder),
        })
    }

    /// The certificate, PEM: what a client must trust.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

impl std::fmt::Debug for SmtpTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpTls")
            .field("from_the_first_byte", &self.from_the_first_byte)
            .finish_non_exhaustive()
    }
}
