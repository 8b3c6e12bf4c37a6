//! How fast events are pushed to a sink, beside a bare client that only posts them.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use axum::body::Bytes;
use serde_json::{Value, json};

use crate::cpu;
use crate::elsewhere::Elsewhere;
use crate::report::{Figures, Measurement};
use crate::sink::{Caller, Sink};
use crate::system::{Server, System, Traffic};

/// Octets of an event's data.
const DATA: usize = 1_000;

/// Events in one request that publishes them.
const BATCH: u64 = 500;

/// Events that wait when the clock begins, for each second of it: more than are delivered.
const WAITING: u64 = 40_000;

/// Before the clock begins, so that connections are there.
const WARM_UP: Duration = Duration::from_millis(500);

/// One webhook on a topic.
#[derive(Debug)]
pub(crate) struct Webhook {
    pub(crate) at_a_time: usize,
    pub(crate) seconds: u64,
}

impl Webhook {
    /// The bare client first and last: the machine drifts.
    pub(super) fn measure(&self, system: &dyn System, traffic: Traffic) -> Result<Measurement> {
        let server = system.start(traffic)?;
        let (sink, caller) = (Sink::start()?, Caller::new()?);
        let event = event(0);
        let body = Bytes::from(event.to_string());
        let before = Elsewhere::read(&[server.process(), sink.process()])?;
        let half = Duration::from_secs(self.seconds) / 2;
        let first = caller.post(sink.address, &body, self.at_a_time, half)?;
        let (delivered, used) = self.deliver(server.as_ref(), &sink, &caller)?;
        let last = caller.post(sink.address, &body, self.at_a_time, half)?;
        #[allow(clippy::cast_precision_loss, reason = "a count of seconds of work")]
        let bare_per_second = (first + last) as f64 / (half * 2).as_secs_f64();
        let figures = Figures::Webhook { bare_per_second, delivered_per_second: delivered, cpu_micros: used };
        let elsewhere_cores = Elsewhere::read(&[server.process(), sink.process()])?.cores_since(&before);
        Ok(Measurement { figures, elsewhere_cores })
    }

    /// Deliveries a second, and processor time for each.
    fn deliver(&self, server: &dyn Server, sink: &Sink, caller: &Caller) -> Result<(f64, f64)> {
        let call = |method, path: &str, body: &Value| {
            caller.call(method, server.address(), path, "application/json", &body.to_string())
        };
        let config = json!({ "concurrency": self.at_a_time, "disabled": true, "keep": 1 << 26 });
        let sink_url = format!("http://{}/hook", sink.address);
        let subscription = json!({ "source": "/topic/bench", "sink": sink_url, "protocol": "HTTP", "config": config });
        let created = call("POST", "/api/subscriptions", &subscription)?;
        let id = created["id"].as_str().context("a webhook has an id")?.to_owned();
        for batch in 0..WAITING * self.seconds / BATCH {
            let events: Vec<_> = (batch * BATCH..(batch + 1) * BATCH).map(event).collect();
            let kind = "application/cloudevents-batch+json";
            caller.call("POST", server.address(), "/events/topic/bench", kind, &json!(events).to_string())?;
        }
        let count = || caller.call("GET", sink.address, "/count", "text/plain", "").map(|count| count.as_u64());
        call("POST", &format!("/api/subscriptions/{id}/enable"), &Value::Null)?;
        sleep(WARM_UP);
        let (from, started, used) = (count()?.unwrap_or(0), Instant::now(), cpu::used(server.process())?);
        sleep(Duration::from_secs(self.seconds));
        let delivered = count()?.unwrap_or(0) - from;
        let (time, used) = (started.elapsed(), cpu::used(server.process())? - used);
        let left = call("GET", &format!("/api/subscriptions/{id}"), &Value::Null)?["status"]["waiting"].as_u64();
        ensure!(left > Some(0), "all {delivered} events were delivered before the time was over: more have to wait");
        call("DELETE", &format!("/api/subscriptions/{id}"), &Value::Null)?;
        ensure!(delivered > 0, "nothing was delivered");
        #[allow(clippy::cast_precision_loss, reason = "a count of seconds of work")]
        let delivered = delivered as f64;
        Ok((delivered / time.as_secs_f64(), used.as_secs_f64() * 1e6 / delivered))
    }
}

fn event(number: u64) -> Value {
    json!({
        "specversion": "1.0",
        "id": number.to_string(),
        "source": "https://shop.example/orders",
        "type": "com.example.order.placed",
        "data": { "item": "x".repeat(DATA) },
    })
}
