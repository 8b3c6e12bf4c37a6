//! A sink for webhooks, and a bare client that does nothing but post to it.

use std::env;
use std::io::Write;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::http::{Request, StatusCode, header};
use axum::routing::{get, post};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::process::Process;

const READY: &str = "sink: ready on ";

/// A server that takes whatever is posted to it, and counts: this program again, in a process of its own.
#[derive(Debug)]
pub(crate) struct Sink {
    process: Process,
    pub(crate) address: SocketAddr,
}

impl Sink {
    pub(crate) fn start() -> Result<Self> {
        let process = Process::start(|_| {
            let mut command = Command::new(env::current_exe()?);
            command.arg("sink");
            Ok(command)
        })?;
        let address = process.wait_for_address(READY)?;
        Ok(Self { process, address })
    }

    pub(crate) fn process(&self) -> &Process {
        &self.process
    }
}

/// Serves until killed.
pub(crate) fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        writeln!(std::io::stdout().lock(), "{READY}{}", listener.local_addr()?)?;
        let taken = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&taken);
        let take = async move |_: Bytes| {
            taken.fetch_add(1, Ordering::Relaxed);
            StatusCode::NO_CONTENT
        };
        let count = async move || counted.load(Ordering::Relaxed).to_string();
        axum::serve(listener, Router::new().route("/hook", post(take)).route("/count", get(count))).await?;
        Ok(())
    })
}

/// A client on a runtime of its own.
pub(crate) struct Caller {
    runtime: tokio::runtime::Runtime,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Caller {
    pub(crate) fn new() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Ok(Self { runtime, client: Client::builder(TokioExecutor::new()).build(connector) })
    }

    /// Asks a server something as guest.
    pub(crate) fn call(&self, method: &str, address: SocketAddr, path: &str, kind: &str, body: &str) -> Result<Value> {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{address}{path}"))
            .header(header::AUTHORIZATION, "Basic Z3Vlc3Q6Z3Vlc3Q=")
            .header(header::CONTENT_TYPE, kind)
            .body(Full::new(Bytes::from(body.to_owned())))?;
        self.runtime.block_on(async {
            let response = self.client.request(request).await.context(path.to_owned())?;
            let status = response.status();
            let body = response.into_body().collect().await?.to_bytes();
            ensure!(status.is_success(), "{method} {path}: {status}: {}", String::from_utf8_lossy(&body));
            Ok(if body.is_empty() { Value::Null } else { serde_json::from_slice(&body)? })
        })
    }

    /// Posts a body again and again, so many at a time. Returns how many were taken.
    pub(crate) fn post(&self, address: SocketAddr, body: &Bytes, at_a_time: usize, time: Duration) -> Result<u64> {
        let deadline = Instant::now() + time;
        let lanes = (0..at_a_time).map(|_| {
            let (client, body) = (self.client.clone(), body.clone());
            self.runtime.spawn(async move {
                let mut taken = 0;
                while Instant::now() < deadline {
                    let request = Request::post(format!("http://{address}/hook"))
                        .header(header::CONTENT_TYPE, "application/cloudevents+json")
                        .body(Full::new(body.clone()))?;
                    let response = client.request(request).await?;
                    ensure!(response.status().is_success(), "the sink answers {}", response.status());
                    response.into_body().collect().await?;
                    taken += 1;
                }
                Ok::<u64, anyhow::Error>(taken)
            })
        });
        let lanes: Vec<_> = lanes.collect();
        self.runtime.block_on(async {
            let mut taken = 0;
            for lane in lanes {
                taken += lane.await??;
            }
            Ok(taken)
        })
    }
}
