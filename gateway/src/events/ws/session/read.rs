//! From the client's messages to the engine's commands.

use super::asked::{What, Who};
use super::subscriptions::Subscription;
use super::{ANSWERS, COMMANDS, Fatal, READ_BACKLOG, READ_BATCH, Session, State};
use crate::engine::{Command, Handle, milliseconds_since_1970};
use crate::events::translate::requests::{self, Verdict};
use crate::events::ws::ask::{Ask, Delivery, MoreCredit, Named, Readable, SubscribeTo};
use crate::metrics::Limit;
use crate::translate::{Target, Wishes};
use crate::websocket::{Breach, Received};
use bytes::Bytes;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use wire::cloudevents::Event;

/// The extension that says where an event is published.
const DESTINATION: &str = "wharfdestination";

/// Extensions that belong to a delivery: an event that is published again goes without them.
const OF_DELIVERY: [&str; 5] =
    ["wharfsubscription", "wharfdelivery", "wharfdeliverycount", "wharfoffset", "wharfepoch"];

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Whether more of the client's messages are wanted now: not while it is paused or has published too fast, and not while it
    /// leaves what it asked for unread.
    pub(super) fn may_read(&self) -> bool {
        matches!(self.state, State::Open)
            && self.admission.is_none()
            && self.socket.backlog() < READ_BACKLOG
            && self.asked.has_room()
            && self.link.as_ref().is_none_or(|link| !link.is_paused() && link.answers() < ANSWERS)
            && self.entrance.arrival.publishes_not_before().is_none()
    }

    /// Reads what there is, up to a batch, and submits what it asks for. `true`: something came.
    pub(super) fn read(&mut self, cx: &mut Context<'_>) -> bool {
        let mut commands = Vec::new();
        let mut count = 0;
        let mut came = false;
        while count < READ_BATCH && commands.len() < COMMANDS && self.may_read() {
            let Poll::Ready(received) = self.socket.poll_receive(cx) else { break };
            came = true;
            let result = match received {
                Received::Text(octets) => self.handle_message(true, &octets, &mut count, &mut commands),
                Received::Binary(octets) => self.handle_message(false, &octets, &mut count, &mut commands),
                Received::Alive => Ok(()),
                Received::Closed => {
                    self.submit(std::mem::take(&mut commands));
                    self.handle_closed();
                    break;
                }
                Received::Broken(breach) => Err(self.handle_breach(breach)),
            };
            if let Err(fatal) = result {
                self.submit(std::mem::take(&mut commands)); // what came before was good
                self.close(&fatal);
            }
        }
        if came {
            self.heard = tokio::time::Instant::now();
        }
        self.submit(commands);
        came
    }

    pub(super) fn submit(&self, commands: Vec<Command>) {
        let Some(link) = &self.link else { return };
        if !commands.is_empty() {
            link.submit(commands);
            let count = u32::try_from(self.subscriptions.count()).unwrap_or(u32::MAX);
            link.info().subscriptions.store(count, Ordering::Relaxed);
        }
    }

    fn handle_breach(&mut self, breach: Breach) -> Fatal {
        self.broken = true;
        match breach {
            Breach::TooLarge => {
                Limit::Size.count();
                too_large()
            }
            Breach::NotUtf8 => Fatal::new(1007, "invalid_event", "a text message is not UTF-8"),
            Breach::Protocol => Fatal::new(1002, "protocol", "the WebSocket protocol was violated"),
        }
    }

    fn handle_message(
        &mut self,
        is_text: bool,
        octets: &Bytes,
        count: &mut usize,
        commands: &mut Vec<Command>,
    ) -> Result<(), Fatal> {
        *count += octets.len();
        if let Some(link) = &self.link {
            link.info().received.fetch_add(octets.len() as u64, Ordering::Relaxed);
        }
        if is_text != self.format.is_text() {
            let wanted = if self.format.is_text() { "text" } else { "binary" };
            return Err(Fatal::new(1003, "invalid_event", format!("this subprotocol has {wanted} messages only")));
        }
        match self.format.decode(octets) {
            Err(invalid) => self.reject(None, "invalid_event", &invalid.to_string()),
            Ok(event) if Ask::is_meant(&event) => self.handle_ask(&event, commands),
            Ok(event) => self.publish(event, commands),
        }
    }

    fn publish(&mut self, mut event: Event, commands: &mut Vec<Command>) -> Result<(), Fatal> {
        let Some(connection) = self.link.as_ref().map(Handle::connection) else { return Err(stranger()) };
        let who = Who::of(&event);
        let named = event.remove(DESTINATION).map(|value| value.text().into_owned());
        for name in OF_DELIVERY {
            event.remove(name);
        }
        let Some(destination) = named.or_else(|| self.opening.publish.clone()) else {
            let reason =
                "where is it to go? Connect with ?publish=DESTINATION, or give it the extension wharfdestination";
            return self.reject(Some(&who), "bad_request", reason);
        };
        let target = match Target::parse(&destination, self.events.auto_create) {
            Ok(target) => target,
            Err(reason) => return self.reject(Some(&who), "bad_request", &reason),
        };
        let wishes = Wishes {
            is_persistent: self.opening.persistent,
            deduplicates: self.opening.deduplicate,
            now: milliseconds_since_1970(),
        };
        let token = self.asked.add(What::Publish, Some(who));
        match requests::publish(connection, (&target, &event), &wishes, self.events.event_limit, token) {
            Ok(command) => {
                commands.push(command);
                self.entrance.arrival.handle_published(1);
            }
            Err(_) => {
                Limit::Size.count();
                let who = self.asked.take(token).and_then(|request| request.who);
                let limit = self.events.event_limit;
                self.refuse(who.as_ref(), "too_large", &format!("an event may have {limit} octets"));
            }
        }
        Ok(())
    }

    fn handle_ask(&mut self, event: &Event, commands: &mut Vec<Command>) -> Result<(), Fatal> {
        let who = Who::of(event);
        let ask = match Ask::read(event) {
            Ok(ask) => ask,
            Err(_) if self.link.is_none() => return Err(stranger()),
            Err(reason) => return self.reject(Some(&who), "invalid_event", &reason),
        };
        if self.link.is_none() && !matches!(ask, Ask::Auth(_)) {
            return Err(stranger());
        }
        match ask {
            Ask::Auth(shown) => {
                self.authenticate(shown.into(), who);
                Ok(())
            }
            Ask::Subscribe(to) => self.subscribe(&to, who, commands),
            Ask::Unsubscribe(Named { subscription }) => self.unsubscribe(&subscription, who, commands),
            Ask::Ack(Delivery { delivery, .. }) => self.settle(&delivery, Verdict::Done, who, commands),
            Ask::Nack(Delivery { delivery, requeue, delay }) => {
                let back = requeue.unwrap_or(true) || delay.is_some();
                let verdict = if back { Verdict::Back(delay) } else { Verdict::Refused };
                self.settle(&delivery, verdict, who, commands)
            }
            Ask::Credit(more) => self.grant(&more, who, commands),
        }
    }

    fn subscribe(&mut self, to: &SubscribeTo, who: Who, commands: &mut Vec<Command>) -> Result<(), Fatal> {
        let Some(connection) = self.link.as_ref().map(Handle::connection) else { return Err(stranger()) };
        match to.read() {
            Err(reason) => self.reject(Some(&who), "bad_request", &reason),
            Ok(readable) if self.subscriptions.find(&readable.name).is_some() => {
                let reason =
                    format!("there is a subscription {:?} on this connection: give each a name", readable.name);
                self.reject(Some(&who), "bad_request", &reason)
            }
            Ok(readable) => {
                commands.push(self.begin(connection, readable, Some(who)));
                Ok(())
            }
        }
    }

    pub(super) fn begin(&mut self, connection: requests::Connection, readable: Readable, who: Option<Who>) -> Command {
        let Readable { name, reading, wanted, selection, acks } = readable;
        let (is_counted, is_of_opening) = (wanted.credit.is_some(), who.is_none());
        let number = self.subscriptions.add(Subscription { name, selection, acks, is_counted, is_of_opening });
        let token = self.asked.add(What::Subscribe(number), who);
        reading.subscribe((connection, number), wanted, self.events.auto_create, token)
    }

    fn unsubscribe(&mut self, name: &str, who: Who, commands: &mut Vec<Command>) -> Result<(), Fatal> {
        self.with_subscription(name, who, commands, requests::unsubscribe)
    }

    fn grant(&mut self, more: &MoreCredit, who: Who, commands: &mut Vec<Command>) -> Result<(), Fatal> {
        let count = more.count;
        self.with_subscription(&more.subscription, who, commands, |connection, number, token| {
            requests::grant(connection, number, count, Some(token))
        })
    }

    /// Asks for something that is done to a subscription.
    fn with_subscription(
        &mut self,
        name: &str,
        who: Who,
        commands: &mut Vec<Command>,
        command: impl FnOnce(requests::Connection, u32, u64) -> Command,
    ) -> Result<(), Fatal> {
        let connection = self.link.as_ref().map(Handle::connection);
        match connection.zip(self.subscriptions.find(name)) {
            Some((connection, number)) => {
                let token = self.asked.add(What::Other, Some(who));
                commands.push(command(connection, number, token));
            }
            None => self.refuse(Some(&who), "not_found", &format!("there is no subscription {name:?}")),
        }
        Ok(())
    }

    fn settle(&mut self, delivery: &str, verdict: Verdict, who: Who, commands: &mut Vec<Command>) -> Result<(), Fatal> {
        let connection = self.link.as_ref().map(Handle::connection);
        let Some((connection, tag)) = connection.zip(requests::read_tag(delivery)) else {
            return self.reject(Some(&who), "invalid_event", "a delivery is named by its extension wharfdelivery");
        };
        let token = self.asked.add(What::Other, Some(who));
        commands.push(requests::settle(connection, tag, verdict, Some(token)));
        Ok(())
    }
}

fn too_large() -> Fatal {
    Fatal::new(1009, "too_large", "a message is larger than an event may be")
}

/// What comes from who has not logged in.
fn stranger() -> Fatal {
    Fatal::policy("not_authorised", "log in first: with Authorization on the upgrade, or with wharf.control.auth")
}
