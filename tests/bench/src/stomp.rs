//! The few STOMP frames of the load: written out, since the measured codec must not measure itself.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr};

use anyhow::{Result, ensure};
use memchr::memmem;

use crate::acks::AckReader;
use crate::counter::Counter;
use crate::frames::FrameScanner;
use crate::report::{Unsupported, one_line};
use crate::system::{Publisher, Route, Sending, Subscriber, Traffic};
use crate::websocket::{Client, push_client_message};

/// Messages of a transaction.
pub(crate) const TRANSACTION_MESSAGES: u64 = 10;

/// Where both Wharf and RabbitMQ speak it.
pub(crate) const PATH: &str = "/ws";

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

/// A STOMP 1.2 session over WebSocket and the frames that it repeats.
pub(crate) fn publisher(address: SocketAddr, path: &str, traffic: Traffic) -> Result<Publisher> {
    let stream = connect(address, path)?.into_stream()?;
    let messages = if traffic.sending == Sending::Transaction { TRANSACTION_MESSAGES } else { 1 };
    let is_answered = matches!(traffic.sending, Sending::Receipts | Sending::Durable);
    let answers = is_answered.then(|| Counter::Receipts(FrameScanner::default()));
    Ok(Publisher { stream, publication: publication(traffic), messages, answers })
}

/// Ends a session and waits until the server has closed the connection.
pub(crate) fn disconnect(subscriber: Subscriber) -> Result<()> {
    let mut stream = subscriber.stream;
    let mut goodbye = Vec::new();
    push_client_message(&mut goodbye, b"DISCONNECT\n\n\0");
    stream.write_all(&goodbye)?;
    // The server begins to close; then an end of the stream is as good an answer as a close frame.
    let mut rest = [0; 1024];
    ensure!(stream.read(&mut rest)? > 0, "closed without a word");
    stream.shutdown(Shutdown::Write)?;
    while stream.read(&mut rest)? > 0 {}
    Ok(())
}

/// What counts the messages of one subscriber, and acknowledges them if the route asks for that.
pub(crate) fn counter(route: Route) -> Counter {
    match route {
        Route::Topic | Route::Queue => Counter::Stomp(FrameScanner::default()),
        Route::AckedQueue => Counter::Acking(AckReader::default()),
    }
}

/// One SEND, or one transaction of some, as a client's WebSocket messages.
pub(crate) fn publication(traffic: Traffic) -> Vec<u8> {
    let mut out = Vec::new();
    match traffic.sending {
        Sending::Plain => push_send(&mut out, traffic, ""),
        // Ids need not differ: one is enough to count the answers.
        Sending::Receipts => push_send(&mut out, traffic, "receipt:r\n"),
        Sending::Durable => push_send(&mut out, traffic, "persistent:true\nreceipt:r\n"),
        Sending::Expiring => push_send(&mut out, traffic, "expiration:600000\n"),
        Sending::Transaction => {
            push_client_message(&mut out, b"BEGIN\ntransaction:t\n\n\0");
            for _ in 0..TRANSACTION_MESSAGES {
                push_send(&mut out, traffic, "transaction:t\n");
            }
            push_client_message(&mut out, b"COMMIT\ntransaction:t\n\n\0");
        }
    }
    out
}

fn push_send(out: &mut Vec<u8>, traffic: Traffic, headers: &str) {
    out.extend(send(destination(traffic.route), traffic.body_octets, headers));
}

/// One SEND as a client's WebSocket message. Each of `headers` ends with a line feed.
pub(crate) fn send(destination: &str, body_octets: usize, headers: &str) -> Vec<u8> {
    let mut frame = format!("SEND\ndestination:{destination}\ncontent-length:{body_octets}\n{headers}\n").into_bytes();
    frame.extend(body(body_octets));
    frame.push(0);
    let mut out = Vec::new();
    push_client_message(&mut out, &frame);
    out
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

/// A STOMP 1.2 session over WebSocket that the server has accepted.
pub(crate) fn connect(address: SocketAddr, path: &str) -> Result<Client> {
    let mut client = Client::connect(address, path, Some(SUBPROTOCOL))?;
    client.send(b"CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\nheart-beat:0,0\n\n\0")?;
    expect(&mut client, "CONNECTED\n")?;
    Ok(client)
}

/// Reads one frame, which must be this one.
pub(crate) fn expect(client: &mut Client, command: &str) -> Result<()> {
    let answer = client.receive()?;
    if memmem::find(&answer, b"\nx-code:unsupported\n").is_some() {
        let detail = memmem::find(&answer, b"\n\n").map_or(&answer[..], |end| &answer[end..]);
        return Err(Unsupported(one_line(detail)).into());
    }
    ensure!(
        answer.starts_with(command.as_bytes()),
        "wanted {}, got {}",
        command.trim_end(),
        String::from_utf8_lossy(&answer)
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_is_twelve_frames() {
        let traffic = Traffic { route: Route::Queue, body_octets: 3, sending: Sending::Transaction };
        let mut frames = 0;
        FrameScanner::default().scan(&publication(traffic), |_| frames += 1);
        assert_eq!(frames, TRANSACTION_MESSAGES + 2);
    }
}
