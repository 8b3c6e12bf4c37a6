use super::*;

#[test]
fn an_error_repeats_the_receipt_id_and_the_receipt_is_owed_no_more() {
    let mut server = Server::connected("1.2");
    let failure = server.refused(&Frame::new(Verb::Send).with("receipt", "r1"));
    assert_eq!(failure.receipt_id.as_deref(), Some("r1"));
    assert_eq!(server.session.receipts_owed(), 0);
    let written = server.error(&failure);
    assert!(written.contains("\nx-code:protocol\n") && written.contains("\nreceipt-id:r1\n"), "{written}");
}

#[test]
fn x_fatal_stands_only_where_soft_errors_are_agreed_on() {
    let soft = Failure::new(Code::NotFound, "no such exchange");
    let fatal = Failure::new(Code::TooLarge, "too large");
    let mut server = Server::connected("1.2");
    assert!(!server.error(&soft).contains("x-fatal") && !server.session.survives(&soft));
    let mut server = Server::soft();
    assert!(server.error(&soft).contains("\nx-code:not-found\ncontent-type:text/plain\nx-fatal:false\n"));
    assert!(server.session.survives(&soft));
    assert!(server.error(&fatal).contains("\nx-fatal:true\n"));
    assert!(!server.session.survives(&fatal));
}

#[test]
fn the_code_decides_what_is_soft() {
    for code in [
        Code::Forbidden,
        Code::NotFound,
        Code::PreconditionFailed,
        Code::ResourceLocked,
        Code::BadDestination,
        Code::UnknownSubscription,
        Code::UnknownMessage,
        Code::EpochChanged,
        Code::Unroutable,
        Code::QueueFull,
        Code::Unsupported,
    ] {
        assert!(Failure::new(code, "").is_soft(), "{code}");
    }
    for code in [Code::AuthFailed, Code::TooLarge, Code::Draining, Code::Protocol, Code::Internal] {
        assert!(!Failure::new(code, "").is_soft(), "{code}");
    }
}

#[test]
fn after_a_soft_error_the_same_input_goes_on() {
    let mut server = Server::soft();
    let octets = b"UNSUBSCRIBE\nid:x\nreceipt:r1\n\n\0\nSEND\ndestination:/queue/a\nreceipt:r2\n\n\0";
    let mut input = octets.as_slice();
    let failure = server.session.handle_input(&mut input).unwrap_err();
    assert!(server.session.survives(&failure));
    assert_eq!(
        server.error(&failure),
        "ERROR\nmessage:no subscription has the id \"x\"\nx-code:unknown-subscription\ncontent-type:text/plain\n\
         x-fatal:false\nreceipt-id:r1\nsubscription:x\ncontent-length:30\n\nno subscription has the id \"x\"\0"
    );
    let Ok(Some(Request::Send(send))) = server.session.handle_input(&mut input) else { panic!() };
    assert_eq!(server.receipt(send.token), "RECEIPT\nreceipt-id:r2\n\n\0");
    assert_eq!(server.session.handle_input(&mut input), Ok(None));
}

#[test]
fn what_is_quoted_is_short() {
    let long = "ü".repeat(2000);
    let failure = Server::soft().refused(&unsubscribe(&long));
    assert!(failure.message.len() < 1100 && failure.subscription.is_none());
}

#[test]
fn octets_that_are_no_frame_are_fatal_with_their_own_close_code() {
    for (octets, code, close_code) in [
        (b"SEND\na:\xff\n\n\0".as_slice(), Code::Protocol, 1007),
        (b"SEND\na\n\n\0", Code::Protocol, 1002),
        (b"ACK\nid:1-1\n\nbody\0", Code::Protocol, 1002),
        (b"SEND\ncontent-length:99999999\n\n", Code::TooLarge, 1009),
    ] {
        let mut server = Server::soft();
        let failure = server.session.handle_input(&mut &*octets).unwrap_err();
        assert_eq!((failure.code, failure.close_code), (code, close_code));
        assert!(!server.session.survives(&failure));
    }
}

#[test]
fn values_are_padded_in_1_0_even_the_length() {
    let mut server = Server::connected("1.0");
    let mut input = b"SEND\ndestination: /queue/a\ncontent-length: 3\n\na\0b\0".as_slice();
    let Ok(Some(Request::Send(send))) = server.session.handle_input(&mut input) else { panic!() };
    assert_eq!((send.destination.as_str(), &send.body[..]), ("/queue/a", b"a\0b".as_slice()));
}
