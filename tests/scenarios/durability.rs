//! What survives the end of the server, however it ends.

use acceptance::{Client, Directory, Frame, Launch, Request, Server, Transport};

const PERSISTENT: [(&str, &str); 1] = [("persistent", "true")];

/// A server that keeps its data in a directory, and can be killed and started again.
struct Kept {
    directory: Directory,
    server: Server,
}

impl Kept {
    fn start() -> Self {
        let directory = Directory::new();
        let server = launch(&directory).start();
        Kept { directory, server }
    }

    fn kill(&mut self) {
        self.server.program().kill();
        self.server = launch(&self.directory).start();
    }

    fn client(&self) -> Client {
        self.server.connect(Transport::Tcp, "1.2")
    }
}

fn launch(directory: &Directory) -> Launch {
    Launch::new().data_dir(directory.path().to_str().expect("the path is text"))
}

fn texts(messages: &[Frame]) -> Vec<&str> {
    messages.iter().map(Frame::text).collect()
}

/// All messages of a queue, taken one after the other; each is acked.
fn drain(client: &mut Client, queue: &str, count: usize) -> Vec<Frame> {
    client.subscribe("drain", queue, &[("ack", "client-individual")]);
    let messages: Vec<Frame> = (0..count).map(|_| client.message()).collect();
    messages.iter().for_each(|message| client.ack(message));
    client.expect_nothing();
    client.unsubscribe("drain");
    messages
}

#[test]
fn receipted_messages_survive_a_kill_in_order_with_their_headers() {
    let mut kept = Kept::start();
    let mut client = kept.client();
    for number in 0..100 {
        let headers = [("persistent", "true"), ("number", &number.to_string()), ("content-type", "text/plain")];
        client.publish_with("/queue/q", &headers, format!("message {number}"));
    }
    client.publish("/queue/q", "volatile");
    kept.kill();
    assert_eq!(kept.server.queue_number("q", "messages"), 100);
    let messages = drain(&mut kept.client(), "/queue/q", 100);
    for (number, message) in messages.iter().enumerate() {
        assert_eq!(message.text(), format!("message {number}"));
        assert_eq!(message.header("number"), number.to_string());
        assert_eq!(message.header("content-type"), "text/plain");
        assert_eq!((message.header("persistent"), message.header("redelivered")), ("true", "false"));
    }
}

#[test]
fn a_message_for_several_queues_is_in_each_of_them() {
    let mut kept = Kept::start();
    let mut client = kept.client();
    let durable = [("durable", "true"), ("auto-delete", "false")];
    for id in ["a", "b"] {
        client.subscribe(id, "/topic/t", &[&durable[..], &[("x-queue-name", id)]].concat());
        client.unsubscribe(id);
    }
    client.publish_with("/topic/t", &PERSISTENT, "both");
    kept.kill();
    let mut client = kept.client();
    for queue in ["/amq/queue/a", "/amq/queue/b"] {
        assert_eq!(texts(&drain(&mut client, queue, 1)), ["both"]);
    }
    // They are still bound.
    assert_eq!(client.publish_with("/topic/t", &PERSISTENT, "again"), 2);
}

#[test]
fn what_was_settled_does_not_come_back_and_what_was_given_back_says_so() {
    let mut kept = Kept::start();
    let mut client = kept.client();
    for body in ["acked", "rejected", "given back", "unsettled", "unseen"] {
        client.publish_with("/queue/q", &PERSISTENT, body);
    }
    client.subscribe("1", "/queue/q", &[("ack", "client-individual"), ("prefetch-count", "4")]);
    let messages: Vec<Frame> = (0..4).map(|_| client.message()).collect();
    // Given back for a while, so that it does not come to the same subscription again.
    client.nack(&messages[2], &[("requeue", "true"), ("delay", "1")]);
    client.nack(&messages[1], &[("requeue", "false")]);
    client.ack(&messages[0]);
    kept.kill();
    let messages = drain(&mut kept.client(), "/queue/q", 3);
    let mut bodies = texts(&messages);
    bodies.sort_unstable();
    assert_eq!(bodies, ["given back", "unseen", "unsettled"]);
    let given_back = messages.iter().find(|message| message.text() == "given back").expect("it came");
    assert_eq!(given_back.header("redelivered"), "true");
}

#[test]
fn a_transaction_survives_as_a_whole_or_not_at_all() {
    let mut kept = Kept::start();
    let mut client = kept.client();
    client.publish_with("/queue/from", &PERSISTENT, "work");
    client.subscribe("1", "/queue/from", &[("ack", "client-individual")]);
    let work = client.message();
    let in_transaction = |id| [("destination", "/queue/to"), ("transaction", id), ("persistent", "true")];
    for id in ["committed", "open"] {
        client.request("BEGIN", &[("transaction", id)], "");
        for number in 0..3 {
            client.send("SEND", &in_transaction(id), format!("{id} {number}"));
        }
    }
    let ack = work.header("ack").to_owned();
    client.send("ACK", &[("id", &ack), ("transaction", "committed")], "");
    client.request("COMMIT", &[("transaction", "committed")], "");
    kept.kill();
    assert_eq!(kept.server.queue_number("from", "messages"), 0);
    let messages = drain(&mut kept.client(), "/queue/to", 3);
    assert_eq!(texts(&messages), ["committed 0", "committed 1", "committed 2"]);
}

