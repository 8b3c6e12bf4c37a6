//! `/ws`: which protocol a WebSocket carries is told by its subprotocol.

use crate::auth::Entrance;
use crate::error::Refusal;
use crate::events::{self, Events, Format};
use crate::stomp::{self, Door};
use crate::websocket::{Handshake, offered, refusal};
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tokio_util::task::TaskTracker;

/// What is said of a ticket that does not count.
const BAD_TICKET: &str =
    "the ticket does not count: each does once, and for 30 seconds; ask for another with POST /api/tickets";

/// What there is behind a WebSocket.
#[derive(Debug, Clone)]
pub(super) struct Rooms {
    pub(super) door: Arc<Door>,
    pub(super) events: Arc<Events>,
    pub(super) tasks: TaskTracker,
}

/// What is spoken on a WebSocket.
enum Spoken {
    Stomp(Option<&'static str>),
    Events(Format),
}

/// Answers an upgrade request.
pub(super) async fn upgrade(
    State(rooms): State<Rooms>,
    Extension(mut entrance): Extension<Entrance>,
    request: Request,
) -> Response {
    entrance.credentials = match ticket(&request) {
        None => rooms.events.gate.credentials(request.method(), request.headers()),
        Some(ticket) => match rooms.events.gate.users().redeem_ticket(&ticket) {
            Some(credentials) => Some(credentials),
            None => return Refusal::not_authorised(BAD_TICKET).into_response(),
        },
    };
    let checked = Handshake::check(request.headers());
    let checked = checked.and_then(|handshake| Ok((handshake, choose(request.headers())?)));
    match checked {
        Err(refusal) => *refusal,
        Ok((handshake, Spoken::Stomp(subprotocol))) => {
            stomp::upgrade(request, handshake, subprotocol, entrance, rooms.door, &rooms.tasks)
        }
        Ok((handshake, Spoken::Events(format))) => {
            let accepted = events::upgrade(request, handshake, format, entrance, rooms.events, &rooms.tasks).await;
            accepted.unwrap_or_else(IntoResponse::into_response)
        }
    }
}

/// The ticket in the query of an upgrade.
fn ticket(request: &Request) -> Option<String> {
    let query = url::form_urlencoded::parse(request.uri().query()?.as_bytes());
    query.into_iter().find(|(name, _)| name == "ticket").map(|(_, ticket)| ticket.into_owned())
}

/// The protocol of the first subprotocol that is known here: the client's order is its preference, though of STOMP the newest is taken.
/// Who offers none speaks STOMP.
fn choose(headers: &HeaderMap) -> Result<Spoken, Box<Response>> {
    if offered(headers).next().is_none() {
        return Ok(Spoken::Stomp(None));
    }
    for name in offered(headers) {
        if let Some(format) = Format::of_subprotocol(name) {
            return Ok(Spoken::Events(format));
        }
        if stomp::select_subprotocol([name]).is_some() {
            return Ok(Spoken::Stomp(stomp::select_subprotocol(offered(headers))));
        }
    }
    // A browser that offered some and gets none fails without a reason that a page can read: better to say it here.
    let reason = "none of the offered subprotocols is known here: offer v12.stomp, v11.stomp or v10.stomp for STOMP, cloudevents.json or \
                  cloudevents.proto for CloudEvents";
    Err(refusal(StatusCode::BAD_REQUEST, reason))
}
