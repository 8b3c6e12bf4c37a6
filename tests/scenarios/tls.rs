//! TLS on both listeners, and the exchange of its certificate.

use acceptance::{Authority, Directory, Launch, Server, Transport, eventually, patience};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

fn config(cert: &Path, key: &Path, more: &str) -> String {
    format!("[tls]\ncert = {cert:?}\nkey = {key:?}\n[stomp]\ntls = true\n{more}")
}

struct Secured {
    authority: Authority,
    directory: Directory,
    server: Server,
    http: std::net::SocketAddr,
}

/// A server with a certificate; its addresses are those of tunnels, so that clients need no TLS.
fn secured(more: &str) -> Secured {
    let (authority, directory) = (Authority::new(), Directory::new());
    let (cert, key) = authority.issue(directory.path());
    let mut server = Launch::new().config(&config(&cert, &key, more)).start();
    let http = server.http;
    server.http = authority.tunnel(server.http);
    server.stomp = server.stomp.map(|stomp| authority.tunnel(stomp));
    Secured { authority, directory, server, http }
}

#[test]
fn all_that_is_served_is_served_over_tls() {
    let Secured { server, .. } = secured("");
    let page = server.get("/");
    assert_eq!(page.status, 200);
    assert!(page.header("strict-transport-security").is_some(), "{page:?}");
    assert_eq!(server.api("GET", "/api/overview").status, 200);
    // More than what TLS, the kernel and the tunnel hold together: what TLS holds back has to be sent on when there is room.
    let body = vec![b'x'; 4 << 20];
    for transport in Transport::ALL {
        let mut client = server.connect(transport, "1.2");
        client.subscribe("1", "/topic/large", &[]);
        for _ in 0..3 {
            client.publish("/topic/large", &body);
        }
        for _ in 0..3 {
            assert!(client.message().body == body, "{transport:?}");
        }
        client.sync();
    }
}

#[test]
fn a_reader_that_pauses_gets_the_rest() {
    let Secured { server, .. } = secured("");
    let mut publisher = server.connect(Transport::Tcp, "1.2");
    for transport in Transport::ALL {
        let mut reader = server.connect(transport, "1.2");
        let queue = format!("/queue/{transport:?}");
        for number in 0..200_u8 {
            publisher.publish(&queue, vec![number; 20_000]);
        }
        publisher.sync();
        reader.subscribe("1", &queue, &[]);
        std::thread::sleep(Duration::from_millis(300));
        for number in 0..200_u8 {
            assert!(reader.message().body == vec![number; 20_000], "message {number} over {transport:?}");
        }
    }
}

#[test]
fn who_speaks_no_tls_is_let_go() {
    let Secured { http, server, .. } = secured("");
    let mut stream = TcpStream::connect(http).expect("the server listens");
    stream.set_read_timeout(Some(patience())).expect("a time-out is allowed");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("the server reads");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer); // a reset is an end too
    assert!(!answer.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(server.get("/health/live").status, 200);
}

#[test]
fn a_slow_handshake_is_ended_and_holds_nobody_up() {
    let Secured { http, server, .. } = secured("[limits]\nhandshake_time = 400");
    let start = Instant::now();
    let mut slow: Vec<TcpStream> = (0..50).map(|_| TcpStream::connect(http).expect("the server listens")).collect();
    assert_eq!(server.get("/health/live").status, 200);
    assert!(start.elapsed() < Duration::from_millis(350), "others waited {:?}", start.elapsed());
    for stream in &mut slow {
        stream.set_read_timeout(Some(patience())).expect("a time-out is allowed");
        assert_eq!(stream.read(&mut [0; 16]).expect("it is closed in time"), 0);
    }
    let metrics = server.get("/metrics");
    assert!(metrics.text().contains("wharf_limit_reached_total{limit=\"handshake_time\"} 50"), "{}", metrics.text());
}

#[test]
fn a_new_certificate_is_taken_up_and_a_bad_one_is_not() {
    let Secured { authority, directory, http, mut server } = secured("");
    let mut before = server.connect(Transport::Text, "1.2");
    let first = authority.certificate_of(http).expect("TLS works");
    authority.issue(directory.path());
    let changed = |from: &[u8]| authority.certificate_of(http).ok().filter(|it| it != from);
    let second = eventually("changed files are taken up", || changed(&first));
    before.sync();

    // Files that cannot be used change nothing, also if somebody insists.
    fs::write(directory.path().join("cert.pem"), "no certificate").expect("the directory is writable");
    let pid = Pid::from_raw(i32::try_from(server.program().pid()).expect("a process id")).expect("it runs");
    kill_process(pid, Signal::HUP).expect("the process is ours");
    eventually("bad files are told of", || server.program().stderr().contains("tls.cert").then_some(()));
    assert_eq!(authority.certificate_of(http).expect("TLS still works"), second);

    authority.issue(directory.path());
    kill_process(pid, Signal::HUP).expect("the process is ours");
    eventually("SIGHUP reads them again", || changed(&second));
    before.sync();
}

#[test]
fn files_that_cannot_be_used_are_told_of_at_the_start() {
    let (authority, directory, other) = (Authority::new(), Directory::new(), Directory::new());
    let (cert, key) = authority.issue(directory.path());
    let (_, foreign) = authority.issue(other.path());
    for (cert, key, named) in [
        (Path::new("/nowhere/cert.pem"), key.as_path(), "tls.cert /nowhere/cert.pem"),
        (&cert, Path::new("/nowhere/key.pem"), "tls.key /nowhere/key.pem"),
        (&key, &key, "there is no certificate in it"),
        (&cert, &cert, "tls.key"),
        (&cert, &foreign, "not the key of the certificate"),
    ] {
        let exit = Launch::new().config(&config(cert, key, "")).run();
        assert_eq!(exit.code, Some(2), "{exit:?}");
        assert!(exit.stderr.contains(named) && exit.stderr.lines().count() == 1, "{}", exit.stderr);
    }
}
