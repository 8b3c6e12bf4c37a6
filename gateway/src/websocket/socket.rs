//! Octets to and from a client, in WebSocket messages or as they are.
//!
//! Reading a WebSocket is left to tungstenite; what is written is framed here, straight into the one outgoing buffer,
//! so that a message is copied once. tungstenite's own answers (pong, close) go through the same buffer, frame by
//! frame, and cannot fall in between.

use bytes::Bytes;
use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tungstenite::Message;
use tungstenite::error::Error as WebSocketError;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig, WebSocketContext};

/// Octets of tungstenite's own buffer. It is allocated with the connection and never given back, so it is small.
const READ_BUFFER: usize = 1024;

/// Octets to ask the system for at once: into the stack, since an idle connection needs no place to read to.
const READ_CHUNK: usize = 16 * 1024;

/// Octets of the outgoing buffer that an idle connection may keep.
const RETAINED: usize = 2 * 1024;

/// Octets of the header of a WebSocket message of 126 to 65,535 octets, which most messages of several frames have.
const PACK_HEADER: usize = 4;

/// One client's stream, with its framing.
#[derive(Debug)]
pub(crate) struct Socket<S> {
    stream: S,
    framing: Framing,
    ahead: ReadAhead,
    out: Vec<u8>,
    /// How much of `out` has been written.
    written: usize,
    /// Whether the stream holds back something of what was written to it, as TLS does while the system takes nothing.
    is_held: bool,
    /// Messages are binary, even where they are text.
    is_binary: bool,
    packing: Packing,
}

/// Whether a WebSocket message may hold several frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    /// Each holds one.
    Off,
    /// The next frame begins one.
    Closed,
    /// One is being filled: its header is at this place of the outgoing buffer, with room for the usual length.
    Open(usize),
}

/// What was read from the stream in one go, and not yet taken by tungstenite, whose own reads are small.
#[derive(Debug, Default)]
struct ReadAhead {
    octets: Vec<u8>,
    taken: usize,
}

#[derive(Debug)]
enum Framing {
    Plain,
    WebSocket(Box<WebSocketContext>),
}

/// What came.
#[derive(Debug)]
pub(crate) enum Received {
    /// Some of the client's octets: a text message.
    Text(Bytes),
    /// A binary message, or octets of a stream without messages.
    Binary(Bytes),
    /// A sign of life without octets.
    Alive,
    /// The client has closed, or is gone.
    Closed,
    /// The client violated the WebSocket protocol: reading cannot go on.
    Broken(Breach),
}

/// How a client violated the WebSocket protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breach {
    /// A message over the limit.
    TooLarge,
    /// Text that is not UTF-8.
    NotUtf8,
    /// Anything else.
    Protocol,
}

