//! Whose certificates count: those that the system trusts, and those of a file.

use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// The file cannot be used.
#[derive(Debug, Error)]
#[error("{key} {0}: {reason}", .path.display())]
pub(crate) struct BadTrust {
    key: &'static str,
    path: PathBuf,
    reason: String,
}

/// TLS for a client that verifies. `key` is the setting that names the file; an empty path is none.
pub(crate) fn tls(key: &'static str, file: &Path) -> Result<ClientConfig, BadTrust> {
    let bad = |reason: String| BadTrust { key, path: file.to_owned(), reason };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if !file.as_os_str().is_empty() {
        let certificates = CertificateDer::pem_file_iter(file).map_err(|error| bad(error.to_string()))?;
        for certificate in certificates {
            roots.add(certificate.map_err(|error| bad(error.to_string()))?).map_err(|error| bad(error.to_string()))?;
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = versions.map_err(|error| bad(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
