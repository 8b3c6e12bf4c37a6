//! Streams from outside: what management sees of them, and what survives.

use acceptance::{Client, Directory, Launch, Request, Server, Transport, eventually};
use serde_json::{Value, json};

fn launch(directory: &Directory, settings: &str) -> Launch {
    Launch::new().data_dir(directory.path().to_str().expect("the path is text")).config(settings)
}

fn call(server: &Server, method: &str, path: &str, body: &Value) -> acceptance::Response {
    server.send(&Request::new(method, &format!("/api/{path}")).basic("guest", "guest").json(&body.to_string()))
}

fn stream(server: &Server, name: &str, arguments: &Value) {
    let mut all = json!({ "x-queue-type": "stream" });
    all.as_object_mut().expect("an object").extend(arguments.as_object().cloned().expect("an object"));
    let answer = call(server, "PUT", &format!("queues/%2F/{name}"), &json!({ "durable": true, "arguments": all }));
    assert_eq!(answer.status, 201, "{}", answer.text());
}

fn append(client: &mut Client, name: &str, from: u64, to: u64) {
    for number in from..to {
        let receipt = client.request("SEND", &[("destination", &format!("/stream/{name}"))], number.to_string());
        assert_eq!(receipt.header("x-stream-offset"), number.to_string());
    }
}

/// Offsets of what the API shows of a stream from some place on.
fn shown(server: &Server, name: &str, offset: &str, count: usize) -> Vec<u64> {
    let body = json!({ "count": count, "ackmode": "ack_requeue_true", "offset": offset });
    let answer = call(server, "POST", &format!("queues/%2F/{name}/get"), &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let messages = answer.json();
    let messages = messages.as_array().expect("a list").iter();
    let offsets = messages.map(|message| {
        let offset = message["offset"].as_u64().expect("an offset");
        assert_eq!(message["payload"], offset.to_string());
        assert!(message["published"].as_u64().is_some_and(|at| at > 1_600_000_000_000));
        offset
    });
    offsets.collect()
}

fn numbers(from: u64, to: u64) -> Vec<u64> {
    (from..to).collect()
}

#[test]
fn management_shows_a_stream_and_reads_it_from_anywhere() {
    let server = Server::start();
    stream(&server, "s", &json!({ "x-max-age": "48h", "x-max-length": 1_000 }));
    append(&mut server.client(), "s", 0, 30);
    let row = server.queue("s").expect("it is listed");
    assert_eq!((&row["type"], &row["durable"], &row["messages"]), (&json!("stream"), &json!(true), &json!(30)));
    assert_eq!(row["arguments"], json!({ "x-queue-type": "stream", "x-max-age": "2D", "x-max-length": 1_000 }));
    let said = &row["stream"];
    assert_eq!((&said["first_offset"], &said["next_offset"], &said["groups"]), (&json!(0), &json!(30), &json!([])));
    assert!(said["epoch"].as_str().is_some_and(|epoch| u64::from_str_radix(epoch, 16).is_ok()));
    assert_eq!(shown(&server, "s", "first", 5), numbers(0, 5));
    assert_eq!(shown(&server, "s", "offset=12", 3), numbers(12, 15));
    assert_eq!(shown(&server, "s", "last", 3), [29]);
    assert_eq!(shown(&server, "s", "timestamp=0", 2), numbers(0, 2));
    assert_eq!(shown(&server, "s", "timestamp=99999999999", 2), [0; 0]);
    assert_eq!(shown(&server, "s", "offset=30", 2), [0; 0]);
    let wrong = [
        (json!({ "count": 1, "ackmode": "ack_requeue_false" }), "taken"),
        (json!({ "count": 1, "ackmode": "ack_requeue_true", "offset": "next" }), "offset must be"),
        (json!({ "count": 0, "ackmode": "ack_requeue_true" }), "count"),
    ];
    for (body, word) in wrong {
        let answer = call(&server, "POST", "queues/%2F/s/get", &body);
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains(word), "{}", answer.text());
    }
    assert_eq!(server.api("DELETE", "/api/queues/%2F/s/contents").status, 400);
    assert_eq!(
        call(&server, "POST", "queues/%2F/s/actions", &json!({ "action": "move", "destination": "s" })).status,
        400
    );
    let wrong = json!({ "durable": false, "arguments": { "x-queue-type": "stream" } });
    assert_eq!(call(&server, "PUT", "queues/%2F/other", &wrong).status, 400);
}

