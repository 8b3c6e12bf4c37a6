//! The few STOMP frames of the load: written out, since the measured codec must not measure itself.

use std::net::SocketAddr;

use anyhow::{Result, ensure};

use crate::acks::AckReader;
use crate::counter::Counter;
use crate::frames::FrameScanner;
use crate::system::{Publisher, Route, Subscriber, Traffic};
use crate::websocket::{Client, push_client_message};

const SUBPROTOCOL: &str = "v12.stomp";
const TOPIC: &str = "/topic/bench";
const QUEUE: &str = "/queue/bench";

/// A STOMP 1.2 session over WebSocket with one subscription, which the server has confirmed.
pub(crate) fn subscribe(address: SocketAddr, path: &str, route: Route) -> Result<Subscriber> {
    let mut client = connect(address, path)?;
    let ack = if route == Route::AckedQueue { "client-individual" } else { "auto" };
    let destination = destination(route);
    let frame = format!("SUBSCRIBE\nid:0\ndestination:{destination}\nack:{ack}\nreceipt:ready\n\n\0");
    client.send(frame.as_bytes())?;
    expect(&mut client, "RECEIPT\n")?;
    Ok(Subscriber { stream: client.into_stream()?, counter: counter(route) })
}

/// A STOMP 1.2 session over WebSocket and the SEND frame that it repeats.
pub(crate) fn publisher(address: SocketAddr, path: &str, traffic: Traffic) -> Result<Publisher> {
    let client = connect(address, path)?;
    Ok(Publisher { stream: client.into_stream()?, message: send(traffic) })
}

/// What counts the messages of one subscriber, and acknowledges them if the route asks for that.
pub(crate) fn counter(route: Route) -> Counter {
    match route {
        Route::Topic | Route::Queue => Counter::Stomp(FrameScanner::default()),
        Route::AckedQueue => Counter::Acking(AckReader::default()),
    }
}

/// One SEND as a client's WebSocket message.
pub(crate) fn send(traffic: Traffic) -> Vec<u8> {
    let destination = destination(traffic.route);
    let length = traffic.body_octets;
    let mut frame = format!("SEND\ndestination:{destination}\ncontent-length:{length}\n\n").into_bytes();
    frame.extend(body(length));
    frame.push(0);
    let mut message = Vec::new();
    push_client_message(&mut message, &frame);
    message
}

/// A MESSAGE as the gateway writes it to a subscriber: what the floor sends.
pub(crate) fn message(traffic: Traffic) -> Vec<u8> {
    let destination = destination(traffic.route);
    let length = traffic.body_octets;
    let ack = if traffic.route == Route::AckedQueue { "ack:1-1234567\n" } else { "" };
    let mut frame = format!(
        "MESSAGE\nsubscription:0\nmessage-id:1-1234567\n{ack}redelivered:false\ndelivery-count:1\n\
         destination:{destination}\ncontent-length:{length}\n\n"
    )
    .into_bytes();
    frame.extend(body(length));
    frame.push(0);
    frame
}

/// Appends an ACK as a client's WebSocket message.
pub(crate) fn push_ack(out: &mut Vec<u8>, id: &[u8]) {
    let frame = [b"ACK\nid:", id, b"\n\n\0"].concat();
    push_client_message(out, &frame);
}

/// Printable octets, as the JSON bodies of most senders are.
pub(crate) fn body(octets: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().take(octets).collect()
}

fn destination(route: Route) -> &'static str {
    if route == Route::Topic { TOPIC } else { QUEUE }
}

fn connect(address: SocketAddr, path: &str) -> Result<Client> {
    let mut client = Client::connect(address, path, Some(SUBPROTOCOL))?;
    client.send(b"CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\nheart-beat:0,0\n\n\0")?;
    expect(&mut client, "CONNECTED\n")?;
    Ok(client)
}

fn expect(client: &mut Client, command: &str) -> Result<()> {
    let answer = client.receive()?;
    ensure!(
        answer.starts_with(command.as_bytes()),
        "wanted {}, got {}",
        command.trim_end(),
        String::from_utf8_lossy(&answer)
    );
    Ok(())
}
