use super::*;

fn ended(server: &mut Server, frame: &Frame) -> Unsubscribe {
    match server.request(frame) {
        Ok(Some(Request::Unsubscribe(unsubscribe))) => unsubscribe,
        other => panic!("{other:?}"),
    }
}

const PLAIN: Unsubscribe = Unsubscribe { number: Some(1), delete: false, name: None, token: None };

#[test]
fn subscriptions_are_numbered_and_ids_are_unique() {
    let mut server = Server::connected("1.2");
    let Ok(Some(Request::Subscribe(first))) = server.request(&subscribe("a", "auto")) else { panic!() };
    assert_eq!((first.number, first.ack), (1, AckMode::Auto));
    assert_eq!(server.session.subscription_number("a"), Some(1));
    assert_eq!(server.refused(&subscribe("a", "auto")).code, Code::Protocol);
    assert_eq!(ended(&mut server, &unsubscribe("a")), PLAIN);
    assert_eq!(server.session.subscription_number("a"), None);
    let Ok(Some(Request::Subscribe(again))) = server.request(&subscribe("a", "auto")) else { panic!() };
    assert_eq!(again.number, 2);
    server.session.forget_subscription(1);
    assert_eq!(server.session.subscription_id(2), Some("a"));
    assert_eq!(server.session.subscription_count(), 1);
}

#[test]
fn a_refused_subscribe_leaves_nothing_behind() {
    let mut server = Server::connected("1.2");
    let refused = [
        subscribe("b", "sometimes"),
        subscribe("b", "auto").with("transaction", "t"),
        subscribe("/temp-queue/b", "auto"),
        subscribe(&"x".repeat(ID + 1), "auto"),
        Frame::new(Verb::Subscribe).with("id", "b"),
        Frame::new(Verb::Subscribe).with("destination", "/queue/a"),
    ];
    for frame in refused {
        let failure = server.refused(&frame.with("receipt", "r"));
        assert!(matches!(failure.code, Code::Protocol | Code::TooLarge), "{failure:?}");
        assert_eq!(failure.receipt_id.as_deref(), Some("r"));
    }
    assert_eq!((server.session.subscription_count(), server.session.receipts_owed()), (0, 0));
    assert!(server.request(&subscribe("b", "client-individual")).is_ok());
}

#[test]
fn in_1_0_the_destination_serves_as_id() {
    let mut server = Server::connected("1.0");
    for (number, destination) in [(1, "/queue/a"), (2, "/temp-queue/a")] {
        let frame = Frame::new(Verb::Subscribe).with("destination", destination);
        assert!(matches!(server.request(&frame), Ok(Some(Request::Subscribe(_)))));
        assert_eq!(server.session.subscription_id(number), Some(destination));
        let frame = Frame::new(Verb::Unsubscribe).with("destination", destination);
        assert_eq!(ended(&mut server, &frame), Unsubscribe { number: Some(number), ..PLAIN });
    }
    let replies = Frame::new(Verb::Subscribe).with("destination", "/queue/a").with("id", "/temp-queue/a");
    assert_eq!(server.refused(&replies).code, Code::Protocol);
    assert_eq!(server.refused(&Frame::new(Verb::Unsubscribe)).code, Code::Protocol);
}

#[test]
fn client_individual_is_tolerated_in_1_0() {
    let Ok(Some(Request::Subscribe(begun))) = Server::connected("1.0").request(&subscribe("a", "client-individual"))
    else {
        panic!()
    };
    assert_eq!(begun.ack, AckMode::ClientIndividual);
}

#[test]
fn an_unknown_subscription_is_named_in_the_error() {
    let mut server = Server::connected("1.2");
    for frame in [unsubscribe("x"), unsubscribe("x").with("durable", "true")] {
        let failure = server.refused(&frame);
        assert_eq!((failure.code, failure.subscription.as_deref()), (Code::UnknownSubscription, Some("x")));
    }
    assert_eq!(server.refused(&Frame::new(Verb::Unsubscribe).with("destination", "x")).code, Code::Protocol);
}

#[test]
fn a_durable_subscription_is_deleted_on_request() {
    let mut server = Server::connected("1.2");
    for (number, header, value, delete) in
        [(1, "durable", "true", true), (2, "persistent", "TRUE", true), (3, "durable", "false", false)]
    {
        server.request(&subscribe("a", "auto")).unwrap();
        let unsubscribe = ended(&mut server, &unsubscribe("a").with(header, value));
        assert_eq!(unsubscribe, Unsubscribe { number: Some(number), delete, ..PLAIN });
    }
    server.request(&subscribe("a", "auto")).unwrap();
    assert_eq!(server.refused(&unsubscribe("a").with("durable", "yes")).code, Code::Protocol);
    assert_eq!(server.session.subscription_number("a"), Some(4));
}

