//! What webhooks themselves tell: events on the topic `wharf.endpoint.failing` or `wharf.endpoint.disabled`.

use super::endpoint::Endpoint;
use crate::engine::{Management, milliseconds_since_1970};
use crate::translate::{Target, Wishes, id_text, message_id};
use serde_json::json;
use wire::cloudevents::{Data, Event, EventBuilder, Invalid};

/// It has failed for a long time.
pub(super) const FAILING: &str = "wharf.endpoint.failing";
/// It was disabled.
pub(super) const DISABLED: &str = "wharf.endpoint.disabled";
/// Somebody tries it.
pub(super) const TEST: &str = "wharf.webhook.test";

/// Publishes an event about a webhook.
pub(super) async fn tell(vhost: &Management, endpoint: &Endpoint, of_type: &str, reason: &str) {
    let topic = format!("/topic/{of_type}");
    let (Ok(event), Ok(target)) = (about(endpoint, of_type, reason), Target::parse(&topic, false)) else { return };
    let wishes = Wishes { is_persistent: true, deduplicates: false, now: milliseconds_since_1970() };
    if let Err((_, error)) = vhost.publish(&[target.publication(&event, &wishes)]).await {
        tracing::warn!(webhook = %endpoint.id, %error, "nobody can be told about a webhook");
    }
}

/// An event about a webhook.
pub(super) fn about(endpoint: &Endpoint, of_type: &str, reason: &str) -> Result<Event, Invalid> {
    let now = milliseconds_since_1970();
    let mut builder = EventBuilder::default();
    builder.text("specversion", "1.0")?;
    builder.text("id", id_text(message_id(now)))?;
    builder.text("source", format!("/api/subscriptions/{}", endpoint.id))?;
    builder.text("type", of_type)?;
    builder.text("time", super::attempt::moment(now))?;
    builder.text("datacontenttype", "application/json")?;
    let data = json!({ "webhook": &*endpoint.id, "sink": endpoint.parsed.sink.shown(), "reason": reason });
    builder.finish(Data::Json(data.to_string().into()))
}
