//! The management API, as a client sees it.

use super::error::CtlError;
use super::options::Options;
use crate::client::{Allowance, Answer, Client, tls};
use axum::body::Bytes;
use axum::http::{Method, Request, StatusCode, Uri, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http_body_util::Full;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// One request: a list of a million queues takes a while.
const REQUEST: Allowance = Allowance { time: Duration::from_secs(60), body: 1 << 30 };

/// What is escaped in a part of a path: all but what never has to be.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The header that says why a connection is closed.
const REASON: &str = "x-reason";

/// A server's API, for one user.
pub(super) struct Api {
    client: Client,
    /// Scheme, authority, and the path below which the server is.
    base: String,
    authorization: String,
}

/// What is asked for.
#[derive(Debug)]
struct Call<'a> {
    method: Method,
    path: &'a [&'a str],
    query: &'a str,
    body: Option<Value>,
    reason: &'a str,
}

impl<'a> Call<'a> {
    fn new(method: Method, path: &'a [&'a str]) -> Self {
        Call { method, path, query: "", body: None, reason: "" }
    }
}

impl Api {
    /// The API that the options name.
    pub(super) fn new(options: &Options) -> Result<Self, CtlError> {
        let base = options.url.trim_end_matches('/');
        let is_url = base.parse::<Uri>().is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
        if !is_url {
            return Err(CtlError::Usage(format!("--url: {base:?} is no URL such as http://127.0.0.1:8080")));
        }
        let tls = tls("--ca-file", options.ca_file.as_deref().unwrap_or(Path::new("")))
            .map_err(|error| CtlError::Usage(error.to_string()))?;
        let authorization = basic(&options.user, options.password.reveal());
        Ok(Api { client: Client::new(tls), base: base.to_owned(), authorization })
    }

    /// The same API, for another user.
    pub(super) fn as_user(&self, name: &str, password: &str) -> Self {
        Api { client: self.client.clone(), base: self.base.clone(), authorization: basic(name, password) }
    }

    /// What is at a path.
    pub(super) async fn get(&self, path: &[&str]) -> Result<Value, CtlError> {
        let answer = accepted(self.send(&Call::new(Method::GET, path)).await?)?;
        serde_json::from_slice(&answer.body)
            .map_err(|error| CtlError::Failed(format!("the server's answer is no JSON ({error}): is this a wharf?")))
    }

    /// What is at a path, if anything is.
    pub(super) async fn find(&self, path: &[&str]) -> Result<Option<Value>, CtlError> {
        let answer = self.send(&Call::new(Method::GET, path)).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        Ok(serde_json::from_slice(&accepted(answer)?.body).ok())
    }

    /// Makes or changes what is at a path.
    pub(super) async fn put(&self, path: &[&str], body: Value) -> Result<(), CtlError> {
        accepted(self.send(&Call { body: Some(body), ..Call::new(Method::PUT, path) }).await?).map(drop)
    }

    /// Removes what is at a path.
    pub(super) async fn delete(&self, path: &[&str]) -> Result<(), CtlError> {
        accepted(self.send(&Call::new(Method::DELETE, path)).await?).map(drop)
    }

    /// The same, if the conditions of a query hold.
    pub(super) async fn delete_if(&self, path: &[&str], query: &str) -> Result<(), CtlError> {
        accepted(self.send(&Call { query, ..Call::new(Method::DELETE, path) }).await?).map(drop)
    }

    /// The same, with a reason for whom it concerns.
    pub(super) async fn delete_because(&self, path: &[&str], reason: &str) -> Result<(), CtlError> {
        accepted(self.send(&Call { reason, ..Call::new(Method::DELETE, path) }).await?).map(drop)
    }

    async fn send(&self, call: &Call<'_>) -> Result<Answer, CtlError> {
        let mut request = Request::builder()
            .method(&call.method)
            .uri(self.uri(call))
            .header(header::AUTHORIZATION, &self.authorization)
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, crate::SERVER);
        if call.body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if !call.reason.is_empty() {
            request = request.header(REASON, call.reason);
        }
        let body = call.body.as_ref().map(Value::to_string).unwrap_or_default();
        let request = request.body(Full::from(Bytes::from(body)));
        let request = request.map_err(|error| CtlError::Usage(format!("this cannot be asked for: {error}")))?;
        let answer = self.client.send(request, REQUEST).await;
        answer.map_err(|failure| CtlError::Failed(format!("{} does not answer: {failure}", self.base)))
    }

    /// Each part of the path is a name, whatever is in it.
    fn uri(&self, call: &Call<'_>) -> String {
        let mut uri = format!("{}/api", self.base);
        for part in call.path {
            uri.push('/');
            uri.extend(utf8_percent_encode(part, COMPONENT));
        }
        if !call.query.is_empty() {
            uri.push('?');
            uri.push_str(call.query);
        }
        uri
    }
}

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{name}:{password}")))
}

/// An answer that is no success tells why.
fn accepted(answer: Answer) -> Result<Answer, CtlError> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let reason = body["reason"].as_str().map_or_else(|| answer.status.to_string(), str::to_owned);
    let hint = match answer.status {
        StatusCode::UNAUTHORIZED => " (--user and --password, or WHARF_USER and WHARF_PASSWORD)",
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED if body["reason"].is_null() => " (is this a wharf?)",
        _ => "",
    };
    Err(CtlError::Failed(format!("refused: {reason}{hint}")))
}
