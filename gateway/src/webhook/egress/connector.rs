//! Dialling: names are resolved, all addresses are judged, and exactly those are dialled.

use super::rule::AddressRule;
use super::sink::{BadSink, check_public};
use axum::http::Uri;
use hickory_resolver::TokioResolver;
use hyper_util::rt::TokioIo;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower::Service;

/// Addresses of a name that are looked at.
const ADDRESSES: usize = 8;

/// For a name to be resolved, and for one address to answer.
const RESOLVE_TIME: Duration = Duration::from_secs(5);
const DIAL_TIME: Duration = Duration::from_secs(5);

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Why nothing was dialled, or nobody answered.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each variant is said by its message")]
pub(super) enum DialError {
    #[error("the name {name:?} cannot be resolved: {reason}")]
    Unresolved { name: String, reason: String },
    #[error("{name:?} leads to {address}, which is no public address, and webhooks.allowed_networks does not list it")]
    Refused { name: String, address: IpAddr },
    #[error("{name:?} is a public address: {problem}")]
    NotForPublic { name: String, problem: BadSink },
    #[error("{address} does not answer: {source}")]
    Unreachable { address: SocketAddr, source: io::Error },
}

/// Finds the addresses of a name.
pub(super) trait Resolve: Send + Sync + fmt::Debug {
    /// Never none.
    fn resolve(&self, name: String) -> Boxed<Result<Vec<IpAddr>, String>>;
}

/// The resolver that the system's configuration describes.
#[derive(Debug, Default)]
pub(super) struct SystemResolver {
    resolver: OnceLock<Result<TokioResolver, String>>,
}

impl Resolve for SystemResolver {
    fn resolve(&self, name: String) -> Boxed<Result<Vec<IpAddr>, String>> {
        let resolver = self.resolver.get_or_init(|| {
            let built = TokioResolver::builder_tokio().and_then(hickory_resolver::ResolverBuilder::build);
            built.map_err(|error| error.to_string())
        });
        let resolver = resolver.clone();
        Box::pin(async move {
            let found = resolver?.lookup_ip(name).await.map_err(|error| error.to_string())?;
            let addresses: Vec<_> = found.iter().take(ADDRESSES).collect();
            if addresses.is_empty() { Err("it has no address".to_owned()) } else { Ok(addresses) }
        })
    }
}

/// Dials for the HTTP client.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    rule: Arc<AddressRule>,
    resolver: Arc<dyn Resolve>,
}

impl Connector {
    pub(super) fn new(rule: Arc<AddressRule>, resolver: Arc<dyn Resolve>) -> Self {
        Connector { rule, resolver }
    }

    async fn dial(self, uri: Uri) -> Result<TokioIo<TcpStream>, DialError> {
        let name = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let scheme = uri.scheme_str().unwrap_or_default();
        let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
        let addresses = self.addresses(&name).await?;
        for address in &addresses {
            self.judge(&name, *address, scheme, port)?;
        }
        let mut last = None;
        for address in addresses {
            match connect(SocketAddr::new(address, port)).await {
                Ok(stream) => return Ok(TokioIo::new(stream)),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or(DialError::Unresolved { name, reason: "it has no address".to_owned() }))
    }

    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, DialError> {
        if let Ok(address) = name.parse() {
            return Ok(vec![address]);
        }
        let resolved = timeout(RESOLVE_TIME, self.resolver.resolve(name.to_owned())).await;
        let resolved = resolved.unwrap_or_else(|_| Err("no name server answers in time".to_owned()));
        resolved.map_err(|reason| DialError::Unresolved { name: name.to_owned(), reason })
    }

    /// One address that is refused refuses the name: who mixes them means harm.
    fn judge(&self, name: &str, address: IpAddr, scheme: &str, port: u16) -> Result<(), DialError> {
        if !self.rule.permits(address) {
            return Err(DialError::Refused { name: name.to_owned(), address });
        }
        match self.rule.is_listed(address) {
            true => Ok(()),
            false => {
                check_public(scheme, port).map_err(|problem| DialError::NotForPublic { name: name.to_owned(), problem })
            }
        }
    }
}

async fn connect(address: SocketAddr) -> Result<TcpStream, DialError> {
    let dialled = timeout(DIAL_TIME, TcpStream::connect(address)).await;
    let dialled = dialled.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let stream = dialled.map_err(|source| DialError::Unreachable { address, source })?;
    let _ = stream.set_nodelay(true); // done without, if it cannot be had
    Ok(stream)
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = DialError;
    type Future = Boxed<Result<Self::Response, DialError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().dial(uri))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use tokio::net::TcpListener;

    /// Gives one answer after the other, and the last for ever.
    #[derive(Debug)]
    struct Script(Mutex<Vec<Vec<IpAddr>>>);

    impl Resolve for Script {
        fn resolve(&self, _: String) -> Boxed<Result<Vec<IpAddr>, String>> {
            let mut answers = self.0.lock().unwrap();
            let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
            Box::pin(async { Ok(answer) })
        }
    }

    fn connector(allowed: &[&str], answers: &[&[&str]]) -> Connector {
        let allowed: Vec<_> = allowed.iter().map(|network| network.parse().unwrap()).collect();
        let parse = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
        let script = Script(Mutex::new(answers.iter().map(parse).collect()));
        Connector::new(Arc::new(AddressRule::new(&allowed)), Arc::new(script))
    }

    async fn dial(connector: &Connector, uri: &str) -> Result<(), String> {
        let uri = uri.parse().unwrap();
        connector.clone().dial(uri).await.map(|_| ()).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_later_is_refused_then() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://sink.example:{}/", listener.local_addr().unwrap().port());
        let connector = connector(&["127.0.0.1/32"], &[&["127.0.0.1"], &["127.0.0.2"]]);
        assert_eq!(dial(&connector, &uri).await, Ok(()));
        let refused = dial(&connector, &uri).await.unwrap_err();
        assert!(refused.contains("127.0.0.2"), "{refused}");
    }

    #[tokio::test]
    async fn one_bad_address_among_good_ones_refuses_the_name() {
        let connector = connector(&[], &[&["93.184.216.34", "10.0.0.1"]]);
        assert!(dial(&connector, "https://sink.example/").await.unwrap_err().contains("10.0.0.1"));
    }

    #[tokio::test]
    async fn addresses_in_the_uri_are_judged_too() {
        let connector = connector(&[], &[&["93.184.216.34"]]);
        for uri in ["https://127.0.0.1/", "https://[::1]/", "https://[::ffff:a9fe:a9fe]/", "https://[64:ff9b::7f00:1]/"]
        {
            assert!(dial(&connector, uri).await.unwrap_err().contains("no public address"), "{uri}");
        }
    }

    #[tokio::test]
    async fn what_is_public_is_called_by_https_on_its_ports_only() {
        let connector = connector(&[], &[&["93.184.216.34"]]);
        for uri in ["http://sink.example/", "https://sink.example:8443/"] {
            assert!(dial(&connector, uri).await.unwrap_err().contains("not"), "{uri}");
        }
    }

    #[tokio::test]
    async fn nobody_there_is_told_with_the_address() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let connector = connector(&["127.0.0.0/8"], &[&["127.0.0.1"]]);
        let refused = dial(&connector, &format!("http://sink.example:{}/", address.port())).await.unwrap_err();
        assert!(refused.contains(&address.to_string()), "{refused}");
    }
}