/// Which part of a WebSocket message octets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    First,
    Middle,
    Last,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    /// A connection that carries octets as they are.
    pub(crate) fn plain(stream: S) -> Self {
        Socket {
            stream,
            framing: Framing::Plain,
            ahead: ReadAhead::default(),
            out: Vec::new(),
            written: 0,
            is_held: false,
            is_binary: false,
            packing: Packing::Off,
        }
    }

    /// A WebSocket whose handshake is done; `read_ahead` is what came behind it. Messages may have `limit` octets.
    pub(crate) fn websocket(stream: S, read_ahead: Vec<u8>, limit: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(limit))
            .max_frame_size(Some(limit));
        let context = WebSocketContext::from_partially_read(read_ahead, Role::Server, Some(config));
        let framing = Framing::WebSocket(Box::new(context));
        Socket { framing, ..Socket::plain(stream) }
    }

    /// From now on messages may have `limit` octets: called when the client has logged in.
    pub(crate) fn set_limit(&mut self, limit: usize) {
        if let Framing::WebSocket(context) = &mut self.framing {
            context.set_config(|config| {
                config.max_message_size = Some(limit);
                config.max_frame_size = Some(limit);
            });
        }
    }

    /// From now on messages are binary, even where they are text: some clients want no other.
    pub(crate) fn set_binary(&mut self) {
        self.is_binary = true;
    }

    /// From now on frames that are written together share a binary message, up to [`Socket::seal`]: what a message costs a
    /// browser is many times what a frame costs it.
    pub(crate) fn set_packing(&mut self) {
        if self.is_websocket() {
            self.is_binary = true;
            self.packing = Packing::Closed;
        }
    }

    /// Waits for something from the client.
    pub(crate) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Received> {
        self.seal(); // tungstenite answers what it reads, and its frames stand for themselves
        let Framing::WebSocket(context) = &mut self.framing else {
            return self.poll_receive_plain(cx);
        };
        let mut adapter = Adapter { stream: &mut self.stream, cx, ahead: &mut self.ahead, out: &mut self.out };
        Poll::Ready(match context.read(&mut adapter) {
            Ok(Message::Text(text)) => Received::Text(text.into()),
            Ok(Message::Binary(octets)) => Received::Binary(octets),
            Ok(_) => Received::Alive,
            Err(WebSocketError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
            Err(WebSocketError::Capacity(_)) => Received::Broken(Breach::TooLarge),
            Err(WebSocketError::Utf8(_)) => Received::Broken(Breach::NotUtf8),
            Err(WebSocketError::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake)) => {
                Received::Closed
            }
            Err(WebSocketError::Protocol(_)) => Received::Broken(Breach::Protocol),
            Err(_) => Received::Closed,
        })
    }

    fn poll_receive_plain(&mut self, cx: &mut Context<'_>) -> Poll<Received> {
        let mut space = [MaybeUninit::uninit(); READ_CHUNK];
        let mut buffer = ReadBuf::uninit(&mut space);
        Poll::Ready(match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer)) {
            Ok(()) if !buffer.filled().is_empty() => Received::Binary(Bytes::copy_from_slice(buffer.filled())),
            _ => Received::Closed,
        })
    }

    /// Reads and throws away what comes before the client's answer to our close.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Received::Closed | Received::Broken(_) = ready!(self.poll_receive(cx)) {
                return Poll::Ready(());
            }
        }
    }

    /// Reads and throws away whatever it is, until the client is gone.
    pub(crate) fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Received::Closed = ready!(self.poll_receive_plain(cx)) {
                return Poll::Ready(());
            }
        }
    }

    /// Adds octets to what is to be written: one WebSocket message, or a part of one.
    pub(crate) fn push(&mut self, part: Part, is_text: bool, octets: &[&[u8]]) {
        if self.packing != Packing::Off && self.joins(part) {
            // The header is written when the message is sealed.
        } else if let Framing::WebSocket(_) = self.framing {
            let length: usize = octets.iter().map(|octets| octets.len()).sum();
            let data = match (part, is_text && !self.is_binary) {
                (Part::Middle | Part::Last, _) => Data::Continue,
                (_, true) => Data::Text,
                (_, false) => Data::Binary,
            };
            let header = FrameHeader {
                is_final: matches!(part, Part::Whole | Part::Last),
                opcode: OpCode::Data(data),
                ..FrameHeader::default()
            };
            // Writing to a Vec does not fail.
            let _ = header.format(length as u64, &mut self.out);
        }
        for octets in octets {
            self.out.extend_from_slice(octets);
        }
    }

    /// Whether what is pushed next shares the message of what was pushed before it, as every whole frame does.
    #[inline(never)] // most connections never come here, and pushing is what they do most
    fn joins(&mut self, part: Part) -> bool {
        if part != Part::Whole {
            self.seal();
            return false;
        }
        if self.packing == Packing::Closed {
            self.packing = Packing::Open(self.out.len());
            self.out.extend_from_slice(&[0; PACK_HEADER]);
        }
        true
    }

    /// Ends the message that frames share, if there is one. To be called before anything of it is written.
    pub(crate) fn seal(&mut self) {
        let Packing::Open(start) = self.packing else { return };
        self.packing = Packing::Closed;
        let length = self.out.len() - start - PACK_HEADER;
        let header = FrameHeader { opcode: OpCode::Data(Data::Binary), ..FrameHeader::default() };
        let mut octets = Vec::with_capacity(header.len(length as u64));
        let _ = header.format(length as u64, &mut octets); // writing to a Vec does not fail
        self.out.splice(start..start + PACK_HEADER, octets);
    }

    /// Octets that are not yet written. Those that the stream holds back count as one.
    pub(crate) fn backlog(&self) -> usize {
        self.out.len() - self.written + usize::from(self.is_held)
    }

    /// Writes all that was pushed.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.seal();
        while let Some(rest) = self.out.get(self.written..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => {
                    self.written += count;
                    self.is_held = true;
                }
            }
        }
        self.out.clear();
        self.written = 0;
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.is_held = false;
        Poll::Ready(Ok(()))
    }

    /// Gives memory back before a sleep.
    pub(crate) fn rest(&mut self) {
        if self.out.is_empty() && self.out.capacity() > RETAINED {
            self.out = Vec::new();
        }
        if self.ahead.is_empty() {
            self.ahead = ReadAhead::default();
        }
    }

    /// Pushes a ping. It may stand between the fragments of a message.
    pub(crate) fn push_ping(&mut self) {
        self.seal();
        if let Framing::WebSocket(_) = self.framing {
            let header = FrameHeader { opcode: OpCode::Control(Control::Ping), ..FrameHeader::default() };
            let _ = header.format(0, &mut self.out); // writing to a Vec does not fail
        }
    }

    /// Pushes the end of the conversation: behind it nothing is written. A plain connection has nothing to say here.
    pub(crate) fn push_close(&mut self, code: u16, cx: &mut Context<'_>) {
        self.seal();
        if let Framing::WebSocket(context) = &mut self.framing {
            let frame = CloseFrame { code: CloseCode::from(code), reason: "".into() };
            let mut adapter = Adapter { stream: &mut self.stream, cx, ahead: &mut self.ahead, out: &mut self.out };
            let _ = context.close(&mut adapter, Some(frame)); // it goes to our buffer, which takes everything
        }
    }

    /// Tells the client that nothing more comes.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.stream).poll_shutdown(cx).map(|_| ())
    }

    /// Whether there are pings, and a client that answers a close with its own.
    pub(crate) fn is_websocket(&self) -> bool {
        matches!(self.framing, Framing::WebSocket(_))
    }
}

