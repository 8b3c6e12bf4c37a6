//! From the client's octets to the engine's commands.

use super::local::Local;
use super::{ANSWERS, COMMANDS, LAST, LOCAL, READ_BACKLOG, READ_BATCH, RECEIPTS_OWED, Session, State};
use crate::engine::{Command, milliseconds_since_1970};
use crate::stomp::notices::NOTICES;
use crate::stomp::translate;
use crate::websocket::{Breach, Received};
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use wire::stomp::server::{Action, Failure, Receipt, Request, Send, Subscribe, Token};
use wire::stomp::{AckMode, Code};

/// How destinations begin that are the server itself.
const CONTROL: &str = "/control/";

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Whether more of the client's octets are wanted now: not while it is paused or has published too fast, and not while it leaves
    /// what it asked for unread.
    pub(super) fn may_read(&self) -> bool {
        matches!(self.state, State::Open)
            && self.admission.is_none()
            && self.local.len() < LOCAL
            && self.socket.backlog() < READ_BACKLOG
            && self.protocol.receipts_owed() < RECEIPTS_OWED
            && self.link.as_ref().is_none_or(|link| !link.handle.is_paused() && link.handle.answers() < ANSWERS)
            && self.visitor.arrival.publishes_not_before().is_none()
    }

    /// Reads what there is, up to a batch, and submits what it asks for. `true`: something came.
    pub(super) fn read(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.may_read() {
            return false;
        }
        let mut commands = Vec::new();
        let mut count = 0;
        let mut alive = false;
        // One WebSocket message may hold thousands of frames: what was read is worked off first.
        let mut worked = self.work_off(&mut commands);
        while count < READ_BATCH && !self.is_behind && self.may_read() {
            match self.socket.poll_receive(cx) {
                Poll::Pending => break,
                Poll::Ready(Received::Text(octets) | Received::Binary(octets)) => {
                    count += octets.len();
                    self.ahead = octets;
                    self.is_behind = true;
                    worked |= self.work_off(&mut commands);
                }
                Poll::Ready(Received::Alive) => alive = true,
                Poll::Ready(Received::Closed) => self.handle_closed(),
                Poll::Ready(Received::Broken(breach)) => self.handle_breach(breach, &mut commands),
            }
        }
        if count > 0 {
            self.protocol.handle_received(self.now());
            if let Some(link) = &self.link {
                link.handle.info().received.fetch_add(count as u64, Ordering::Relaxed);
            }
        }
        if alive {
            self.protocol.handle_pong(self.now());
        }
        self.submit(commands);
        worked || count > 0 || alive || !matches!(self.state, State::Open)
    }

    /// Takes what was read, as far as more of it is wanted now. `true`: something of it was taken.
    fn work_off(&mut self, commands: &mut Vec<Command>) -> bool {
        if !self.is_behind {
            return false;
        }
        let octets = std::mem::take(&mut self.ahead);
        let mut input: &[u8] = &octets;
        let mut worked = false;
        while matches!(self.state, State::Open) && commands.len() < COMMANDS && self.may_read() {
            worked = true;
            let result = match self.protocol.handle_input(&mut input) {
                Ok(None) => {
                    self.is_behind = false;
                    return true;
                }
                Ok(Some(request)) => self.handle_request(request, commands),
                Err(failure) => Err(failure),
            };
            match result {
                Err(failure) if self.protocol.survives(&failure) => self.local.push_back(Local::Failure(failure)),
                Err(failure) => self.end(LAST, Some(failure), commands),
                Ok(()) => {}
            }
        }
        self.ahead = octets.slice(octets.len() - input.len()..);
        worked
    }

    fn handle_request(&mut self, request: Request, commands: &mut Vec<Command>) -> Result<(), Failure> {
        let token = request.token();
        let result = match request {
            Request::Connect(connect) => self.handle_connect(connect),
            Request::Disconnect { token } => {
                self.end(token.unwrap_or(LAST), None, commands);
                Ok(())
            }
            Request::Abort { actions, token } => {
                self.handle_abort(&actions, token, commands);
                Ok(())
            }
            Request::Commit { actions, token } => return self.handle_commit(actions, token, commands),
            request => self.submit_request(request, commands),
        };
        result.map_err(|failure| failure.answering(token.and_then(|token| self.protocol.take_receipt(token))))
    }

    /// Turns a request into commands.
    fn submit_request(&mut self, request: Request, commands: &mut Vec<Command>) -> Result<(), Failure> {
        // The protocol lets nothing through before log-in.
        let Some(link) = &mut self.link else { return Err(Failure::new(Code::Protocol, "log in first")) };
        let translator = &mut link.translator;
        match request {
            Request::Send(send) if send.destination.starts_with(CONTROL) => return self.control(&send, commands),
            Request::Send(send) => {
                self.read_replies(&send, commands)?;
                let Some(link) = &mut self.link else { return Ok(()) };
                commands.push(link.translator.send(&send, milliseconds_since_1970())?);
                self.visitor.arrival.handle_published(1);
            }
            Request::Subscribe(subscribe) if subscribe.destination == NOTICES => {
                return self.subscribe_to_notices(&subscribe, commands);
            }
            Request::Subscribe(subscribe) => {
                let number = subscribe.number;
                let id = self.protocol.subscription_id(number).unwrap_or_default();
                match translator.subscribe(subscribe, id) {
                    Ok(subscribe) => commands.extend(subscribe),
                    Err(mut failure) => {
                        failure.subscription = Some(id.into());
                        translator.forget(number);
                        self.protocol.forget_subscription(number);
                        return Err(failure);
                    }
                }
            }
            Request::Unsubscribe(unsubscribe) => match unsubscribe.number {
                Some(number) if self.notices.unsubscribe(number) => {
                    self.protocol.forget_subscription(number);
                    commands.extend(unsubscribe.token.map(|token| translator.sync(token, false)));
                }
                _ => commands.push(translator.unsubscribe(unsubscribe)),
            },
            Request::Ack(settle) => commands.push(translator.ack(settle)),
            Request::Nack(settle) => commands.push(translator.nack(settle)),
            Request::Begin { token } => commands.extend(token.map(|token| translator.sync(token, false))),
            // Seen to before.
            Request::Connect(_) | Request::Disconnect { .. } | Request::Commit { .. } | Request::Abort { .. } => {}
        }
        Ok(())
    }

    /// Who asks for replies to a private address gets them, without subscribing.
    fn read_replies(&mut self, send: &Send, commands: &mut Vec<Command>) -> Result<(), Failure> {
        let (Some((id, name)), Some(link)) = (translate::reply_queue(send), &mut self.link) else { return Ok(()) };
        if link.translator.needs_reader(&name) {
            let number = self.protocol.add_reply_subscription(id);
            commands.push(link.translator.read_replies(&name, number)?);
        }
        Ok(())
    }

    /// A SEND to the server itself.
    fn control(&mut self, send: &Send, commands: &mut Vec<Command>) -> Result<(), Failure> {
        let Some(link) = &self.link else { return Ok(()) };
        match send.destination.strip_prefix(CONTROL) {
            Some("credit") => {
                let id = send.headers.get("subscription").unwrap_or_default();
                let number = self.protocol.subscription_number(id).ok_or_else(|| {
                    let mut failure =
                        Failure::new(Code::UnknownSubscription, format!("there is no subscription {id:?}"));
                    failure.subscription = Some(id.into());
                    failure
                })?;
                commands.push(link.translator.grant(number, send)?);
                Ok(())
            }
            Some("auth") => self.handle_renewal(send),
            Some("visibility") => Err(Failure::unsupported(&send.destination)),
            _ => {
                let message =
                    format!("{:?} is not for messages: there are /control/credit and /control/auth", send.destination);
                Err(Failure::new(Code::BadDestination, message))
            }
        }
    }

    fn subscribe_to_notices(&mut self, subscribe: &Subscribe, commands: &mut Vec<Command>) -> Result<(), Failure> {
        let number = subscribe.number;
        let result = match subscribe.ack {
            AckMode::Auto => self.notices.subscribe(number),
            _ => Err(Failure::new(Code::PreconditionFailed, "notices cannot be acked: subscribe with ack:auto")),
        };
        if let Err(mut failure) = result {
            failure.subscription = self.protocol.subscription_id(number).map(Box::from);
            self.protocol.forget_subscription(number);
            return Err(failure);
        }
        if let Some(link) = &self.link {
            link.handle.handle_listener();
            commands.extend(subscribe.token.map(|token| link.translator.sync(token, false)));
        }
        Ok(())
    }

    fn handle_commit(
        &mut self,
        actions: Vec<Action>,
        token: Option<Token>,
        commands: &mut Vec<Command>,
    ) -> Result<(), Failure> {
        let inner: Vec<Token> = actions.iter().filter_map(Action::token).collect();
        let result = self.commit(actions, token, commands);
        result.map_err(|failure| {
            // Each frame is owed an answer of its own.
            for token in inner {
                let receipt_id = self.protocol.take_receipt(token);
                if self.protocol.survives(&failure) {
                    self.local.push_back(Local::Failure(failure.clone().answering(receipt_id)));
                }
            }
            failure.answering(token.and_then(|token| self.protocol.take_receipt(token)))
        })
    }

    fn commit(
        &mut self,
        actions: Vec<Action>,
        token: Option<Token>,
        commands: &mut Vec<Command>,
    ) -> Result<(), Failure> {
        for action in &actions {
            if let Action::Send(send) = action {
                self.read_replies(send, commands)?;
            }
        }
        let published = actions.iter().filter(|action| matches!(action, Action::Send(_))).count();
        let Some(link) = &mut self.link else { return Ok(()) };
        commands.push(link.translator.commit(actions, token, milliseconds_since_1970())?);
        self.visitor.arrival.handle_published(published);
        Ok(())
    }

    /// Nothing of a transaction happens, which each of its frames is told.
    fn handle_abort(&mut self, actions: &[Action], token: Option<Token>, commands: &mut Vec<Command>) {
        for action in actions {
            let routed = matches!(action, Action::Send(_)).then_some(0);
            let receipt = Receipt { routed, ..Receipt::default() };
            self.local.extend(action.token().map(|token| Local::Receipt(token, receipt)));
        }
        if let (Some(link), Some(token)) = (&self.link, token) {
            commands.push(link.translator.sync(token, false));
        }
    }

    fn handle_breach(&mut self, breach: Breach, commands: &mut Vec<Command>) {
        self.broken = true;
        let mut failure = match breach {
            Breach::TooLarge => Failure::new(Code::TooLarge, "a WebSocket message is larger than a frame may be"),
            Breach::NotUtf8 => Failure::new(Code::Protocol, "a WebSocket text message is not UTF-8"),
            Breach::Protocol => Failure::new(Code::Protocol, "the WebSocket protocol was violated"),
        };
        if breach == Breach::NotUtf8 {
            failure.close_code = 1007;
        }
        self.end(LAST, Some(failure), commands);
    }

    pub(super) fn submit(&mut self, commands: Vec<Command>) {
        if let Some(link) = self.link.as_ref().filter(|_| !commands.is_empty()) {
            link.handle.submit(commands);
            let subscriptions = u32::try_from(self.protocol.subscription_count()).unwrap_or(u32::MAX);
            link.handle.info().subscriptions.store(subscriptions, Ordering::Relaxed);
        }
    }
}
