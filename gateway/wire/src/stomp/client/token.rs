//! Tokens: asked for before every log-in, and again before the last one expires.

use super::link::{CLOSE_TIME, FAREWELL, Phase};
use super::publishes::receipt;
use super::{Client, Error, Output};
use crate::stomp::{Frame, Verb};
use crate::time::Millis;

/// Where a new token is handed to the server while the connection stands.
const DESTINATION: &str = "/control/auth";

/// What precedes the number in receipts of a SEND with a token.
const PREFIX: char = 't';

/// Milliseconds before its end in which a token is renewed, at most: a provider may need a while, or a second try.
const MARGIN: u64 = 60_000;

/// The part of a token's life in which it is renewed, at most: a short-lived one must not be renewed at once.
const MARGIN_PART: u64 = 5;

/// Milliseconds between two requests for tokens: one that is about to expire must not be asked for without end.
const REQUEST_INTERVAL: u64 = 1_000;

/// What proves who the user is, for a while.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// What is sent as `passcode`.
    pub text: String,
    /// When it is of no more use; `None`: nobody knows.
    pub expires_at: Option<Millis>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

#[derive(Debug)]
pub(super) struct Tokens {
    /// Whether there is somebody to ask.
    is_asked: bool,
    current: Option<Token>,
    /// Whether the current one was not tried yet: it is good for one log-in without asking again.
    is_new: bool,
    /// The request that is not answered yet.
    request: Option<u32>,
    /// Counts requests.
    last: u32,
    renew_at: Option<Millis>,
}

impl Tokens {
    pub(super) fn new(is_asked: bool) -> Self {
        Tokens { is_asked, current: None, is_new: false, request: None, last: 0, renew_at: None }
    }

    pub(super) fn poll_timeout(&self) -> Option<Millis> {
        self.renew_at
    }

    pub(super) fn current(&self) -> Option<&str> {
        self.current.as_ref().map(|token| token.text.as_str())
    }

    /// The request to make before a log-in, if one has to be made.
    pub(super) fn ask_to_connect(&mut self) -> Option<u32> {
        let has_one = std::mem::take(&mut self.is_new);
        (self.is_asked && !has_one).then(|| self.ask())
    }

    fn ask(&mut self) -> u32 {
        self.renew_at = None;
        self.last += 1;
        self.request = Some(self.last);
        self.last
    }

    /// Its answer would come too late.
    pub(super) fn forget_request(&mut self) {
        self.request = None;
        self.renew_at = None;
    }

    /// Plans the renewal of the token that was logged in with.
    pub(super) fn plan(&mut self, now: Millis) {
        self.renew_at = self.current.as_ref().and_then(|token| token.expires_at).and_then(|end| renewal(end, now));
    }

    fn is_answered_by(&mut self, request: u32) -> bool {
        self.request.take_if(|asked| *asked == request).is_some()
    }
}

/// When to renew what ends at `end`. `None`: it has ended, so either clock is wrong, and the server will say.
fn renewal(end: Millis, now: Millis) -> Option<Millis> {
    let life = end - now;
    let margin = MARGIN.min(life / MARGIN_PART);
    (life > 0).then(|| (now + (life - margin)).max(now + REQUEST_INTERVAL))
}

impl Client {
    /// The answer to [`Output::RequestToken`]. `random` is uniform in 0..1.
    pub fn handle_token(&mut self, request: u32, answer: Result<Token, Error>, now: Millis, random: f64) {
        if !self.tokens.is_answered_by(request) {
            return;
        }
        match (answer, self.phase) {
            (Ok(token), Phase::Fetching { deadline }) => {
                self.tokens.current = Some(token);
                self.open_socket(deadline);
            }
            (Ok(token), Phase::Connected) => self.use_token(token, now),
            (Err(error), Phase::Connected) if !error.ends_the_loop => {
                self.tokens.renew_at = Some(now + REQUEST_INTERVAL);
                self.outputs.push_back(Output::Error(error));
            }
            (Err(error), _) => self.cut(error, now, random),
            (Ok(_), _) => {}
        }
    }

    /// Asks for the next token, if it is time to.
    pub(super) fn renew_token(&mut self, now: Millis) {
        if self.tokens.renew_at.is_some_and(|at| now >= at) {
            let request = self.tokens.ask();
            self.outputs.push_back(Output::RequestToken(request));
        }
    }

    /// Goes on with another token: the server takes it, or a new connection is made with it.
    fn use_token(&mut self, token: Token, now: Millis) {
        let frame = Frame::new(Verb::Send)
            .with("destination", DESTINATION)
            .with("receipt", &receipt(PREFIX, self.tokens.last.into()))
            .with_body(token.text.clone());
        self.tokens.current = Some(token);
        self.tokens.plan(now);
        match self.soft_errors {
            true => self.send(&frame),
            false => self.switch(now), // others than ours would end the connection for it
        }
    }

    /// Whether an ERROR refuses a token in a way that a new connection could help.
    pub(super) fn refuses_token(&mut self, receipt: Option<&str>) -> bool {
        self.phase == Phase::Connected && receipt.is_some_and(|receipt| receipt.starts_with(PREFIX))
    }

    /// Ends this connection in peace, and makes the next at once with the token in hand.
    pub(super) fn switch(&mut self, now: Millis) {
        self.tokens.is_new = true;
        self.send(&Frame::new(Verb::Disconnect).with("receipt", FAREWELL));
        self.enter(Phase::Switching { deadline: now + CLOSE_TIME });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_a_minute_before_its_end_or_when_four_fifths_have_passed() {
        let now = Millis(1_000_000);
        assert_eq!(renewal(now + 3_600_000, now), Some(now + 3_540_000));
        assert_eq!(renewal(now + 10_000, now), Some(now + 8_000));
        assert_eq!(renewal(now + 10, now), Some(now + REQUEST_INTERVAL));
        assert_eq!(renewal(now, now), None);
        assert_eq!(renewal(Millis(0), now), None);
    }
}