#[test]
fn what_management_declares_and_publishes_survives() {
    let mut kept = Kept::start();
    let put = |server: &Server, method: &str, path: &str, body: &str| {
        let status = server.send(&Request::new(method, path).basic("guest", "guest").json(body)).status;
        assert!((200..300).contains(&status), "{method} {path}: {status}");
    };
    put(&kept.server, "PUT", "/api/exchanges/%2F/events", r#"{"type":"topic","durable":true}"#);
    put(&kept.server, "PUT", "/api/queues/%2F/q", r#"{"durable":true,"arguments":{"x-max-length":5}}"#);
    put(&kept.server, "PUT", "/api/queues/%2F/gone", r#"{"durable":true}"#);
    put(&kept.server, "POST", "/api/bindings/%2F/e/events/q/q", r#"{"routing_key":"a.*"}"#);
    kept.server.delete_queue("gone");
    let message =
        r#"{"routing_key":"a.b","payload":"kept","payload_encoding":"string","properties":{"delivery_mode":2}}"#;
    put(&kept.server, "POST", "/api/exchanges/%2F/events/publish", message);
    for _ in 0..2 {
        kept.kill();
        let row = kept.server.queue("q").expect("the queue is there");
        assert_eq!((row["messages"].as_u64(), row["arguments"]["x-max-length"].as_u64()), (Some(1), Some(5)));
        assert!(kept.server.queue("gone").is_none());
    }
    assert_eq!(kept.client().publish_with("/exchange/events/a.c", &PERSISTENT, "more"), 1);
    assert_eq!(kept.server.queue_number("q", "messages"), 2);
}

#[test]
fn what_was_published_twice_with_an_id_is_there_once() {
    let mut kept = Kept::start();
    let headers = [("persistent", "true"), ("x-dedup-id", "order-1")];
    kept.client().publish_with("/queue/q", &headers, "once");
    kept.kill();
    kept.client().request("SEND", &[&[("destination", "/queue/q")], &headers[..]].concat(), "twice");
    assert_eq!(kept.server.queue_number("q", "messages"), 1);
}

#[test]
fn a_server_that_ends_in_order_keeps_what_it_has_not_confirmed_too() {
    let directory = Directory::new();
    let mut server = launch(&directory).start();
    let mut client = server.connect(Transport::Tcp, "1.2");
    for number in 0..100 {
        client.send("SEND", &[("destination", "/queue/q"), ("persistent", "true")], number.to_string());
    }
    client.sync();
    server.program().terminate();
    assert_eq!(server.program().wait().code, Some(0));
    let server = launch(&directory).start();
    assert_eq!(server.queue_number("q", "messages"), 100);
}

#[test]
fn dead_letters_and_their_history_survive() {
    let mut kept = Kept::start();
    let mut client = kept.client();
    client.publish_with("/queue/dead", &PERSISTENT, "first");
    let headers = [("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "dead"), ("persistent", "true")];
    client.publish_with("/queue/q", &headers, "refused");
    client.subscribe("1", "/queue/q", &[("ack", "client-individual")]);
    let message = client.message();
    client.nack(&message, &[("requeue", "false")]);
    kept.kill();
    assert_eq!(kept.server.queue_number("q", "messages"), 0);
    let messages = drain(&mut kept.client(), "/queue/dead", 2);
    assert_eq!(texts(&messages), ["first", "refused"]);
    assert_eq!(messages[1].header("x-first-death-queue"), "q");
}

#[test]
fn the_journal_is_given_back_and_what_waits_in_it_is_carried_along() {
    const MIB: usize = 1 << 20;
    let mut kept = Kept::start();
    let mut client = kept.client();
    for number in 0..50 {
        client.publish_with("/queue/waiting", &PERSISTENT, number.to_string());
    }
    let size = |kept: &Kept| -> u64 {
        let files = std::fs::read_dir(kept.directory.path()).expect("the directory is there");
        files.filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum()
    };
    let first = kept.directory.path().join("0000000000000000.journal");
    assert!(first.exists());
    client.subscribe("1", "/queue/passing", &[("ack", "client-individual")]);
    let body = vec![b'x'; MIB];
    for _ in 0..340 {
        client.publish_with("/queue/passing", &PERSISTENT, &body);
        let message = client.message();
        client.ack(&message);
    }
    acceptance::eventually("the oldest file is gone", || (!first.exists()).then_some(()));
    assert!(size(&kept) < 400 * MIB as u64, "{} octets are left", size(&kept));
    kept.kill();
    assert_eq!(kept.server.queue_number("passing", "messages"), 0);
    let expected: Vec<String> = (0..50).map(|number: u32| number.to_string()).collect();
    assert_eq!(texts(&drain(&mut kept.client(), "/queue/waiting", 50)), expected);
}
