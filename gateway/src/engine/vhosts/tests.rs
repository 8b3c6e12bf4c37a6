//! Vhosts that come and go, on a disk whose power is cut.

use super::{VhostError, VhostLimit, VhostSettings};
use crate::auth::{Access, Peer};
use crate::engine::embedded::{Journal, Sizes};
use crate::engine::{
    Cause, CloseReason, ConnectionInfo, Creation, DEFAULT_VHOST, Engine, EngineLimits, Handle, Item, Management,
    NotConnected, Transport,
};
use broker::{
    Arguments, Error, Explicit, Headers, Limits, Message, Publish, QueueDeclaration, QueueSettings, QueueType,
};
use std::collections::VecDeque;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use store::backend::{Disk, Random};

/// So small that files come and go.
const SIZES: Sizes = Sizes { segment: 2_048, window: 4_096 };

/// A queue, and a stream, that each vhost of these tests has.
const QUEUE: &str = "q";
const STREAM: &str = "s";

fn open_with(disk: &Disk, vhosts: usize) -> Engine {
    let vhost = Limits { small_stream: 0, least_segment: 0, ..Limits::default() };
    let journal = Journal::open_on(disk.clone(), SIZES, false).expect("the disk can be read");
    Engine::begin(EngineLimits { vhosts, vhost }, journal).expect("what is there can be used")
}

fn open(disk: &Disk) -> Engine {
    open_with(disk, 10)
}

async fn create(engine: &Engine, name: &str) -> Creation {
    engine.create_vhost(name, &VhostSettings::default()).await.expect("it may be created")
}

/// Declares the queue or the stream of a vhost.
async fn declare(vhost: &Management, name: &str) -> Result<Creation, Error> {
    let queue_type = (name == STREAM).then_some(QueueType::Stream);
    let arguments = Some(Arc::new(Arguments { queue_type, ..Arguments::default() }));
    let settings = QueueSettings { durable: true, arguments, ..QueueSettings::default() };
    vhost.declare_queue(&QueueDeclaration { name: name.to_owned(), settings, explicit: Explicit::default() }).await
}

async fn publish(vhost: &Management, to: &str, body: &str) {
    let message = Message::new("", to, Headers::new(std::iter::empty()), body.to_owned().into()).persistent();
    let taken = vhost.publish(&[Publish::detached(message)]).await.expect("it may be published");
    assert_eq!(taken[0].routed, 1, "there is a queue {to}");
}

/// Messages that wait in the queue; `None`: there is no such vhost, or no such queue.
fn waiting(engine: &Engine, vhost: &str) -> Option<u64> {
    engine.vhost(vhost).ok()?.queue(QUEUE).ok().map(|queue| queue.messages)
}

fn names(engine: &Engine) -> Vec<String> {
    engine.vhosts().map(|vhost| vhost.name().to_string()).collect()
}

fn connect(engine: &Engine, vhost: &str) -> Result<Handle, NotConnected> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    let (peer, transport) = (Peer::direct(address), Transport::Tcp);
    engine.connect(
        ConnectionInfo::new(peer, address, transport, "test".into(), vhost.into(), "ada".into()),
        Access::own(),
    )
}

#[tokio::test]
async fn vhosts_share_nothing_and_survive_the_server_each_for_itself() {
    let disk = Disk::default();
    let engine = open(&disk);
    assert_eq!(names(&engine), [DEFAULT_VHOST]);
    assert_eq!(create(&engine, "orders").await, Creation::Created);
    assert_eq!(create(&engine, "orders").await, Creation::Existed);
    for (name, count) in [("orders", 3), (DEFAULT_VHOST, 1)] {
        let vhost = engine.vhost(name).unwrap();
        declare(&vhost, QUEUE).await.unwrap();
        for number in 0..count {
            publish(&vhost, QUEUE, &number.to_string()).await;
        }
    }
    let again = open(&disk.copy());
    assert_eq!(names(&again), [DEFAULT_VHOST, "orders"]);
    assert_eq!((waiting(&again, "orders"), waiting(&again, DEFAULT_VHOST)), (Some(3), Some(1)));
}

#[tokio::test]
async fn what_is_said_of_a_vhost_is_kept_and_what_is_not_said_stays() {
    let disk = Disk::default();
    let engine = open(&disk);
    let tags = Some(vec!["blue".to_owned()]);
    let settings =
        VhostSettings { description: Some("of shops".to_owned()), tags: tags.clone(), ..VhostSettings::default() };
    engine.create_vhost("orders", &settings).await.unwrap();
    let change = VhostSettings { description: Some("of all shops".to_owned()), ..VhostSettings::default() };
    assert_eq!(engine.create_vhost("orders", &change).await.unwrap(), Creation::Existed);
    for engine in [&engine, &open(&disk.copy())] {
        let expected = VhostSettings {
            description: Some("of all shops".to_owned()),
            tags: tags.clone(),
            ..VhostSettings::default()
        };
        assert_eq!(engine.vhost("orders").unwrap().settings(), expected);
    }
}

