//! HTTP to addresses that an operator names. A leaf. What users name goes out by `webhook/egress`, which judges addresses.
//!
//! No redirect is followed, and no proxy of the environment is asked: what is configured is what is called.

mod trust;

pub(crate) use trust::BadTrust;
pub(crate) use trust::tls;

use axum::body::Bytes;
use axum::http::{Request, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use std::error::Error;
use std::time::Duration;
use thiserror::Error as Failing;
use tokio::time::timeout;

/// How long a connection is kept for the next request.
const IDLE_TIME: Duration = Duration::from_secs(30);

/// What one request may cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    /// From the request to the end of its answer.
    pub(crate) time: Duration,
    /// Octets of the answer's body.
    pub(crate) body: usize,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

/// Why nothing did.
#[derive(Debug, Failing)]
pub(crate) enum Failure {
    /// The time is over.
    #[error("there was no answer in {} s", .0.as_secs())]
    Timeout(Duration),
    /// The body is larger than allowed.
    #[error("the answer has more than {0} octets")]
    TooLarge(usize),
    /// Nobody is there, or it is not who it should be, or it broke off.
    #[error("{0}")]
    Broken(String),
}

/// Sends requests. A clone is the same.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    inner: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Client {
    /// A client that trusts whom `tls` says.
    pub(crate) fn new(tls: ClientConfig) -> Self {
        let https = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let inner = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIME)
            .build(https.build());
        Client { inner }
    }

    /// Sends a request and reads all of its answer.
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>, allowed: Allowance) -> Result<Answer, Failure> {
        let exchange = async {
            let response = self.inner.request(request).await.map_err(|error| Failure::Broken(innermost(&error)))?;
            let status = response.status();
            let body = Limited::new(response.into_body(), allowed.body).collect().await;
            let body = body.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
                Some(_) => Failure::TooLarge(allowed.body),
                None => Failure::Broken(innermost(&*error)),
            })?;
            Ok(Answer { status, body: body.to_bytes() })
        };
        timeout(allowed.time, exchange).await.unwrap_or(Err(Failure::Timeout(allowed.time)))
    }
}

/// What is at the bottom of an error: the layers above it say no more than that they failed.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
