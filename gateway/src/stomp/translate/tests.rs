use super::publish::reply_queue;
use super::*;
use crate::auth::Peer;
use crate::config::{Config, Overrides};
use crate::engine::Transport;
use broker::{Declare, Publish, Source, Subscribe, Time};
use bytes::Bytes;
use wire::stomp::AckMode;

fn translator() -> Translator {
    let settings = Config::load(None, &Overrides::default()).expect("the defaults are good").stomp;
    let address = "127.0.0.1:1".parse().unwrap();
    let (peer, transport) = (Peer::direct(address), Transport::Tcp);
    let info = ConnectionInfo::new(peer, address, transport, "STOMP 1.2".into(), "/".into(), "guest".into());
    Translator::new(&info, ConnectionId(1), None, &settings)
}

fn request(destination: &str, headers: &[(&str, &str)]) -> Send {
    let headers = headers.iter().copied().collect();
    Send { destination: destination.into(), headers, body: Bytes::new(), token: None }
}

fn published(destination: &str, headers: &[(&str, &str)]) -> Result<Publish, Failure> {
    match translator().send(&request(destination, headers), 5)? {
        Command::Publish(publish) => Ok(publish),
        other => panic!("{other:?}"),
    }
}

fn subscribed(translator: &mut Translator, destination: &str, headers: &[(&str, &str)]) -> Result<Subscribe, Code> {
    let headers = headers.iter().copied().collect();
    let request =
        request::Subscribe { number: 3, destination: destination.into(), ack: AckMode::Auto, headers, token: None };
    let commands = translator.subscribe(request, "id").map_err(|failure| failure.code)?;
    match commands.into_iter().next() {
        Some(Command::Subscribe(subscribe)) => Ok(*subscribe),
        other => panic!("{other:?}"),
    }
}

#[test]
fn send_keeps_user_headers_and_strips_what_the_server_owns() {
    let headers =
        [("destination", "x"), ("receipt", "1"), ("a", "b"), ("content-length", "0"), ("redelivered", "true")];
    let publish = published("/topic/t.u", &headers).unwrap();
    let kept: Vec<_> = publish.message.headers.iter().collect();
    assert_eq!(kept, [("destination", "/topic/t.u"), ("a", "b"), ("timestamp", "5")]);
    assert_eq!((&*publish.message.exchange, &*publish.message.routing_key), ("amq.topic", "t.u"));
    assert!(matches!(publish.declare, Declare::No));
}

#[test]
fn what_cannot_be_honoured_is_refused() {
    let code = |headers: &[(&str, &str)]| published("/queue/q", headers).map(|_| ()).map_err(|failure| failure.code);
    assert_eq!(code(&[("x-delay", "5")]), Err(Code::Unsupported));
    assert_eq!(code(&[("x-queue-type", "quorum")]), Err(Code::Unsupported));
    assert_eq!(code(&[("user-id", "root")]), Err(Code::Forbidden));
    assert_eq!(code(&[("expires", "soon")]), Err(Code::PreconditionFailed));
    let echoed = [("user-id", "guest"), ("persistent", "true"), ("priority", "9"), ("reply-to", "/queue/a")];
    assert_eq!(code(&echoed), Ok(()));
}

#[test]
fn a_plain_send_declares_a_plain_queue() {
    assert!(matches!(published("/queue/q", &[("persistent", "true")]).unwrap().declare, Declare::Plain));
    let Declare::As(declared) = published("/queue/q", &[("x-max-length", "1")]).unwrap().declare else { panic!() };
    assert!(declared.0.durable && declared.0.arguments().max_length == Some(1));
}

#[test]
fn the_earlier_expiry_counts() {
    let expires = |headers: &[(&str, &str)]| published("/queue/q", headers).unwrap().message.expires;
    assert_eq!(expires(&[]), Time::NEVER);
    assert_eq!(expires(&[("expires", "0")]), Time::NEVER);
    assert_eq!(expires(&[("expires", "100"), ("expiration", "10")]), Time(15));
    assert_eq!(expires(&[("expires", "7"), ("expiration", "10")]), Time(7));
}