#[tokio::test]
async fn names_and_numbers_of_vhosts_are_limited() {
    let engine = open_with(&Disk::default(), 2);
    for bad in ["", "a\nb", &"x".repeat(256)] {
        let refused = engine.create_vhost(bad, &VhostSettings::default()).await;
        assert!(matches!(refused, Err(VhostError::BadName(_))), "{bad:?}");
    }
    create(&engine, &"x".repeat(255)).await;
    let refused = engine.create_vhost("more", &VhostSettings::default()).await;
    assert!(matches!(refused, Err(VhostError::TooMany(2))));
    assert!(engine.delete_vhost(DEFAULT_VHOST).await);
    create(&engine, "more").await;
}

#[tokio::test]
async fn a_deleted_vhost_is_gone_for_good_and_another_of_its_name_is_empty() {
    let disk = Disk::default();
    let engine = open(&disk);
    let deleted = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&deleted);
    engine.on_vhost_deleted(move |name| told.lock().unwrap().push(name.to_owned()));
    create(&engine, "orders").await;
    let before = engine.vhost("orders").unwrap();
    declare(&before, QUEUE).await.unwrap();
    publish(&before, QUEUE, "lost").await;
    let handle = connect(&engine, "orders").unwrap();
    let bystander = connect(&engine, DEFAULT_VHOST).unwrap();

    assert!(engine.delete_vhost("orders").await);
    assert!(!engine.delete_vhost("orders").await);
    assert_eq!(*deleted.lock().unwrap(), ["orders"]);
    assert_eq!(names(&engine), [DEFAULT_VHOST]);
    assert_eq!(handle.dismissal().cause(), Some(&Cause::VhostDeleted));
    assert_eq!(bystander.dismissal().cause(), None);
    let mut taken = VecDeque::new();
    handle.take(&mut taken).await;
    assert!(matches!(taken.pop_front(), Some(Item::Close(CloseReason::VhostDeleted))));
    assert!(matches!(connect(&engine, "orders"), Err(NotConnected::NoVhost(_))));
    assert_eq!(engine.overview(None).message_stats.publish, 1, "what happened there stays in the totals");

    create(&engine, "orders").await;
    assert_eq!(waiting(&engine, "orders"), None);
    drop(handle); // of the vhost that is gone: it takes no place in the new one
    publish_into_the_void(&before).await;
    assert_eq!(waiting(&engine, "orders"), None);
    let again = open(&disk.copy());
    assert_eq!(names(&again), [DEFAULT_VHOST, "orders"]);
    assert_eq!(waiting(&again, "orders"), None);
}

/// Who still holds a vhost that is gone does no harm with it.
async fn publish_into_the_void(vhost: &Management) {
    declare(vhost, QUEUE).await.unwrap();
    publish(vhost, QUEUE, "nowhere").await;
}

#[tokio::test]
async fn the_default_vhost_can_be_deleted_and_does_not_come_back() {
    let disk = Disk::default();
    let engine = open(&disk);
    assert!(engine.delete_vhost(DEFAULT_VHOST).await);
    assert_eq!(names(&engine), Vec::<String>::new());
    let engine = open(&disk.copy());
    assert_eq!(names(&engine), Vec::<String>::new());
    create(&engine, DEFAULT_VHOST).await;
    assert_eq!(names(&engine), [DEFAULT_VHOST]);
}

#[tokio::test]
async fn the_files_of_a_deleted_vhost_are_given_back() {
    let disk = Disk::default();
    let engine = open(&disk);
    create(&engine, "orders").await;
    let vhost = engine.vhost("orders").unwrap();
    declare(&vhost, STREAM).await.unwrap();
    declare(&vhost, QUEUE).await.unwrap();
    let body = "x".repeat(500);
    for number in 0..40 {
        publish(&vhost, STREAM, &body).await;
        if number % 4 == 0 {
            publish(&vhost, QUEUE, &body).await;
        }
    }
    engine.reclaim().await;
    let logs = |disk: &Disk| disk.names().iter().filter(|name| name.ends_with(".log")).count();
    let journals = |disk: &Disk| disk.names().iter().filter(|name| name.ends_with(".journal")).count();
    assert!(logs(&disk) > 0, "the stream was moved");
    let before = journals(&disk);
    engine.delete_vhost("orders").await;
    let copy = disk.copy();
    let after_crash = open(&copy);
    assert_eq!(names(&after_crash), [DEFAULT_VHOST]);
    assert_eq!(logs(&copy), 0, "what was not removed in time is removed at the next start");
    for _ in 0..20 {
        engine.reclaim().await;
    }
    assert_eq!(logs(&disk), 0);
    assert!(journals(&disk) < before, "{} of {before} files are left", journals(&disk));
}

