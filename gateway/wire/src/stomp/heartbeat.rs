//! Heart-beats (STOMP 1.1 and 1.2, "Heart-beating"): what is agreed, when to send, when the peer is gone.

use crate::limits::{HEART_BEAT_MAX, HEART_BEAT_MIN, MISSED_PONGS, PING_INTERVAL, PONG_COUNTS_FROM};
use crate::time::Millis;

/// What one side offers in its `heart-beat` header, in milliseconds; 0 means no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Offer {
    /// It can send at least this often.
    pub send: u64,
    /// It wants to receive at least this often.
    pub receive: u64,
}

impl Offer {
    /// Reads the header: two non-negative integers with a comma between. `None`: it is malformed.
    pub fn parse(text: &str) -> Option<Offer> {
        let (send, receive) = text.split_once(',')?;
        Some(Offer { send: number(send)?, receive: number(receive)? })
    }

    /// The server's answer: the client's own wishes turned round, within what we support.
    #[must_use]
    pub fn mirrored(self) -> Offer {
        let within = |interval: u64| match interval {
            0 => 0,
            some => some.clamp(HEART_BEAT_MIN, HEART_BEAT_MAX),
        };
        Offer { send: within(self.receive), receive: within(self.send) }
    }
}

fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// What a passed deadline asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// Send one LF.
    Send,
    /// Send a WebSocket ping.
    Ping,
    /// Nothing came for twice the agreed interval: the peer is gone.
    PeerGone,
}

/// Both directions of one connection.
#[derive(Debug, Clone, Copy, Default)]
pub struct HeartBeat {
    send_every: Option<u64>,
    receive_within: Option<u64>,
    /// Pings are sent so often, and their pongs are signs of life.
    ping_every: Option<u64>,
    last_sent: Millis,
    last_received: Millis,
    last_ping: Millis,
}

impl HeartBeat {
    /// What follows from both offers: a direction beats at the slower of the two wishes, unless either is 0.
    ///
    /// We send at half the interval and give the peer twice the interval, so that neither jitter nor a slow timer
    /// costs a connection.
    pub fn agreed(ours: Offer, theirs: Offer, now: Millis) -> Self {
        let both = |a: u64, b: u64| (a != 0 && b != 0).then(|| a.max(b));
        HeartBeat {
            send_every: both(ours.send, theirs.receive).map(|interval| interval / 2),
            receive_within: both(ours.receive, theirs.send).map(|interval| interval.saturating_mul(2)),
            ping_every: None,
            last_sent: now,
            last_received: now,
            last_ping: now,
        }
    }

    /// The peer is behind a WebSocket, so pings help: a browser answers them by itself, even while it throttles the
    /// timers of a hidden page. Below [`PONG_COUNTS_FROM`] only the peer's octets count as life; a peer that offered no
    /// heart-beat is pinged too, so that a dead one is noticed.
    #[must_use]
    pub fn with_pings(mut self) -> Self {
        match self.receive_within {
            None => {
                self.ping_every = Some(PING_INTERVAL);
                self.receive_within = Some(PING_INTERVAL * (MISSED_PONGS + 1));
            }
            Some(within) if within / 2 >= PONG_COUNTS_FROM => self.ping_every = Some(within / 4),
            Some(_) => {}
        }
        self
    }

    /// A sign of life without octets came: a pong.
    pub fn handle_pong(&mut self, now: Millis) {
        if self.ping_every.is_some() {
            self.last_received = now;
        }
    }

    /// Octets were written, of whatever kind.
    pub fn handle_sent(&mut self, now: Millis) {
        self.last_sent = now;
    }

    /// Octets came, of whatever kind.
    pub fn handle_received(&mut self, now: Millis) {
        self.last_received = now;
    }

    /// The next moment at which [`HeartBeat::handle_timeout`] may have something to say.
    pub fn poll_timeout(&self) -> Option<Millis> {
        let send = self.send_every.map(|every| self.last_sent + every);
        let receive = self.receive_within.map(|within| self.last_received + within);
        let ping = self.ping_every.map(|every| self.last_ping + every);
        send.into_iter().chain(receive).chain(ping).min()
    }