#[test]
fn a_group_is_shown_and_deleted() {
    let server = Server::start();
    let mut client = server.client();
    append(&mut client, "s", 0, 3);
    let headers = [("x-consumer-group", "workers"), ("ack", "client-individual")];
    client.subscribe("1", "/stream/s", &headers);
    let first = client.message();
    client.ack(&first);
    eventually("the group is shown as it is", || {
        let row = server.queue("s")?;
        let group = json!([{ "name": "workers", "committed_offset": 1, "lag": 2, "consumers": 1 }]);
        (row["stream"]["groups"] == group && row["consumers"] == 1 && row["messages"] == 3).then_some(())
    });
    let consumers = server.api("GET", "/api/consumers/%2F?queue=s").json();
    assert_eq!(consumers[0]["consumer_group"], "workers");
    assert_eq!(server.api("DELETE", "/api/queues/%2F/s?if-empty=true").status, 400);
    let publication = json!({ "routing_key": "s", "payload": "3" });
    let published = call(&server, "POST", "exchanges/%2F/amq.default/publish", &publication).json();
    assert_eq!(published, json!({ "routed": true, "stream_offset": 3 }));
    assert_eq!(server.api("DELETE", "/api/queues/%2F/s/groups/nobody").status, 404);
    assert_eq!(server.api("DELETE", "/api/queues/%2F/s/groups/workers").status, 204);
    assert_eq!(server.queue("s").expect("it stays")["stream"]["groups"], json!([]));
    assert_eq!(server.queue("s").expect("it stays")["messages"], 4);
}

#[test]
fn offsets_groups_and_retention_survive_a_kill() {
    let directory = Directory::new();
    let mut server = launch(&directory, "").start();
    stream(&server, "s", &json!({ "x-max-length": 10 }));
    let mut client = server.connect(Transport::Tcp, "1.2");
    append(&mut client, "s", 0, 15);
    client.subscribe(
        "1",
        "/stream/s",
        &[("x-consumer-group", "g"), ("ack", "client-individual"), ("prefetch-count", "1")],
    );
    for _ in 0..3 {
        let message = client.message();
        client.ack(&message);
    }
    let epoch = server.queue("s").expect("it is listed")["stream"]["epoch"].clone();
    for _ in 0..2 {
        server.program().kill();
        server = launch(&directory, "").start();
        let row = server.queue("s").expect("it is there again");
        assert_eq!((&row["stream"]["first_offset"], &row["stream"]["next_offset"]), (&json!(5), &json!(15)));
        assert_eq!((&row["stream"]["epoch"], &row["stream"]["groups"][0]["committed_offset"]), (&epoch, &json!(8)));
        assert_eq!(shown(&server, "s", "first", 100), numbers(5, 15));
    }
    append(&mut server.client(), "s", 15, 16);
}

/// Octets of the journal in a directory.
fn journal_octets(directory: &Directory) -> u64 {
    let files = std::fs::read_dir(directory.path()).expect("it is a directory").flatten();
    let journal = files.filter(|file| file.file_name().to_string_lossy().ends_with(".journal"));
    journal.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
}

/// The files of streams in a directory.
fn log_files(directory: &Directory) -> usize {
    let files = std::fs::read_dir(directory.path()).expect("it is a directory");
    files.filter(|file| file.as_ref().is_ok_and(|file| file.file_name().to_string_lossy().ends_with(".log"))).count()
}

