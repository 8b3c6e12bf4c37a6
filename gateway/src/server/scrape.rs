//! `GET /metrics`: what Prometheus reads.

use crate::auth::{Entrance, Gate};
use crate::engine::Engine;
use crate::error::Refusal;
use crate::metrics::Exporter;
use axum::extract::State;
use axum::http::{HeaderMap, Method, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router, routing};

/// The format, as Prometheus names it.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What there is to read, and who may.
#[derive(Debug, Clone)]
pub(super) struct Scrape {
    pub(super) exporter: Exporter,
    pub(super) engine: Engine,
    pub(super) gate: Gate,
    /// Anybody may.
    pub(super) is_public: bool,
}

/// The path.
pub(super) fn router(scrape: Scrape) -> Router {
    Router::new().route("/metrics", routing::get(show)).with_state(scrape)
}

async fn show(
    State(scrape): State<Scrape>,
    Extension(entrance): Extension<Entrance>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    scrape.admit(&entrance, &headers).await?;
    scrape.read_engine();
    Ok(([(header::CONTENT_TYPE, TEXT)], scrape.exporter.render()).into_response())
}

impl Scrape {
    /// Who is at this machine needs no name, as in RabbitMQ: there it is the operator's scraper. All others show that they may monitor,
    /// unless it is public.
    async fn admit(&self, entrance: &Entrance, headers: &HeaderMap) -> Result<(), Refusal> {
        let peer = entrance.peer.with_headers(headers, self.gate.origins());
        if self.is_public || peer.is_loopback() {
            return Ok(());
        }
        let identity = self.gate.authenticate(&Method::GET, headers, peer).await?;
        entrance.arrival.log_in();
        match identity.tags.may_monitor() {
            true => Ok(()),
            false => Err(Refusal::not_authorised("metrics are for users with the tag monitoring")),
        }
    }

    /// What the engine counts is asked for when it is wanted.
    fn read_engine(&self) {
        let it = &self.exporter;
        let overview = self.engine.overview(None);
        let objects = overview.object_totals;
        it.gauge("wharf_connections", "Connections that have logged in.", objects.connections as u64);
        it.gauge("wharf_subscriptions", "Subscriptions.", objects.consumers);
        it.gauge("wharf_queues", "Queues and streams.", objects.queues as u64);
        it.gauge("wharf_exchanges", "Exchanges.", objects.exchanges as u64);
        it.gauge("wharf_messages_ready", "Messages that wait in queues.", overview.queue_totals.messages_ready);
        let unacked = overview.queue_totals.messages_unacknowledged;
        it.gauge("wharf_messages_unacked", "Messages that were delivered and are not settled.", unacked);
        let totals = overview.message_stats;
        it.total("wharf_messages_published_total", "Messages that clients published, each once.", totals.publish);
        it.total("wharf_messages_delivered_total", "Deliveries.", totals.deliver_get);
        it.total("wharf_messages_acked_total", "Deliveries that were acked.", totals.ack);
        it.total(
            "wharf_messages_redelivered_total",
            "Deliveries that were not the first of their message.",
            totals.redeliver,
        );
        let node = self.engine.node();
        it.gauge("wharf_uptime_seconds", "Time since the start.", node.uptime / 1000);
        it.octets("wharf_process_resident_bytes", "Memory of the process.", node.mem_used);
        it.octets("wharf_message_memory_bytes", "Messages in memory.", node.message_memory_used);
        it.octets(
            "wharf_message_memory_limit_bytes",
            "Messages in memory from which publishers are blocked.",
            node.message_memory_limit,
        );
        it.gauge("wharf_memory_alarm", "1 while publishers are blocked for want of memory.", node.mem_alarm.into());
        it.gauge(
            "wharf_disk_alarm",
            "1 while publishers are blocked for want of disk.",
            node.disk_free_alarm.unwrap_or_default().into(),
        );
        it.gauge("wharf_open_files", "Open files, of which each connection is one.", node.fd_used as u64);
    }
}
