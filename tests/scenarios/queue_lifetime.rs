//! Exclusive and auto-delete queues, and subscriptions that end with their queue.

use acceptance::{Server, Transport, each, eventually};

fn gone(server: &Server, name: &str) {
    eventually(&format!("the queue {name} is gone"), || server.queue(name).is_none().then_some(()));
}

fn stands(server: &Server, name: &str, durable: bool, exclusive: bool, auto_delete: bool) {
    let row = server.queue(name).unwrap_or_else(|| panic!("there is a queue {name}"));
    assert_eq!(row["exclusive"], exclusive, "{row}");
    assert_eq!(row["auto_delete"], auto_delete, "{row}");
    assert_eq!(row["durable"], durable, "{row}");
}

#[test]
fn a_queue_outlives_its_users() {
    let server = Server::start();
    let mut client = server.client();
    client.subscribe("1", "/queue/plain", &[]);
    client.unsubscribe("1");
    client.publish("/queue/plain", "x");
    client.send("DISCONNECT", &[], "");
    client.end();
    let mut client = server.client();
    stands(&server, "plain", true, false, false);
    client.subscribe("1", "/queue/plain", &[]);
    assert_eq!(client.message().text(), "x");
}

#[test]
fn an_auto_delete_queue_goes_with_its_last_subscription() {
    let server = Server::start();
    let mut one = server.client();
    let mut two = server.client();
    one.subscribe("1", "/queue/auto", &[("auto-delete", "true")]);
    stands(&server, "auto", true, false, true);
    two.subscribe("1", "/queue/auto", &[]); // takes it as it is
    one.unsubscribe("1");
    two.publish("/queue/auto", "x");
    assert_eq!(two.message().text(), "x");
    two.unsubscribe("1");
    assert_eq!(server.queue("auto"), None);
    two.subscribe("1", "/queue/auto", &[("auto-delete", "true")]);
    two.link.cut();
    gone(&server, "auto");
}

#[test]
fn an_auto_delete_queue_waits_for_its_first_subscription() {
    let server = Server::start();
    let mut client = server.client();
    client.publish_with("/queue/auto", &[("auto-delete", "true")], "x");
    stands(&server, "auto", true, false, true);
    client.subscribe("1", "/queue/auto", &[]);
    assert_eq!(client.message().text(), "x");
    client.unsubscribe("1");
    assert_eq!(server.queue("auto"), None);
}

#[test]
fn an_exclusive_queue_is_one_connections_and_goes_with_it() {
    let server = Server::start();
    each(|transport, version| {
        let name = format!("mine-{transport:?}-{version}");
        let destination = format!("/queue/{name}");
        let mut owner = server.connect(transport, version);
        owner.subscribe("1", &destination, &[("exclusive", "true")]);
        stands(&server, &name, true, true, false);
        let mut other = server.connect(transport, version);
        assert_eq!(other.publish(&destination, "x"), 1, "anyone may send to it");
        assert_eq!(owner.message().text(), "x");
        other.send("SUBSCRIBE", &[("id", "1"), ("destination", &destination), ("receipt", "r")], "");
        assert_eq!(other.refused("resource-locked").header("receipt-id"), "r");
        owner.unsubscribe("1");
        stands(&server, &name, true, true, false);
        owner.send("DISCONNECT", &[], "");
        owner.end();
        gone(&server, &name);
    });
}

#[test]
fn not_durable_means_exclusive_and_auto_delete_unless_said_otherwise() {
    let server = Server::start();
    let mut client = server.client();
    client.subscribe("1", "/queue/transient", &[("durable", "false")]);
    stands(&server, "transient", false, true, true);
    client.subscribe("2", "/queue/shared", &[("durable", "false"), ("exclusive", "false")]);
    stands(&server, "shared", false, false, true);
    client.subscribe("3", "/queue/kept", &[("durable", "false"), ("exclusive", "false"), ("auto-delete", "FALSE")]);
    stands(&server, "kept", false, false, false);
}

#[test]
fn headers_that_contradict_an_existing_queue_are_refused() {
    let server = Server::start();
    each(|transport, version| {
        let mut client = server.connect(transport, version);
        client.publish("/queue/existing", "");
        let headers = [("id", "1"), ("destination", "/queue/existing"), ("auto-delete", "true"), ("receipt", "r")];
        client.send("SUBSCRIBE", &headers, "");
        let error = client.refused("precondition-failed");
        assert_eq!(error.header("receipt-id"), "r");
        assert!(error.text().contains("auto-delete"), "it names the header: {error:?}");
    });
}

#[test]
fn the_queue_of_a_topic_subscription_is_transient() {
    let server = Server::start();
    let mut client = server.client();
    client.subscribe("1", "/topic/a", &[("x-queue-name", "mine")]);
    stands(&server, "mine", false, true, true);
    client.unsubscribe("1");
    assert_eq!(server.queue("mine"), None);
    assert_eq!(client.publish("/topic/a", ""), 0);
    client.subscribe("2", "/topic/a", &[("x-queue-name", "mine")]);
    client.link.cut();
    gone(&server, "mine");
}

#[test]
fn a_subscription_ends_with_its_queue() {
    let server = Server::start();
    each(|transport, version| {
        let name = format!("deleted-{transport:?}-{version}");
        let mut client = server.connect(transport, version);
        client.subscribe("mine:1", &format!("/queue/{name}"), &[]);
        assert_eq!(server.api("DELETE", &format!("/api/queues/%2F/{name}")).status, 204);
        let error = client.expect("ERROR");
        assert_eq!(error.header("subscription"), "mine:1");
        assert!(!error.header("x-code").is_empty());
        client.end();
    });
}

#[test]
fn connections_that_come_and_go_leave_nothing() {
    let server = Server::start();
    for _ in 0..50 {
        let mut client = server.connect(Transport::Text, "1.2");
        client.subscribe("1", "/topic/passing", &[]);
        client.subscribe("2", "/exchange/amq.fanout", &[]);
        client.link.cut();
    }
    eventually("no queue and no connection is left", || {
        let overview = server.api("GET", "/api/overview").json();
        let totals = &overview["object_totals"];
        (totals["queues"] == 0 && totals["connections"] == 0 && totals["consumers"] == 0).then_some(())
    });
    assert_eq!(server.client().publish("/topic/passing", ""), 0);
}
