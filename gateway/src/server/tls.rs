//! The certificate of the listeners, and its exchange while they listen.

use crate::config;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use std::{fs, io};
use thiserror::Error;
use tokio::signal::unix::Signal;
use tokio::task::spawn_blocking;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Octets of one of the files: a chain of certificates has some thousand.
const FILE: u64 = 1024 * 1024;

/// The files cannot be used.
#[derive(Debug, Error)]
#[error("{key} {0}: {1}", .path.display(), .reason)]
pub(super) struct BadCertificate {
    key: &'static str,
    path: PathBuf,
    reason: String,
}

/// A certificate with its key, as it was when its files were last good.
#[derive(Debug)]
pub(super) struct Certificate {
    files: config::Tls,
    current: RwLock<Arc<CertifiedKey>>,
}

/// What is in the files, and by what it is told apart from what was.
struct Content {
    chain: Vec<u8>,
    key: Vec<u8>,
}

impl Certificate {
    /// Reads it.
    pub(super) fn open(files: &config::Tls) -> Result<Arc<Self>, BadCertificate> {
        let current = Content::read(files)?.certified(files)?;
        Ok(Arc::new(Certificate { files: files.clone(), current: RwLock::new(Arc::new(current)) }))
    }

    /// TLS for one listener, of whose protocols `alpn` names those that have a name.
    pub(super) fn acceptor(self: &Arc<Self>, alpn: &[&[u8]]) -> Result<TlsAcceptor, rustls::Error> {
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        let builder = builder.with_safe_default_protocol_versions()?.with_no_client_auth();
        let mut config = builder.with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Follows the files until the server stops, and reads them anew at each `hangup`.
    pub(super) async fn follow(self: Arc<Self>, mut hangup: Signal, stopping: CancellationToken) {
        let mut seen = self.digest().await;
        loop {
            let is_asked = tokio::select! {
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(LOOK) => false,
                _ = hangup.recv() => true,
            };
            let now = self.digest().await;
            if is_asked || now != seen {
                self.exchange().await;
            }
            seen = now;
        }
    }

    async fn exchange(self: &Arc<Self>) {
        let this = Arc::clone(self);
        let read = spawn_blocking(move || Content::read(&this.files)?.certified(&this.files)).await;
        match read {
            Ok(Ok(certified)) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(certified);
                tracing::info!(file = %self.files.cert.display(), "new connections get the new certificate");
            }
            Ok(Err(error)) => tracing::error!(%error, "the certificate stays as it was: its new files cannot be used"),
            Err(error) => tracing::error!(%error, "the certificate stays as it was"),
        }
    }

    /// `None`: they cannot be read, which is said when they are to be used.
    async fn digest(self: &Arc<Self>) -> Option<[u8; 32]> {
        let this = Arc::clone(self);
        spawn_blocking(move || Content::read(&this.files).ok().map(|content| content.digest())).await.ok().flatten()
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Content {
    fn read(files: &config::Tls) -> Result<Content, BadCertificate> {
        let chain = read(&files.cert).map_err(|error| bad("tls.cert", &files.cert, error))?;
        let key = read(&files.key).map_err(|error| bad("tls.key", &files.key, error))?;
        Ok(Content { chain, key })
    }

    /// The certificate, if it is one and the key is its.
    fn certified(&self, files: &config::Tls) -> Result<CertifiedKey, BadCertificate> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.chain).collect();
        let chain = chain.map_err(|error| bad("tls.cert", &files.cert, error))?;
        if chain.is_empty() {
            return Err(bad("tls.cert", &files.cert, "there is no certificate in it: it has to be PEM"));
        }
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|error| bad("tls.key", &files.key, error))?;
        CertifiedKey::from_der(chain, key, &default_provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                bad("tls.key", &files.key, "it is not the key of the certificate in tls.cert")
            }
            error => bad("tls.key", &files.key, error),
        })
    }

    fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        for part in [&self.chain, &self.key] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        digest.finalize().into()
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > FILE {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {FILE} octets")));
    }
    fs::read(path)
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn bad(key: &'static str, path: &Path, reason: impl ToString) -> BadCertificate {
    BadCertificate { key, path: path.to_owned(), reason: reason.to_string() }
}
