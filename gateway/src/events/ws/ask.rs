//! What a client asks for: events of the reserved types, whose data say what.

use crate::auth::Credentials;
use crate::events::selection::Selection;
use crate::events::translate::{Begin, Reading, Wanted};
use crate::translate::{CONTROL, is_reserved};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wire::cloudevents::{Data, Event};
use wire::limits::ID;

/// Most unacked events of a subscription that acks, if it does not say: enough that nobody waits for an ack on its way.
const PREFETCH: u32 = 100;

/// One control event of a client.
#[derive(Debug, PartialEq)]
pub(super) enum Ask {
    Auth(Shown),
    Subscribe(SubscribeTo),
    Unsubscribe(Named),
    Ack(Delivery),
    Nack(Delivery),
    Credit(MoreCredit),
}

/// What is shown to log in, or to stay: a user with its password, or a token.
#[derive(PartialEq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(super) enum Shown {
    Password { user: String, password: String },
    Token { token: String },
}

/// Without secrets: this may get into a log.
impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown")
    }
}

impl From<Shown> for Credentials {
    fn from(shown: Shown) -> Self {
        match shown {
            Shown::Password { user, password } => Credentials::Password { name: user, password },
            Shown::Token { token } => Credentials::Token(token),
        }
    }
}

/// A subscription to be.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscribeTo {
    /// The client's name for it; else it is named as its destination.
    #[serde(default)]
    pub(super) subscription: Option<String>,
    pub(super) destination: String,
    #[serde(default)]
    pub(super) from: Option<String>,
    /// The epoch of the stream that the client knows.
    #[serde(default)]
    pub(super) epoch: Option<String>,
    #[serde(default)]
    pub(super) ack: Option<String>,
    #[serde(default)]
    pub(super) prefetch: Option<u32>,
    #[serde(default)]
    pub(super) credit: Option<u64>,
    #[serde(default)]
    pub(super) filter: Option<String>,
    #[serde(default, rename = "type")]
    pub(super) of_type: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    pub(super) subscription: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Delivery {
    pub(super) delivery: String,
    /// Of a nack: back to the queue, which is what is meant if nothing is said.
    #[serde(default)]
    pub(super) requeue: Option<bool>,
    /// Milliseconds until it is back.
    #[serde(default)]
    pub(super) delay: Option<u64>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MoreCredit {
    pub(super) subscription: String,
    pub(super) count: u64,
}

/// A subscription that can be asked for.
#[derive(Debug)]
pub(super) struct Readable {
    pub(super) name: Box<str>,
    pub(super) reading: Reading,
    pub(super) wanted: Wanted,
    pub(super) selection: Selection,
    pub(super) acks: bool,
}

impl Ask {
    /// Whether an event is for the server itself.
    pub(super) fn is_meant(event: &Event) -> bool {
        is_reserved(event)
    }

    /// Reads what an event asks for. An error says what is wrong with it.
    pub(super) fn read(event: &Event) -> Result<Ask, String> {
        match event.event_type().strip_prefix(CONTROL).unwrap_or_default() {
            "auth" => data(event).map(Ask::Auth),
            "subscribe" => data(event).map(Ask::Subscribe),
            "unsubscribe" => data(event).map(Ask::Unsubscribe),
            "ack" => data(event).map(Ask::Ack),
            "nack" => data(event).map(Ask::Nack),
            "credit" => data(event).map(Ask::Credit),
            other => Err(format!(
                "{CONTROL}{other} is nothing to ask for: there are auth, subscribe, unsubscribe, ack, nack and credit"
            )),
        }
    }
}

fn data<T: DeserializeOwned>(event: &Event) -> Result<T, String> {
    match event.data() {
        Data::Json(body) | Data::Text(body) | Data::Bytes(body) => {
            serde_json::from_slice(body).map_err(|error| format!("the data of {:?}: {error}", event.event_type()))
        }
        Data::Absent => Err(format!("{:?} needs data", event.event_type())),
    }
}

impl SubscribeTo {
    /// Checks all of it. An error says what is wrong.
    pub(super) fn read(&self) -> Result<Readable, String> {
        let name = self.subscription.as_deref().unwrap_or(&self.destination);
        check_name(name)?;
        let reading = Reading::parse(&self.destination)?;
        let selection = Selection::parse(self.of_type.as_deref(), self.filter.as_deref())?;
        reading.check(self.from.is_some() || self.epoch.is_some(), !selection.is_all())?;
        let acks = match self.ack.as_deref() {
            None | Some("auto") => false,
            Some("client") => true,
            Some(other) => return Err(format!("ack is auto or client, not {other:?}")),
        };
        let epoch = self.epoch.as_deref().map(|text| u64::from_str_radix(text, 16)).transpose();
        let begin = self.from.as_deref().map(Begin::parse).transpose()?;
        let wanted = Wanted {
            begin: begin.or(self.epoch.is_some().then_some(Begin::Next)),
            epoch: epoch.map_err(|_| "epoch is what wharfepoch was, in hexadecimal digits".to_owned())?,
            prefetch: self.prefetch.unwrap_or(if acks { PREFETCH } else { 0 }),
            credit: self.credit,
            ..if acks { Wanted::acked_each() } else { Wanted::default() }
        };
        Ok(Readable { name: name.into(), reading, wanted, selection, acks })
    }
}

/// The name of a subscription stands in an attribute of all that is delivered to it.
fn check_name(name: &str) -> Result<(), String> {
    let is_good = !name.is_empty()
        && name.len() <= ID
        && Event::new("1", "/", "t").is_ok_and(|mut event| event.stamp("wharfsubscription", name).is_ok());
    let wrong = || format!("a subscription is named by 1 to {ID} octets without control characters");
    if is_good { Ok(()) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::cloudevents::json;

    fn read(name: &str, data: &str) -> Result<Ask, String> {
        let document =
            format!(r#"{{"specversion":"1.0","id":"1","source":"/a","type":"wharf.control.{name}","data":{data}}}"#);
        let event = json::decode(&document.into()).unwrap();
        assert!(Ask::is_meant(&event));
        Ask::read(&event)
    }

    #[test]
    fn every_control_event_is_understood() {
        let to = SubscribeTo { destination: "/topic/a".into(), ..SubscribeTo::default() };
        assert_eq!(read("subscribe", r#"{"destination":"/topic/a"}"#), Ok(Ask::Subscribe(to)));
        let nack = Delivery { delivery: "1-2".into(), requeue: Some(false), delay: None };
        assert_eq!(read("nack", r#"{"delivery":"1-2","requeue":false}"#), Ok(Ask::Nack(nack)));
        assert!(read("auth", r#"{"user":"a","password":"b"}"#).is_ok());
        assert!(read("credit", r#"{"subscription":"a","count":5}"#).is_ok());
        assert!(read("unsubscribe", r#"{"subscription":"a"}"#).is_ok());
    }

    #[test]
    fn what_is_no_control_event_is_refused() {
        for (name, data) in [
            ("publish", "{}"),
            ("", "{}"),
            ("auth", "{}"),
            ("auth", "null"),
            ("auth", r#""text""#),
            ("subscribe", r#"{"destination":5}"#),
            ("subscribe", r#"{"destination":"/topic/a","form":"first"}"#),
        ] {
            assert!(read(name, data).is_err(), "{name} {data}");
        }
    }

    #[test]
    fn a_subscription_is_checked_before_it_is_asked_for() {
        let to = |name: &str, ack: &str| SubscribeTo {
            subscription: Some(name.to_owned()),
            destination: "/queue/q".into(),
            ack: Some(ack.to_owned()),
            ..SubscribeTo::default()
        };
        let readable = to("mine", "client").read().unwrap();
        assert_eq!((&*readable.name, readable.acks, readable.wanted.prefetch), ("mine", true, 100));
        for bad in [to("", "auto"), to("a\u{1}", "auto"), to(&"x".repeat(ID + 1), "auto"), to("a", "cumulative")] {
            assert!(bad.read().is_err(), "{bad:?}");
        }
    }
}
