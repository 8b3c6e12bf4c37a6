//! Finding out who a client is, which may take a while: nothing more is read of it meanwhile.

use super::{LAST, Link, Session};
use crate::auth::{Attempt, Credentials, Identity, Refusal};
use crate::engine::{Command, Handle};
use crate::stomp::session::local::Local;
use crate::stomp::translate::Translator;
use crate::websocket::Part;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use wire::limits::PACK;
use wire::stomp::Code;
use wire::stomp::server::{Connect, Failure, Send, Token, Welcome};

/// A proof that is being looked at.
pub(super) struct Admission {
    attempt: Attempt,
    purpose: Purpose,
}

enum Purpose {
    /// To let a client in.
    Connect(Box<Connect>),
    /// To let it stay.
    Renew(Option<Token>),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// A CONNECT came.
    pub(super) fn handle_connect(&mut self, connect: Connect) -> Result<(), Failure> {
        if self.link.is_some() {
            return Err(Failure::new(Code::Protocol, "already connected"));
        }
        self.door.is_binary(&connect)?;
        let attempt = self.door.authenticate(&connect, &self.visitor);
        self.admission = Some(Admission { attempt, purpose: Purpose::Connect(Box::new(connect)) });
        Ok(())
    }

    /// A new token came, in the body of a SEND to `/control/auth`.
    pub(super) fn handle_renewal(&mut self, send: &Send) -> Result<(), Failure> {
        if !self.door.users.takes_tokens() {
            let message = "this server takes no tokens, so there is none to renew: connect again to log in anew";
            return Err(Failure::new(Code::Unsupported, message));
        }
        let token = std::str::from_utf8(&send.body).map(str::trim).ok().filter(|token| !token.is_empty());
        let token =
            token.ok_or_else(|| Failure::new(Code::AuthFailed, "the body of a SEND to /control/auth is a token"))?;
        let attempt = self.door.prove(Some(Credentials::Token(token.to_owned())), &self.visitor);
        self.admission = Some(Admission { attempt, purpose: Purpose::Renew(send.token) });
        Ok(())
    }

    /// Looks whether it is known now. `true`: it is.
    pub(super) fn poll_admission(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(admission) = &mut self.admission else { return false };
        let Poll::Ready(result) = admission.attempt.as_mut().poll(cx) else { return false };
        let Some(Admission { purpose, .. }) = self.admission.take() else { return false };
        let mut commands = Vec::new();
        let (result, receipt) = match purpose {
            Purpose::Connect(connect) => (self.admit(result, *connect), None),
            Purpose::Renew(token) => (self.renew(result, token, &mut commands), token),
        };
        if let Err(failure) = result {
            let failure = failure.answering(receipt.and_then(|token| self.protocol.take_receipt(token)));
            match self.protocol.survives(&failure) {
                true => self.local.push_back(Local::Failure(failure)),
                false => self.end(LAST, Some(failure), &mut commands),
            }
        }
        self.submit(commands);
        true
    }

    fn admit(&mut self, result: Result<Identity, Refusal>, mut connect: Connect) -> Result<(), Failure> {
        let identity = result.map_err(|refusal| refused(&refusal))?;
        let is_binary = self.door.is_binary(&connect)?;
        let handle = self.door.enter(identity, &connect, self.protocol.version(), &self.visitor)?;
        if is_binary {
            self.socket.set_binary();
        }
        if connect.ws_pack {
            self.socket.set_packing();
        }
        self.welcome(handle, connect.client_id.take());
        Ok(())
    }

    /// Another token is another proof of the same user, who from now on may do what it says.
    fn renew(
        &mut self,
        result: Result<Identity, Refusal>,
        token: Option<Token>,
        commands: &mut Vec<Command>,
    ) -> Result<(), Failure> {
        let Some(link) = &self.link else { return Ok(()) };
        let identity = result.map_err(|refusal| refused(&refusal))?;
        if identity.user != link.handle.info().user {
            return Err(Failure::new(Code::AuthFailed, "the token is of another user, who needs another connection"));
        }
        link.handle.renew(Arc::new(identity));
        commands.extend(token.map(|token| link.translator.sync(token, false)));
        Ok(())
    }

    fn welcome(&mut self, handle: Handle, client_id: Option<Box<str>>) {
        let session = format!("{:032x}", rand::random::<u128>());
        let server = self.door.stomp.announce_server.then_some(crate::SERVER);
        let welcome = Welcome { session: &session, server, user: &handle.info().user };
        let mut frame = Vec::new();
        let now = self.now();
        self.protocol.accept(welcome, now, &mut frame);
        if self.socket.is_websocket() {
            self.protocol.use_pings();
        }
        self.socket.set_limit(self.door.limits.frame.max(PACK)); // each frame in it is held to its own limit
        self.socket.push(Part::Whole, true, &[&frame]);
        let translator = Translator::new(handle.info(), handle.connection(), client_id, &self.door.stomp);
        self.called_off.set(handle.dismissal().called());
        self.link = Some(Link { handle, translator });
    }
}

fn refused(refusal: &Refusal) -> Failure {
    Failure::new(Code::AuthFailed, refusal.to_string())
}
