//! The way out: HTTP to addresses that users name, of which none may lead to what only this machine or its network should reach.
//!
//! The address that is dialled is what counts, on every attempt, and not the URL at registration. So literal addresses, names, and what
//! names resolve to are all judged in the connector, which is the only one there is: no redirect is followed, and no proxy of the environment
//! is asked.

mod connector;
mod failure;
mod rule;
mod sink;

pub(super) use failure::{Failure, FailureKind};
pub(super) use rule::AddressRule;
pub(super) use sink::Sink;

use crate::client::{BadTrust, tls};
use crate::config::Webhooks as Settings;
use axum::body::Bytes;
use axum::http::{HeaderMap, Request, StatusCode};
use connector::{Connector, SystemResolver};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpInfo;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// The longest that the head of an answer may take, once the request is on its way.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// The longest that its body may take: what an answer says counts less than that it came.
const BODY_TIME: Duration = Duration::from_secs(2);

/// Octets of an answer's body that are read; the rest is not waited for.
const BODY: usize = 64 * 1024;

/// Octets of an answer's head.
const HEAD: usize = 32 * 1024;

/// Connections to one host that are kept for later requests, and for how long.
const IDLE: usize = 32;
const IDLE_TIME: Duration = Duration::from_secs(30);

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// As much of it as was read.
    pub(super) body: Bytes,
    /// The address that was dialled.
    pub(super) address: Option<SocketAddr>,
}

/// Sends requests. A clone is the same.
#[derive(Debug, Clone)]
pub(super) struct Egress {
    client: Client<HttpsConnector<Connector>, Full<Bytes>>,
    rule: Arc<AddressRule>,
}

impl Egress {
    /// A way out under these settings.
    pub(super) fn new(settings: &Settings) -> Result<Self, BadTrust> {
        let rule = Arc::new(AddressRule::new(&settings.allowed_networks));
        let connector = Connector::new(Arc::clone(&rule), Arc::new(SystemResolver::default()));
        let tls = tls("webhooks.ca_file", &settings.ca_file)?;
        let https = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIME)
            .pool_max_idle_per_host(IDLE)
            .http1_max_buf_size(HEAD)
            .build(https.wrap_connector(connector));
        Ok(Egress { client, rule })
    }

    /// Which addresses may be dialled.
    pub(super) fn rule(&self) -> &AddressRule {
        &self.rule
    }

    /// Sends a request and waits for its answer, within `limit` altogether.
    pub(super) async fn send(&self, request: Request<Full<Bytes>>, limit: Duration) -> Result<Answer, Failure> {
        let deadline = Instant::now() + limit;
        let head = timeout_at(deadline.min(Instant::now() + HEAD_TIME), self.client.request(request));
        let response = head.await.map_err(|_| Failure::timeout())?.map_err(|error| Failure::of(&error))?;
        let address = response.extensions().get::<HttpInfo>().map(HttpInfo::remote_addr);
        let (parts, body) = response.into_parts();
        let body = read(body, deadline.min(Instant::now() + BODY_TIME)).await;
        Ok(Answer { status: parts.status, headers: parts.headers, body, address })
    }
}

/// What comes of a body in time, up to the limit. Dropping the rest closes the connection.
async fn read(mut body: Incoming, deadline: Instant) -> Bytes {
    let mut octets = Vec::new();
    let reading = async {
        while let Some(Ok(frame)) = body.frame().await {
            let Some(data) = frame.data_ref() else { continue };
            let room = BODY - octets.len();
            octets.extend_from_slice(data.get(..room.min(data.len())).unwrap_or_default());
            if octets.len() == BODY {
                break;
            }
        }
    };
    let _ = timeout(deadline.saturating_duration_since(Instant::now()), reading).await;
    octets.into()
}
