//! The server: its listeners, its router, and how it ends.

mod accept;
mod authentication;
mod base_path;
mod cors;
mod entry;
mod headers;
mod http;
mod limits;
mod proxy_protocol;
mod router;
mod scrape;
mod shutdown;
mod tls;
mod upgrade;

use crate::accounts::{Accounts, Initial};
use crate::auth::jwt::{BadIssuer, Verifier};
use crate::auth::{Gate, OriginRule, Proxies, Users};
use crate::client::BadTrust;
use crate::config::{Config, Store};
use crate::demo;
use crate::engine::{Engine, EngineLimits, Keeping, Listener, StoreError};
use crate::metrics::Exporter;
use crate::stomp::Door;
use crate::transport::Arrivals;
use crate::webhook::Webhooks;
use base_path::BasePath;
use entry::Entry;
use http::Http;
use router::Gateway;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use thiserror::Error;
use tls::{BadCertificate, Certificate};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Why the server could not start.
#[derive(Debug, Error)]
pub enum ServerError {
    /// Its address cannot be listened on.
    #[error("cannot listen on {address} ({key}): {source}{}", hint(.source))]
    Listen {
        /// The setting.
        key: &'static str,
        /// The address.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// What was kept cannot be used.
    #[error("cannot use the data directory {directory:?}: {source}")]
    Store {
        /// The directory.
        directory: PathBuf,
        /// Why.
        source: StoreError,
    },
    /// Nothing can be kept any more.
    #[error(
        "the data directory failed, so nothing more is confirmed and the server ends: {0}. What was confirmed is kept; see to \
         the disk, then start again"
    )]
    Failed(String),
    /// Nobody could log in.
    #[error("the users cannot be read or made: {0}")]
    Users(String),
    /// It would listen to those who can never log in.
    #[error(
        "{key} {address} is reached from other machines, from which nobody could log in: set auth.default_user and auth.default_password for \
         an empty data directory, or auth.jwt.secret, auth.jwt.public_key_file or auth.jwt.jwks_url for tokens; or listen on 127.0.0.1, and add \
         a user there with `wharf ctl add_user` first"
    )]
    NoUsers {
        /// The setting.
        key: &'static str,
        /// The address.
        address: SocketAddr,
    },
    /// Tokens cannot be verified.
    #[error("{0}")]
    Issuer(BadIssuer),
    /// A file of certificates cannot be used.
    #[error(transparent)]
    Trust(#[from] Trust),
    /// The listeners' certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] Unusable),
    /// The operating system refuses something else.
    #[error("cannot start: {0}")]
    Runtime(#[from] io::Error),
}

/// Why whom to trust cannot be told.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct Trust(BadTrust);

/// Why a certificate cannot be used.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct Unusable(BadCertificate);

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => ": stop what uses it, or choose another port",
        io::ErrorKind::PermissionDenied => ": ports below 1024 need a privilege",
        _ => "",
    }
}

impl ServerError {
    /// What the process ends with: an address is a setting, the rest is not.
    pub fn exit_code(&self) -> u8 {
        match self {
            ServerError::Listen { .. }
            | ServerError::Issuer(_)
            | ServerError::NoUsers { .. }
            | ServerError::Trust(_)
            | ServerError::Certificate(_) => 2,
            ServerError::Store { .. } | ServerError::Users(_) | ServerError::Failed(_) | ServerError::Runtime(_) => 1,
        }
    }
}

/// How a server is started, beside its configuration.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// It has traffic of its own, to be looked at.
    pub with_demo: bool,
    /// What is damaged in its data directory is put aside.
    pub repair: bool,
}

/// Runs a server until it is told to stop.
pub fn run(config: &Config, options: Options) -> Result<(), ServerError> {
    limits::raise_open_files();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(serve(config, options));
    // What waits for a disk without room would wait for ever.
    runtime.shutdown_timeout(config.limits.drain_time());
    result
}

/// Says something to who waits for it on standard output.
#[allow(clippy::print_stdout, reason = "the one place that talks to who started the program")]
pub fn announce(line: &str) {
    println!("{line}");
}

