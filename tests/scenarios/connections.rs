//! `GET /api/connections`: who is there.

use acceptance::{Server, Transport, eventually};
use serde_json::Value;

fn rows(server: &Server) -> Vec<Value> {
    server.api("GET", "/api/connections").json().as_array().expect("a list").clone()
}

#[test]
fn every_connection_has_a_row() {
    let server = Server::start();
    assert_eq!(rows(&server), Vec::<Value>::new());
    let mut tcp = server.connect(Transport::Tcp, "1.1");
    tcp.subscribe("1", "/queue/a", &[]);
    tcp.subscribe("2", "/queue/b", &[]);
    let mut websocket = server.connect(Transport::Text, "1.2");
    websocket.publish("/queue/a", "x".repeat(10_000));
    tcp.message();
    tcp.sync(); // the message was written, and counted, before this was answered
    let rows = rows(&server);
    assert_eq!(rows.len(), 2, "{rows:?}");
    let find = |transport| rows.iter().find(|row| row["transport"] == transport).expect("there is one of each");
    let (over_tcp, over_websocket) = (find("tcp"), find("websocket"));
    assert_eq!((&over_tcp["protocol"], &over_websocket["protocol"]), (&"STOMP 1.1".into(), &"STOMP 1.2".into()));
    assert_eq!((&over_tcp["subscriptions"], &over_websocket["subscriptions"]), (&2.into(), &0.into()));
    for row in [over_tcp, over_websocket] {
        assert_eq!((&row["vhost"], &row["user"], &row["state"]), (&"/".into(), &"guest".into(), &"running".into()));
        assert_eq!(row["peer_host"], "127.0.0.1");
        let port = row["peer_port"].as_u64().expect("a port");
        let name = row["name"].as_str().expect("a name");
        assert!(name.starts_with(&format!("127.0.0.1:{port} -> 127.0.0.1:")), "{name}");
        assert!(row["connected_at"].as_u64() > Some(1_700_000_000_000), "{row}");
    }
    assert!(over_websocket["recv_oct"].as_u64() > Some(10_000), "{over_websocket}");
    assert!(over_tcp["send_oct"].as_u64() > Some(10_000), "{over_tcp}");
}

#[test]
fn a_row_goes_with_its_connection() {
    let server = Server::start();
    let mut polite = server.client();
    let mut lost = server.client();
    assert_eq!(rows(&server).len(), 2);
    polite.send("DISCONNECT", &[], "");
    polite.end();
    lost.link.cut();
    eventually("both rows are gone", || rows(&server).is_empty().then_some(()));
}

#[test]
fn a_stranger_has_no_row() {
    let server = Server::start();
    let _stranger = server.dial(Transport::Text);
    assert_eq!(rows(&server), Vec::<Value>::new());
}
