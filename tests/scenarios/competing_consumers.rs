//! A queue's messages go to its subscriptions in turn, each to one of them.

use acceptance::{Client, Server, Transport};

fn consumers(server: &Server, count: usize, destination: &str, headers: &[(&str, &str)]) -> Vec<Client> {
    let transports = Transport::ALL.into_iter().cycle();
    let connect = |transport| {
        let mut client = server.connect(transport, "1.2");
        client.subscribe("1", destination, headers);
        client
    };
    transports.take(count).map(connect).collect()
}

#[test]
fn consumers_are_served_round_robin() {
    let server = Server::start();
    let mut consumers = consumers(&server, 3, "/queue/jobs", &[]);
    let mut publisher = server.client();
    for number in 0..9 {
        publisher.publish("/queue/jobs", number.to_string());
    }
    assert_eq!(consumers[0].bodies(3), ["0", "3", "6"]);
    assert_eq!(consumers[1].bodies(3), ["1", "4", "7"]);
    assert_eq!(consumers[2].bodies(3), ["2", "5", "8"]);
    for consumer in &mut consumers {
        consumer.expect_nothing();
    }
}

#[test]
fn subscriptions_of_one_connection_take_turns_too() {
    let server = Server::start();
    let mut client = server.client();
    client.subscribe("a", "/queue/jobs", &[]);
    client.subscribe("b", "/queue/jobs", &[]);
    for number in 0..4 {
        client.publish("/queue/jobs", number.to_string());
    }
    let served: Vec<_> = (0..4).map(|_| client.message().header("subscription").to_owned()).collect();
    assert_eq!(served, ["a", "b", "a", "b"]);
}

#[test]
fn who_has_no_credit_is_passed_over() {
    let server = Server::start();
    let headers = [("ack", "client-individual"), ("prefetch-count", "1")];
    let mut consumers = consumers(&server, 2, "/queue/jobs", &headers);
    let mut publisher = server.client();
    for number in 0..4 {
        publisher.publish("/queue/jobs", number.to_string());
    }
    let busy = consumers[0].message();
    assert_eq!(busy.text(), "0");
    for body in ["1", "2", "3"] {
        let message = consumers[1].message();
        assert_eq!(message.text(), body);
        consumers[1].ack(&message);
    }
    consumers[0].expect_nothing();
    consumers[0].ack(&busy);
    assert_eq!(server.queue_number("jobs", "messages"), 0);
}

#[test]
fn nothing_is_lost_or_doubled_when_consumers_come_and_go() {
    let server = Server::start();
    let mut publisher = server.client();
    for number in 0..300 {
        publisher.send("SEND", &[("destination", "/queue/jobs")], format!("{number:03}"));
    }
    publisher.sync();
    let mut done = Vec::new();
    for round in 0..10 {
        let headers = [("ack", "client-individual"), ("prefetch-count", "10")];
        let mut consumers = consumers(&server, 3, "/queue/jobs", &headers);
        for consumer in &mut consumers {
            for _ in 0..10 {
                let message = consumer.message();
                consumer.ack(&message);
                done.push(message.text().to_owned());
            }
        }
        // Each still holds what it was handed and did not ack; some leave politely, some do not.
        for mut consumer in consumers {
            match round % 3 {
                0 => consumer.link.cut(),
                1 => consumer.send("DISCONNECT", &[], ""),
                _ => drop(consumer),
            }
        }
        let left = 300 - done.len() as u64;
        acceptance::eventually("all that was not acked is back", || {
            (server.queue_number("jobs", "messages_ready") == left).then_some(())
        });
    }
    let mut sorted = done.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), 300);
    assert_eq!(server.queue_number("jobs", "messages"), 0);
}