#[tokio::test]
async fn limits_of_a_vhost_hold_at_once_and_after_a_restart() {
    let disk = Disk::default();
    let engine = open(&disk);
    create(&engine, "orders").await;
    let vhost = engine.vhost("orders").unwrap();
    vhost.set_limit(VhostLimit::MaxConnections, Some(1)).await.unwrap();
    vhost.set_limit(VhostLimit::MaxQueues, Some(1)).await.unwrap();
    let first = connect(&engine, "orders").unwrap();
    let refused = connect(&engine, "orders").map(|_| ()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        r#"the vhost "orders" has 1 connections, its limit max-connections: close one, or raise the limit"#
    );
    connect(&engine, DEFAULT_VHOST).expect("other vhosts have limits of their own");
    drop(first);
    connect(&engine, "orders").expect("a place is free again");
    declare(&vhost, QUEUE).await.unwrap();
    assert_eq!(declare(&vhost, "more").await, Err(Error::TooManyQueues { limit: 1 }));
    assert_eq!(declare(&vhost, QUEUE).await, Ok(Creation::Existed), "it is there");

    let again = open(&disk.copy());
    let vhost = again.vhost("orders").unwrap();
    assert_eq!((vhost.limits().max_connections, vhost.limits().max_queues), (Some(1), Some(1)));
    assert!(declare(&vhost, "more").await.is_err());
    assert_eq!(vhost.set_limit(VhostLimit::MaxQueues, None).await, Ok(true));
    assert_eq!(vhost.set_limit(VhostLimit::MaxQueues, None).await, Ok(false));
    declare(&vhost, "more").await.unwrap();
}

/// What was confirmed before the power went.
#[derive(Debug, Default)]
struct Confirmed {
    created: bool,
    published: bool,
    deleted: bool,
    created_again: bool,
}

/// Does something; `false`: the power went before it was confirmed.
async fn does<T>(engine: &Engine, what: impl Future<Output = T>) -> bool {
    tokio::select! {
        biased;
        _ = what => true,
        _ = engine.failure() => false,
    }
}

async fn live(engine: &Engine, confirmed: &mut Confirmed) {
    confirmed.created = does(engine, create(engine, "new")).await;
    let Ok(vhost) = engine.vhost("new") else { return };
    let fill = async {
        declare(&vhost, QUEUE).await.unwrap();
        publish(&vhost, QUEUE, "kept").await;
    };
    confirmed.published = confirmed.created && does(engine, fill).await;
    confirmed.deleted = confirmed.published && does(engine, engine.delete_vhost("old")).await;
    confirmed.created_again = confirmed.deleted && does(engine, create(engine, "old")).await;
    if confirmed.created_again {
        does(engine, engine.reclaim()).await;
    }
}

/// The story: a vhost whose creation or deletion the power cuts short must be whole or gone, and a new one must never be given what an old one
/// left in the journal.
#[tokio::test]
async fn a_vhost_is_whole_or_gone_wherever_the_power_goes() {
    let mut fate = Random::new(7);
    let mut seen = [false; 3];
    for cut in 0..60 {
        let disk = Disk::default();
        let engine = open(&disk);
        create(&engine, "old").await;
        let old = engine.vhost("old").unwrap();
        declare(&old, QUEUE).await.unwrap();
        publish(&old, QUEUE, "old").await;
        drop((old, engine));
        let disk = disk.copy();
        let engine = open(&disk);
        disk.cut_after(cut);
        let mut confirmed = Confirmed::default();
        live(&engine, &mut confirmed).await;
        let engine = open(&disk.after_power_cut(&mut fate));

        let names = names(&engine);
        let (has_new, has_old) = (names.iter().any(|name| name == "new"), names.iter().any(|name| name == "old"));
        assert!(has_new || !confirmed.created, "cut {cut}");
        assert!(!confirmed.published || waiting(&engine, "new") == Some(1), "cut {cut}");
        match waiting(&engine, "old") {
            Some(messages) => assert_eq!((messages, confirmed.deleted), (1, false), "cut {cut}"),
            None => assert!(confirmed.published, "cut {cut}: nobody had asked for it to be deleted"),
        }
        assert!(has_old || !confirmed.created_again, "cut {cut}");
        create(&engine, "third").await;
        assert_eq!(waiting(&engine, "third"), None, "cut {cut}");
        let Confirmed { created, deleted, created_again, .. } = confirmed;
        seen = [seen[0] | !created, seen[1] | (created && !deleted), seen[2] | created_again];
    }
    assert_eq!(seen, [true; 3], "the power goes before, in the midst, and after");
}
