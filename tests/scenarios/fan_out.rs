//! One message to many subscribers, of all versions and transports.

use acceptance::{Server, Transport, VERSIONS};

#[test]
fn a_hundred_subscribers_each_get_every_message_in_order() {
    let server = Server::start();
    let kinds = VERSIONS.into_iter().flat_map(|version| Transport::ALL.map(|transport| (transport, version)));
    let mut subscribers: Vec<_> = kinds
        .cycle()
        .take(100)
        .map(|(transport, version)| {
            let mut client = server.connect(transport, version);
            client.subscribe("s", "/topic/news.#", &[]);
            client
        })
        .collect();
    let mut publisher = server.client();
    let bodies: Vec<Vec<u8>> = (0..40_u8).map(|number| vec![number; usize::from(number) * 50]).collect();
    for body in &bodies {
        assert_eq!(publisher.publish_with("/topic/news.all", &[("foo", "c:\\d")], body), 100);
    }
    for subscriber in &mut subscribers {
        for body in &bodies {
            let message = subscriber.message();
            assert_eq!(&message.body, body);
            assert_eq!(message.header("foo"), "c:\\d");
        }
    }
}

#[test]
fn one_body_reaches_text_and_binary_readers_unchanged() {
    let server = Server::start();
    let mut readers: Vec<_> = Transport::ALL.map(|transport| server.connect(transport, "1.2")).into();
    for reader in &mut readers {
        reader.subscribe("s", "/topic/bodies", &[]);
    }
    let mut publisher = server.client();
    for body in [&b"text"[..], b"\x00\xff\xfe", "ü".as_bytes(), b"", &[0x80; 100_000]] {
        assert_eq!(publisher.publish("/topic/bodies", body), 3);
        for reader in &mut readers {
            assert_eq!(reader.message().body, body);
        }
    }
}