#[test]
fn a_composite_is_published_as_one() {
    let command = translator().send(&request("/queue/a,/topic/b", &[]), 5).unwrap();
    let Command::Commit(Commit { actions, reports_routed: true, .. }) = command else { panic!("{command:?}") };
    let [Action::PublishAll(publishes, None)] = &actions[..] else { panic!("{actions:?}") };
    let destinations: Vec<_> = publishes.iter().filter_map(|it| it.message.headers.get("destination")).collect();
    assert_eq!(destinations, ["/queue/a", "/topic/b"]);
}

#[test]
fn private_reply_addresses_are_made_public() {
    let mut translator = translator();
    let send = request("/queue/q", &[("reply-to", "/temp-queue/mi%2Fne")]);
    assert_eq!(reply_queue(&send), Some(("/temp-queue/mi%2Fne", "mi/ne".to_owned())));
    let Ok(Command::Publish(publish)) = translator.send(&send, 5) else { panic!() };
    let address = publish.message.headers.get("reply-to").unwrap().to_owned();
    let queue = address.strip_prefix("/reply-queue/").expect("an address for others");
    let subscribe = subscribed(&mut translator, "/temp-queue/mi%2Fne", &[]).unwrap();
    let Source::Declared(declaration) = subscribe.source else { panic!() };
    assert_eq!(declaration.name, queue);
    assert!(declaration.settings.exclusive);
}

#[test]
fn a_subscription_is_transient_unless_it_is_durable() {
    let source = |headers: &[(&str, &str)]| match subscribed(&mut translator(), "/topic/a", headers).unwrap().source {
        Source::Bound(declaration, _) | Source::Rebound(declaration, _) => declaration,
        other => panic!("{other:?}"),
    };
    let transient = source(&[]);
    assert!(transient.settings.exclusive && transient.settings.drops_oldest && !transient.settings.durable);
    assert_ne!(source(&[]).name, transient.name);
    let durable = source(&[("durable", "true"), ("auto-delete", "false")]);
    assert!(durable.settings.durable && !durable.settings.exclusive && !durable.settings.drops_oldest);
    assert_eq!(source(&[("persistent", "true")]).name, durable.name);
    let named = source(&[("activemq.subscriptionName", "n")]);
    assert!(named.name.starts_with("stomp-durable-") && named.settings.durable);
    assert_eq!(source(&[("durable-subscription-name", "n"), ("activemq.subscriptionName", "m")]).name, named.name);
}

#[test]
fn only_queues_are_browsed() {
    let browser = [("browser", "true")];
    assert!(subscribed(&mut translator(), "/queue/q", &browser).unwrap().terms.browse);
    assert_eq!(subscribed(&mut translator(), "/topic/t", &browser).map(|_| ()), Err(Code::PreconditionFailed));
}

#[test]
fn activemq_s_wildcard_means_any_where_it_is_wanted() {
    let mut translator = translator();
    let key = |translator: &mut Translator| match subscribed(translator, "/topic/a.>", &[]).unwrap().source {
        Source::Bound(_, binding) => binding.key,
        other => panic!("{other:?}"),
    };
    assert_eq!(key(&mut translator), "a.>");
    translator.settings.activemq_wildcards = true;
    assert_eq!(key(&mut translator), "a.#");
}

#[test]
fn without_auto_creation_queues_must_exist() {
    let mut translator = translator();
    translator.settings.auto_create = false;
    let Ok(Command::Publish(publish)) = translator.send(&request("/queue/q", &[]), 5) else { panic!() };
    assert!(matches!(publish.declare, Declare::No) && publish.mandatory);
    assert!(matches!(subscribed(&mut translator, "/queue/q", &[]).unwrap().source, Source::Queue(_)));
}

#[test]
fn a_nack_says_where_the_message_goes() {
    let outcome = |requeue, delay| {
        let delivery = request::DeliveryId { subscription: 1, delivery: 1 };
        let settle = request::Settle { delivery, requeue, delay, reason: None, token: None };
        match translator().nack(settle) {
            Command::Settle(settle) => settle.outcome,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(outcome(None, None), Outcome::Requeue(None));
    assert_eq!(outcome(Some(false), None), Outcome::Reject);
    assert_eq!(outcome(Some(true), Some(5)), Outcome::Requeue(Some(5)));
}