/// Lets tungstenite read from the stream, and write to our buffer.
struct Adapter<'a, 'b, S> {
    stream: &'a mut S,
    cx: &'a mut Context<'b>,
    ahead: &'a mut ReadAhead,
    out: &'a mut Vec<u8>,
}

impl<S: AsyncRead + Unpin> Read for Adapter<'_, '_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.ahead.is_empty() {
            return Ok(self.ahead.take(buffer));
        }
        let mut space = [MaybeUninit::uninit(); READ_CHUNK];
        let mut chunk = ReadBuf::uninit(&mut space);
        match Pin::new(&mut *self.stream).poll_read(self.cx, &mut chunk) {
            Poll::Ready(result) => result?,
            Poll::Pending => return Err(io::ErrorKind::WouldBlock.into()),
        }
        let (now, later) = chunk.filled().split_at(chunk.filled().len().min(buffer.len()));
        buffer[..now.len()].copy_from_slice(now);
        self.ahead.keep(later);
        Ok(now.len())
    }
}

impl ReadAhead {
    fn is_empty(&self) -> bool {
        self.taken == self.octets.len()
    }

    fn keep(&mut self, octets: &[u8]) {
        self.octets.clear();
        self.octets.extend_from_slice(octets);
        self.taken = 0;
    }

    fn take(&mut self, buffer: &mut [u8]) -> usize {
        let rest = &self.octets[self.taken..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.taken += count;
        count
    }
}

impl<S> Write for Adapter<'_, '_, S> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.out.extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
