//! Who does not log in in time is let go.

use acceptance::{Launch, each_transport};
use std::time::{Duration, Instant};

#[test]
fn a_connection_without_a_login_is_ended() {
    let server = Launch::new().config("[limits]\nlogin_time = 400").start();
    each_transport(|transport| {
        for half in ["", "CONNECT\naccept-version:1.2\n"] {
            let start = Instant::now();
            let mut client = server.dial(transport);
            client.send_octets(half);
            let error = client.expect("ERROR");
            assert!(!error.header("message").is_empty());
            client.end();
            let waited = start.elapsed();
            assert!(waited >= Duration::from_millis(390), "ended after {waited:?}");
        }
    });
}

#[test]
fn octets_that_are_no_login_win_no_time() {
    let server = Launch::new().config("[limits]\nlogin_time = 400").start();
    each_transport(|transport| {
        let mut client = server.dial(transport);
        let start = Instant::now();
        // One line feed after the other, as fast as the server's silence allows.
        while client.poll_frame(Instant::now() + Duration::from_millis(20)).is_none() {
            client.send_octets("\n");
            assert!(start.elapsed() < Duration::from_secs(10), "it is still connected");
        }
        client.end();
    });
}

#[test]
fn who_has_logged_in_stays() {
    let server = Launch::new().config("[limits]\nlogin_time = 400").start();
    each_transport(|transport| {
        let mut user = server.connect(transport, "1.2");
        // A stranger's time passes; the user's would have passed before it.
        let mut stranger = server.dial(transport);
        stranger.expect("ERROR");
        stranger.end();
        user.sync();
    });
}
