//! Certificates, and a way for clients that speak no TLS to servers that do.

use crate::patience;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fs, thread};

/// Between two looks at sockets that had nothing.
const PAUSE: Duration = Duration::from_micros(500);

/// Octets that a tunnel holds for a server that does not take them.
const HELD: usize = 256 * 1024;

/// A certification authority of the test's own.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// A new one.
    #[allow(clippy::new_without_default, reason = "no two are the same")]
    pub fn new() -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("there is chance");
        Authority { issuer: CertifiedIssuer::self_signed(params, key).expect("an authority signs itself") }
    }

    /// Writes a new certificate for this machine, and its key, into a directory. Returns both paths.
    pub fn issue(&self, directory: &Path) -> (PathBuf, PathBuf) {
        let paths = (directory.join("cert.pem"), directory.join("key.pem"));
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let key = KeyPair::generate().expect("there is chance");
        let params = CertificateParams::new(names).expect("these are names");
        let certificate = params.signed_by(&key, &self.issuer).expect("an authority signs");
        fs::write(&paths.0, certificate.pem()).expect("the directory is writable");
        fs::write(&paths.1, key.serialize_pem()).expect("the directory is writable");
        paths
    }

    /// What a client needs that trusts this authority alone.
    fn client_config(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).expect("it is a certificate");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.expect("the provider has them");
        Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
    }

    /// The certificate that a server shows, in DER.
    pub fn certificate_of(&self, server: SocketAddr) -> io::Result<Vec<u8>> {
        let mut client = client(self.client_config());
        let mut stream = TcpStream::connect(server)?;
        stream.set_read_timeout(Some(patience()))?;
        while client.is_handshaking() {
            client.complete_io(&mut stream)?;
        }
        let chain = client.peer_certificates().unwrap_or_default();
        Ok(chain.first().map(|certificate| certificate.to_vec()).unwrap_or_default())
    }

    /// Opens an address for clients that speak no TLS: what they say goes to the server in TLS. It lasts as long as the test.
    pub fn tunnel(&self, server: SocketAddr) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let config = self.client_config();
        thread::spawn(move || accept(&listener, server, &config));
        address
    }
}

fn client(config: Arc<ClientConfig>) -> ClientConnection {
    let name = ServerName::try_from("127.0.0.1").expect("this is an address");
    ClientConnection::new(config, name).expect("the configuration is complete")
}

fn accept(listener: &TcpListener, server: SocketAddr, config: &Arc<ClientConfig>) {
    for plain in listener.incoming() {
        let Ok(plain) = plain else { return };
        let tls = client(Arc::clone(config));
        thread::spawn(move || {
            // However it ends, both ends see it.
            let _ = TcpStream::connect(server).and_then(|stream| carry(&plain, stream, tls));
            let _ = plain.shutdown(Shutdown::Both);
        });
    }
}

/// Carries octets both ways until one side is done.
fn carry(mut plain: &TcpStream, mut stream: TcpStream, mut tls: ClientConnection) -> io::Result<()> {
    plain.set_nonblocking(true)?;
    stream.set_nonblocking(true)?;
    tls.set_buffer_limit(Some(HELD));
    let mut out = Vec::new();
    let mut chunk = [0; 16 * 1024];
    let mut quiet_since = Instant::now();
    loop {
        let mut moved = 0;
        if !tls.is_handshaking() && !tls.wants_write() {
            match quietly(plain.read(&mut chunk))? {
                Some(0) => return Ok(()),
                Some(count) => {
                    tls.writer().write_all(&chunk[..count])?;
                    moved += count;
                }
                None => (),
            }
        }
        if tls.wants_write() {
            moved += quietly(tls.write_tls(&mut stream))?.unwrap_or_default();
        }
        let read = if out.is_empty() { quietly(tls.read_tls(&mut stream))? } else { None };
        if read.is_some() {
            let state = tls.process_new_packets().map_err(io::Error::other)?;
            let mut octets = vec![0; state.plaintext_bytes_to_read()];
            tls.reader().read_exact(&mut octets)?;
            out.extend(octets);
        }
        while !out.is_empty() {
            let Some(count) = quietly(plain.write(&out))? else { break };
            out.drain(..count);
            moved += count;
        }
        if read == Some(0) && out.is_empty() {
            return Ok(());
        }
        if moved > 0 || read.is_some() {
            quiet_since = Instant::now();
        } else if quiet_since.elapsed() > patience() * 10 {
            return Ok(());
        } else {
            thread::sleep(PAUSE);
        }
    }
}

/// `None`: nothing can be done now.
fn quietly(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Ok(count) => Ok(Some(count)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