async fn serve(config: &Config, options: Options) -> Result<(), ServerError> {
    // Signals are caught before anything is announced: who reads the first line may send one.
    let stop = shutdown::Stop::listen()?;
    let certificate = match config.tls.is_on() {
        true => Some(Certificate::open(&config.tls).map_err(Unusable)?),
        false => None,
    };
    let exporter = Exporter::install().map_err(io::Error::other)?;
    let http = bind("http.listen", &config.http.listen).await?;
    let stomp = match config.stomp.listen.as_str() {
        "" => None,
        address => Some(bind("stomp.listen", address).await?),
    };
    let directory = (!config.is_in_memory()).then(|| config.data_dir.clone());
    let Store { segment, window } = config.store;
    let keeping = Keeping { directory, repair: options.repair, segment, window };
    let limits = EngineLimits { vhosts: config.limits.vhosts, vhost: config.limits.vhost() };
    let engine = Engine::open(limits, &keeping)
        .map_err(|source| ServerError::Store { directory: config.data_dir.clone(), source })?;
    let tokens = Arc::new(Verifier::new(&config.auth.jwt).map_err(ServerError::Issuer)?);
    let initial =
        Initial { name: config.auth.default_user.clone(), password: config.auth.default_password.reveal().to_owned() };
    let users = Users::with_tokens(Arc::clone(&tokens));
    let accounts = tokio::select! {
        accounts = Accounts::open(&engine, &initial, users) => {
            accounts.map_err(|error| ServerError::Users(error.to_string()))?
        }
        // What is to be durable would be waited for without end.
        failure = engine.failure() => return Err(ServerError::Failed(failure)),
    };
    if accounts.are_local() && !tokens.is_enabled() {
        let stomp = stomp.as_ref().map(|listener| ("stomp.listen", listener));
        refuse_strangers([Some(("http.listen", &http)), stomp].into_iter().flatten())?;
    }
    let tasks = TaskTracker::new();
    let stopping = CancellationToken::new();
    let door = Arc::new(Door {
        engine: engine.clone(),
        users: Arc::clone(accounts.users()),
        limits: config.limits.clone(),
        stomp: config.stomp.clone(),
        stopping: stopping.clone(),
        public_hosts: config.http.public_hosts.clone(),
    });
    let address = http.local_addr()?;
    let webhooks = Webhooks::start(&engine, &config.webhooks, &tasks, &stopping).map_err(Trust)?;
    let arrivals = Arrivals::new(&config.limits, &stopping);
    let entry = Entry {
        arrivals,
        proxies: Proxies::new(&config.http.trusted_proxies),
        proxy_protocol: config.http.proxy_protocol,
        tls: acceptor(certificate.as_ref(), &[b"http/1.1"])?,
        handshake_time: config.limits.handshake_time(),
    };
    let stomp_entry = Entry {
        proxy_protocol: config.stomp.proxy_protocol,
        tls: acceptor(certificate.as_ref().filter(|_| config.stomp.tls), &[])?,
        ..entry.clone()
    };
    if let Some(certificate) = certificate {
        // From now on it does not end the process.
        let hangup = signal(SignalKind::hangup())?;
        tasks.spawn(certificate.follow(hangup, stopping.clone()));
    }
    let gateway = Gateway {
        accounts,
        webhooks,
        door: Arc::clone(&door),
        gate: Gate::new(
            Arc::clone(&door.users),
            OriginRule::new(&config.http.allowed_origins, &config.http.public_hosts)
                .with_vhosts(Arc::clone(engine.vhost_origins()), config.auth.cookie.is_empty()),
        )
        .with_cookie(&config.auth.cookie),
        exporter,
        is_metrics_public: config.metrics.public,
        tasks: tasks.clone(),
    };
    let scheme = if entry.tls.is_some() { "https" } else { "http" };
    let shared = Arc::new(Http {
        routers: router::routers(gateway),
        proxies: entry.proxies.clone(),
        base_path: BasePath::new(&config.http.base_path),
        header_time: config.limits.header_time(),
    });
    tasks.spawn(http::listen(http, entry, shared, tasks.clone(), stopping.clone()));
    tasks.spawn(stopping.clone().run_until_cancelled_owned(async move { tokens.run().await }));
    let statistics = engine.clone();
    tasks.spawn(stopping.clone().run_until_cancelled_owned(async move { statistics.run_statistics().await }));
    let timers = engine.clone();
    tasks.spawn(stopping.clone().run_until_cancelled_owned(async move { timers.run_timers().await }));
    let expiring = engine.clone();
    tasks.spawn(stopping.clone().run_until_cancelled_owned(async move { expiring.run_expiry().await }));
    let reclaiming = engine.clone();
    tasks.spawn(stopping.clone().run_until_cancelled_owned(async move { reclaiming.run_reclaiming().await }));
    let stomp_address = stomp.as_ref().map(TcpListener::local_addr).transpose()?;
    let listeners = [Some(listener("http", address)), stomp_address.map(|address| listener("stomp", address))];
    engine.set_listeners(listeners.into_iter().flatten().collect());
    announce(&format!("wharf: ready on {scheme}://{address}{}", config.http.base_path));
    if let Some((stomp, address)) = stomp.zip(stomp_address) {
        announce(&format!("wharf: STOMP on {address}"));
        tasks.spawn(accept::stomp(stomp, stomp_entry, door, tasks.clone(), stopping.clone()));
    }
    if options.with_demo {
        demo::start(&engine, &tasks, &stopping);
    }
    tokio::select! {
        () = stop.wait() => {}
        failure = engine.failure() => return Err(ServerError::Failed(failure)),
    }
    tracing::info!("stopping: connections are told to go elsewhere");
    stopping.cancel();
    engine.drain();
    tasks.close();
    if tokio::time::timeout(config.limits.drain_time(), tasks.wait()).await.is_err() {
        tracing::warn!(connections = tasks.len(), "some connections did not end in time, and are cut");
    }
    if tokio::time::timeout(config.limits.drain_time(), engine.flush()).await.is_err() {
        tracing::warn!("the disk did not take all in time: what was not confirmed may be missing");
    }
    Ok(())
}

/// TLS for one listener; `None`: it has none.
fn acceptor(certificate: Option<&Arc<Certificate>>, alpn: &[&[u8]]) -> Result<Option<TlsAcceptor>, ServerError> {
    let acceptor = certificate.map(|certificate| certificate.acceptor(alpn)).transpose();
    acceptor.map_err(|error| ServerError::Runtime(io::Error::other(error)))
}

/// Refuses to listen where others reach it, since `guest` is for this machine alone.
fn refuse_strangers<'a>(listeners: impl Iterator<Item = (&'static str, &'a TcpListener)>) -> Result<(), ServerError> {
    for (key, listener) in listeners {
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            return Err(ServerError::NoUsers { key, address });
        }
    }
    Ok(())
}

fn listener(protocol: &'static str, address: SocketAddr) -> Listener {
    Listener { protocol, ip_address: address.ip().to_string(), port: address.port() }
}

async fn bind(key: &'static str, address: &str) -> Result<TcpListener, ServerError> {
    let failed = |source| ServerError::Listen { key, address: address.to_owned(), source };
    let addresses: Vec<SocketAddr> = address.to_socket_addrs().map_err(failed)?.collect();
    TcpListener::bind(&addresses[..]).await.map_err(failed)
}