#[test]
fn a_durable_subscription_is_deleted_by_name_whether_live_here_or_not() {
    let mut server = Server::connected("1.2");
    let named =
        |frame: Frame| frame.with("activemq.subscriptionName", "third").with("durable-subscriber-name", "second");
    let by_name = Unsubscribe { number: None, delete: true, name: Some("second".into()), token: None };
    assert_eq!(ended(&mut server, &named(Frame::new(Verb::Unsubscribe))), by_name);
    assert_eq!(ended(&mut server, &named(unsubscribe("not here"))), by_name);
    server.request(&subscribe("a", "auto")).unwrap();
    let frame = named(unsubscribe("a")).with("durable-subscription-name", "first").with("receipt", "r");
    let both = Unsubscribe { number: Some(1), delete: true, name: Some("first".into()), token: Some(1) };
    assert_eq!(ended(&mut server, &frame), both);
}

#[test]
fn a_reply_subscription_is_heard_but_cannot_be_named() {
    let mut server = Server::connected("1.2");
    server.request(&subscribe("a", "client")).unwrap();
    let number = server.session.add_reply_subscription("/temp-queue/foo");
    assert_eq!(number, 2);
    assert_eq!(server.session.subscription_number("/temp-queue/foo"), None);
    assert_eq!(server.refused(&unsubscribe("/temp-queue/foo")).code, Code::UnknownSubscription);
    let head = MessageHead { subscription: number, delivery: 1, delivery_count: 1, stream: None };
    assert!(server.session.write_message_head(head, &mut server.out));
    assert_eq!(
        server.written(),
        "MESSAGE\nsubscription:/temp-queue/foo\nmessage-id:2-1\nredelivered:false\ndelivery-count:1\n"
    );
    assert_eq!(server.session.subscription_count(), 1);
    server.session.forget_subscription(number);
    assert!(!server.session.write_message_head(head, &mut server.out));
}

#[test]
fn the_end_of_browsing_is_a_message() {
    let mut server = Server::connected("1.2");
    server.request(&subscribe("a", "client")).unwrap();
    assert!(server.session.write_browser_end(1, "/queue/a:b", &mut server.out));
    assert_eq!(server.written(), "MESSAGE\nsubscription:a\nmessage-id:0\ndestination:/queue/a\\cb\nbrowser:end\n\n\0");
    assert!(!server.session.write_browser_end(2, "/queue/a", &mut server.out));
}

#[test]
fn a_message_head_carries_what_differs_between_receivers() {
    let mut server = Server::connected("1.2");
    server.request(&subscribe("s:1", "client")).unwrap();
    let head = MessageHead { subscription: 1, delivery: 12, delivery_count: 1, stream: None };
    assert!(server.session.write_message_head(head, &mut server.out));
    assert_eq!(
        server.written(),
        "MESSAGE\nsubscription:s\\c1\nmessage-id:1-12\nack:1-12\nredelivered:false\ndelivery-count:1\n"
    );
    let head = MessageHead { delivery_count: 3, ..head };
    server.session.write_message_head(head, &mut server.out);
    assert!(server.written().ends_with("redelivered:true\ndelivery-count:3\n"));
    assert!(!server.session.write_message_head(MessageHead { subscription: 9, ..head }, &mut server.out));
}

#[test]
fn a_message_of_a_stream_says_where_in_it_it_is() {
    let mut server = Server::connected("1.2");
    server.request(&subscribe("a", "auto")).unwrap();
    let mut head = |offset, epoch| {
        let stream = Some(StreamPlace { offset, epoch });
        let head = MessageHead { subscription: 1, delivery: 1, delivery_count: 1, stream };
        assert!(server.session.write_message_head(head, &mut server.out));
        std::mem::take(&mut server.out)
    };
    let common = "MESSAGE\nsubscription:a\nmessage-id:1-1\nredelivered:false\ndelivery-count:1\n";
    for (offset, epoch, place) in [
        (0, 0, "x-stream-offset:0\nx-stream-epoch:0\n"),
        (1_234, 0x0a_bcde, "x-stream-offset:1234\nx-stream-epoch:abcde\n"),
        (u64::MAX, u64::MAX, "x-stream-offset:18446744073709551615\nx-stream-epoch:ffffffffffffffff\n"),
    ] {
        assert_eq!(String::from_utf8(head(offset, epoch)).unwrap(), format!("{common}{place}"));
    }
}

#[test]
fn ack_stands_only_where_the_client_settles_in_1_2() {
    let acked = |version, mode| {
        let mut server = Server::connected(version);
        server.request(&subscribe("a", mode)).unwrap();
        let head = MessageHead { subscription: 1, delivery: 1, delivery_count: 1, stream: None };
        server.session.write_message_head(head, &mut server.out);
        server.written().contains("\nack:")
    };
    assert!(acked("1.2", "client") && acked("1.2", "client-individual"));
    assert!(!acked("1.2", "auto") && !acked("1.1", "client") && !acked("1.0", "client"));
}