    /// What is due at `now`.
    pub fn handle_timeout(&mut self, now: Millis) -> Option<Beat> {
        if self.receive_within.is_some_and(|within| now >= self.last_received + within) {
            return Some(Beat::PeerGone);
        }
        if self.send_every.is_some_and(|every| now >= self.last_sent + every) {
            self.last_sent = now;
            return Some(Beat::Send);
        }
        if self.ping_every.is_some_and(|every| now >= self.last_ping + every) {
            self.last_ping = now;
            return Some(Beat::Ping);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_two_non_negative_integers() {
        assert_eq!(Offer::parse("1000,0"), Some(Offer { send: 1000, receive: 0 }));
        for bad in ["", "1", "a,b", "-1,0", "1,+2", "1,2,3", ","] {
            assert_eq!(Offer::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_server_mirrors_within_bounds() {
        let mirrored = |send, receive| Offer { send, receive }.mirrored();
        assert_eq!(mirrored(10_000, 5_000), Offer { send: 5_000, receive: 10_000 });
        assert_eq!(mirrored(10, 0), Offer { send: 0, receive: 1_000 });
        assert_eq!(mirrored(900_000, 900_000), Offer { send: 300_000, receive: 300_000 });
    }

    #[test]
    fn we_send_at_half_and_wait_for_twice_the_interval() {
        let theirs = Offer { send: 4_000, receive: 2_000 };
        let mut beat = HeartBeat::agreed(theirs.mirrored(), theirs, Millis(0));
        assert_eq!(beat.poll_timeout(), Some(Millis(1_000)));
        assert_eq!(beat.handle_timeout(Millis(999)), None);
        assert_eq!(beat.handle_timeout(Millis(1_000)), Some(Beat::Send));
        beat.handle_sent(Millis(7_999));
        assert_eq!(beat.handle_timeout(Millis(7_999)), None);
        assert_eq!(beat.handle_timeout(Millis(8_000)), Some(Beat::PeerGone));
        beat.handle_received(Millis(8_000));
        assert_eq!(beat.handle_timeout(Millis(8_000)), None);
    }

    #[test]
    fn pings_keep_a_quiet_browser_alive() {
        let theirs = Offer { send: 8_000, receive: 0 };
        let mut beat = HeartBeat::agreed(theirs.mirrored(), theirs, Millis(0)).with_pings();
        assert_eq!(beat.handle_timeout(Millis(4_000)), Some(Beat::Ping));
        beat.handle_pong(Millis(4_001));
        assert_eq!(beat.handle_timeout(Millis(16_000)), Some(Beat::Ping));
        assert_eq!(beat.handle_timeout(Millis(20_001)), Some(Beat::PeerGone));
    }

    #[test]
    fn below_five_seconds_pongs_do_not_count() {
        let theirs = Offer { send: 4_000, receive: 0 };
        let mut beat = HeartBeat::agreed(theirs.mirrored(), theirs, Millis(0)).with_pings();
        beat.handle_pong(Millis(7_000));
        assert_eq!(beat.handle_timeout(Millis(8_000)), Some(Beat::PeerGone));
    }

    #[test]
    fn who_offers_no_heart_beat_is_dropped_after_two_missed_pongs() {
        let mut beat = HeartBeat::agreed(Offer::default(), Offer::default(), Millis(0)).with_pings();
        assert_eq!(beat.handle_timeout(Millis(30_000)), Some(Beat::Ping));
        assert_eq!(beat.handle_timeout(Millis(60_000)), Some(Beat::Ping));
        assert_eq!(beat.handle_timeout(Millis(89_999)), None);
        assert_eq!(beat.handle_timeout(Millis(90_000)), Some(Beat::PeerGone));
    }

    #[test]
    fn a_direction_without_both_wishes_does_not_beat() {
        let beat = HeartBeat::agreed(Offer { send: 1_000, receive: 0 }, Offer { send: 1_000, receive: 0 }, Millis(0));
        assert_eq!(beat.poll_timeout(), None);
    }
}
