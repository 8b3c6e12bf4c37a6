use super::*;

#[test]
fn every_receipt_is_paid_once() {
    let mut server = Server::connected("1.2");
    server.request(&send().with("receipt", "a")).unwrap();
    server.request(&send().with("receipt", "b")).unwrap();
    assert_eq!(server.receipt(Some(2)), "RECEIPT\nreceipt-id:b\n\n\0");
    assert_eq!(server.receipt(Some(2)), "");
    assert_eq!(server.session.take_receipt(1).as_deref(), Some("a"));
    assert_eq!(server.session.receipts_owed(), 0);
}

#[test]
fn a_receipt_says_where_a_message_went() {
    let mut server = Server::connected("1.2");
    for id in ["a:1", "b", "c"] {
        server.request(&send().with("receipt", id)).unwrap();
    }
    server.session.write_receipt(1, Receipt { routed: Some(3), ..Receipt::default() }, &mut server.out);
    assert_eq!(server.written(), "RECEIPT\nreceipt-id:a\\c1\nrouted:3\n\n\0");
    let receipt = Receipt { routed: Some(0), duplicate: true, ..Receipt::default() };
    server.session.write_receipt(2, receipt, &mut server.out);
    assert_eq!(server.written(), "RECEIPT\nreceipt-id:b\nrouted:0\nduplicate:true\n\n\0");
    let receipt = Receipt { routed: Some(1), stream_offset: Some(0), ..Receipt::default() };
    server.session.write_receipt(3, receipt, &mut server.out);
    assert_eq!(server.written(), "RECEIPT\nreceipt-id:c\nrouted:1\nx-stream-offset:0\n\n\0");
}

#[test]
fn a_receipt_id_is_short() {
    let long = "x".repeat(ID + 1);
    let failure = Server::connected("1.2").refused(&send().with("receipt", &long));
    assert_eq!((failure.code, failure.receipt_id), (Code::TooLarge, None));
}

#[test]
fn nothing_is_read_after_disconnect() {
    let mut server = Server::connected("1.2");
    let disconnect = Frame::new(Verb::Disconnect).with("receipt", "bye");
    let Ok(Some(Request::Disconnect { token })) = server.request(&disconnect) else { panic!() };
    assert_eq!(server.request(&Frame::new(Verb::Send)), Ok(None));
    assert_eq!(server.receipt(token), "RECEIPT\nreceipt-id:bye\n\n\0");
}

#[test]
fn a_send_needs_a_destination_and_leaves_the_message_id_to_the_server() {
    let mut server = Server::connected("1.2");
    assert_eq!(server.refused(&Frame::new(Verb::Send).with("destination", "")).code, Code::Protocol);
    assert_eq!(server.refused(&send().with("message-id", "1")).code, Code::Protocol);
}