#[test]
fn what_outlives_the_journal_moves_to_files_and_is_read_from_there() {
    let directory = Directory::new();
    // A small journal, which is reclaimed soon.
    let settings = "[store]\nsegment = 262144\nwindow = 524288\n";
    let mut server = launch(&directory, settings).start();
    stream(&server, "s", &json!({ "x-stream-max-segment-size-bytes": 1_000_000 }));
    let mut client = server.connect(Transport::Tcp, "1.2");
    let body = "x".repeat(10_000);
    for number in 0..600 {
        client.request("SEND", &[("destination", "/stream/s"), ("number", &number.to_string())], &body);
    }
    eventually("some of it has moved", || (log_files(&directory) >= 3).then_some(()));
    for round in 0..2 {
        let mut reader = server.connect(Transport::Tcp, "1.2");
        reader.subscribe("1", "/stream/s", &[("x-stream-offset", "first")]);
        for number in 0..600 {
            let message = reader.message();
            assert_eq!(message.header("number"), number.to_string(), "round {round}");
            assert_eq!((message.header("x-stream-offset"), message.text().len()), (&*number.to_string(), 10_000));
        }
        server.program().kill();
        let checked =
            Launch::run_bare(&["ctl", "check_store", "--data-dir", directory.path().to_str().unwrap_or_default()]);
        assert_eq!(checked.code, Some(0), "{}", checked.stderr);
        server = launch(&directory, settings).start();
    }
    server.delete_queue("s");
    eventually("its files go with it", || (log_files(&directory) == 0).then_some(()));
}

#[test]
fn retention_gives_files_back() {
    let directory = Directory::new();
    let settings = "[store]\nsegment = 262144\nwindow = 524288\n";
    let server = launch(&directory, settings).start();
    stream(&server, "s", &json!({ "x-stream-max-segment-size-bytes": 500_000, "x-max-length-bytes": 3_000_000 }));
    let mut client = server.connect(Transport::Tcp, "1.2");
    let body = "x".repeat(10_000);
    let mut most = 0;
    for _ in 0..8 {
        for _ in 0..150 {
            client.request("SEND", &[("destination", "/stream/s")], &body);
        }
        // What is kept moves to files as the journal is given back; what retention drops before that never gets there.
        eventually("the journal is given back", || (journal_octets(&directory) < 1_200_000).then_some(()));
        most = most.max(log_files(&directory));
    }
    let row = server.queue("s").expect("it is listed");
    let (kept, first) = (row["message_bytes"].as_u64(), row["stream"]["first_offset"].as_u64());
    assert!(kept.is_some_and(|octets| (2_000_000..=3_600_000).contains(&octets)), "{row}");
    assert!(first.is_some_and(|first| first > 700), "{row}");
    assert!((1..=8).contains(&most), "{most} files");
}

#[test]
fn waiting_messages_leave_memory_and_come_back_in_order() {
    let directory = Directory::new();
    let mut server = launch(&directory, "[limits]\nresident = 100000\n").start();
    let before = server.resident();
    let body = "x".repeat(20_000);
    let mut client = server.connect(Transport::Tcp, "1.2");
    for number in 0..6_000 {
        let headers = [("destination", "/queue/q"), ("persistent", "true"), ("number", &*number.to_string())];
        match number % 100 {
            99 => _ = client.request("SEND", &headers, &body), // so that all before it is on the disk, too
            _ => client.send("SEND", &headers, &body),
        }
    }
    let grown = server.resident().saturating_sub(before);
    assert!(grown < 64 << 20, "120 MB wait, and the server has grown by {grown} octets");
    server.program().kill();
    server = launch(&directory, "[limits]\nresident = 100000\n").start();
    let mut reader = server.connect(Transport::Tcp, "1.2");
    reader.subscribe("1", "/queue/q", &[("ack", "client-individual"), ("prefetch-count", "50")]);
    for number in 0..6_000 {
        let message = reader.message();
        assert_eq!((message.header("number"), message.text().len()), (&*number.to_string(), 20_000));
        reader.ack(&message);
    }
    server.queue_has("q", "messages", 0);
}
