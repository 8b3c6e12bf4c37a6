//! `/api/bindings`, and the bindings of one exchange or queue.

use super::Admin;
use super::answer::{Refusal, read_or_default};
use super::authorisation::Caller;
use super::exchanges::exchange_name;
use super::listing::Listing;
use axum::Extension;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use broker::Binding;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The bindings of all vhosts.
pub(super) async fn list_all(
    State(admin): State<Admin>,
    Extension(caller): Extension<Caller>,
    listing: Listing,
) -> Result<Response, Refusal> {
    listing.answer(admin.visible(&caller).flat_map(|vhost| vhost.bindings()).collect(), "destination")
}

/// The bindings of a vhost.
pub(super) async fn list(
    State(admin): State<Admin>,
    Path(vhost): Path<String>,
    listing: Listing,
) -> Result<Response, Refusal> {
    listing.answer(admin.engine.vhost(&vhost)?.bindings(), "destination")
}

/// The bindings of a queue.
pub(super) async fn list_of_queue(
    State(admin): State<Admin>,
    Path((vhost, queue)): Path<(String, String)>,
    listing: Listing,
) -> Result<Response, Refusal> {
    listing.answer(admin.engine.vhost(&vhost)?.bindings_of(&queue)?, "source")
}

/// The bindings by which an exchange gets messages: none, since exchanges are not bound to exchanges.
pub(super) async fn list_to_exchange(
    State(admin): State<Admin>,
    Path((vhost, exchange)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    admin.engine.vhost(&vhost)?.exchange(exchange_name(&exchange))?;
    Ok(Json([(); 0]).into_response())
}

/// The bindings by which an exchange routes.
pub(super) async fn list_of_exchange(
    State(admin): State<Admin>,
    Path((vhost, exchange)): Path<(String, String)>,
    listing: Listing,
) -> Result<Response, Refusal> {
    let vhost = admin.engine.vhost(&vhost)?;
    let exchange = exchange_name(&exchange);
    vhost.exchange(exchange)?;
    let mut bindings = vhost.bindings();
    bindings.retain(|binding| &*binding.source == exchange);
    listing.answer(bindings, "destination")
}

/// The bindings between an exchange and a queue.
pub(super) async fn list_between(
    State(admin): State<Admin>,
    Path((vhost, exchange, queue)): Path<(String, String, String)>,
) -> Result<Response, Refusal> {
    let vhost = admin.engine.vhost(&vhost)?;
    let exchange = exchange_name(&exchange);
    vhost.exchange(exchange)?;
    let mut bindings = vhost.bindings_of(&queue)?;
    bindings.retain(|binding| &*binding.source == exchange);
    Ok(Json(bindings).into_response())
}

/// One binding.
pub(super) async fn show(
    State(admin): State<Admin>,
    Path((vhost, exchange, queue, key)): Path<(String, String, String, String)>,
) -> Result<Response, Refusal> {
    let bindings = admin.engine.vhost(&vhost)?.bindings_of(&queue)?;
    let exchange = exchange_name(&exchange);
    let found = bindings.into_iter().find(|it| &*it.source == exchange && it.properties_key == key);
    found.map(|binding| Json(binding).into_response()).ok_or_else(|| unknown(&queue, exchange))
}

/// The body of a new binding.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Declaration {
    routing_key: String,
    arguments: Map<String, Value>,
}

/// Binds a queue to an exchange; the same binding again changes nothing.
pub(super) async fn bind(
    State(admin): State<Admin>,
    Extension(caller): Extension<Caller>,
    Path((vhost, exchange, queue)): Path<(String, String, String)>,
    OriginalUri(uri): OriginalUri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let vhost = admin.engine.vhost(&vhost)?;
    let Declaration { routing_key, arguments } = read_or_default(&body)?;
    let exchange = exchange_name(&exchange);
    if exchange.is_empty() {
        return Err(Refusal::access_refused("every queue is bound to the default exchange, and only by its name"));
    }
    let binding = Binding { exchange: exchange.to_owned(), key: routing_key, arguments: texts(arguments)? };
    vhost.check_binding(caller.access()?, exchange, &binding.key)?;
    vhost.bind(&queue, binding.clone()).await?;
    let bindings = vhost.bindings_of(&queue)?;
    let made = bindings
        .iter()
        .find(|it| &*it.source == exchange && *it.routing_key == binding.key && it.arguments == binding.arguments);
    let key = made.map_or("", |made| made.properties_key.as_str());
    let location = format!("{}/{}", uri.path(), utf8_percent_encode(key, NON_ALPHANUMERIC));
    let mut response = StatusCode::CREATED.into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Takes a binding back, which needs what making it does.
pub(super) async fn unbind(
    State(admin): State<Admin>,
    Extension(caller): Extension<Caller>,
    Path((vhost, exchange, queue, key)): Path<(String, String, String, String)>,
) -> Result<StatusCode, Refusal> {
    let vhost = admin.engine.vhost(&vhost)?;
    let exchange = exchange_name(&exchange);
    if exchange.is_empty() {
        return Err(Refusal::access_refused("every queue is bound to the default exchange, for as long as it exists"));
    }
    let bindings = vhost.bindings_of(&queue)?;
    let found = bindings.into_iter().find(|it| &*it.source == exchange && it.properties_key == key);
    let found = found.ok_or_else(|| unknown(&queue, exchange))?;
    vhost.check_binding(caller.access()?, exchange, &found.routing_key)?;
    let key = found.routing_key.as_ref().to_owned();
    vhost.unbind(&queue, &Binding { exchange: exchange.to_owned(), key, arguments: found.arguments }).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn unknown(queue: &str, exchange: &str) -> Refusal {
    broker::Error::BindingNotFound { queue: queue.to_owned(), exchange: exchange.to_owned() }.into()
}

/// Headers of messages are texts, so what they are compared with is made one.
fn texts(arguments: Map<String, Value>) -> Result<BTreeMap<String, String>, Refusal> {
    let text = |(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        Value::Number(number) => Ok((name, number.to_string())),
        Value::Bool(flag) => Ok((name, flag.to_string())),
        _ => Err(Refusal::bad_request(format!("arguments: {name} must be a text, a number, true or false"))),
    };
    arguments.into_iter().map(text).collect()
}
