//! Which server is tested: Wharf, or RabbitMQ, to see that both do the same where they should.

use crate::{Request, Response};
use std::env;
use std::net::SocketAddr;
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The exit code of a test that is about Wharf alone, when it was started to look at RabbitMQ.
pub const WHARF_ONLY: i32 = 77;

/// A running RabbitMQ: `WHARF_TARGET=rabbitmq` says that it is to be tested, and these say where it is.
#[derive(Debug, Clone, Copy)]
pub struct Rabbitmq {
    /// `WHARF_STOMP`: STOMP over TCP.
    pub stomp: SocketAddr,
    /// `WHARF_WS`: STOMP over WebSocket.
    pub websocket: SocketAddr,
    /// `WHARF_MANAGEMENT`: the management API.
    pub management: SocketAddr,
}

/// The RabbitMQ to test, if it is not Wharf that is tested.
pub fn rabbitmq() -> Option<Rabbitmq> {
    static TARGET: OnceLock<Option<Rabbitmq>> = OnceLock::new();
    *TARGET.get_or_init(|| match env::var("WHARF_TARGET").as_deref() {
        Ok("rabbitmq") => Some(Rabbitmq {
            stomp: address("WHARF_STOMP"),
            websocket: address("WHARF_WS"),
            management: address("WHARF_MANAGEMENT"),
        }),
        Ok(other) => panic!("WHARF_TARGET={other}: it is rabbitmq or not set"),
        Err(_) => None,
    })
}

fn address(variable: &str) -> SocketAddr {
    let address = env::var(variable).ok().and_then(|text| text.parse().ok());
    address.unwrap_or_else(|| panic!("{variable} names an address and a port of RabbitMQ"))
}

/// Marks a test that looks at what only Wharf has. When RabbitMQ is tested, the process ends here: each test has its
/// own there.
pub fn wharf_only(reason: &str) {
    if rabbitmq().is_some() {
        eprintln!("not compared: {reason}");
        process::exit(WHARF_ONLY);
    }
}

/// A vhost in RabbitMQ that is a test's own, deleted at the end with all that is in it.
#[derive(Debug)]
pub(crate) struct Vhost {
    pub(crate) name: String,
    management: SocketAddr,
}

impl Vhost {
    pub(crate) fn create(node: Rabbitmq) -> Vhost {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let vhost = Vhost { name, management: node.management };
        let all = r#"{"configure":".*","write":".*","read":".*"}"#;
        vhost.expect(&Request::new("PUT", &format!("/api/vhosts/{}", vhost.name)).json("{}"));
        vhost.expect(&Request::new("PUT", &format!("/api/permissions/{}/guest", vhost.name)).json(all));
        vhost
    }

    fn expect(&self, request: &Request) {
        let response = request.clone().basic("guest", "guest").send(self.management);
        assert!((200..300).contains(&response.status), "RabbitMQ does it: {response:?}");
    }

    pub(crate) fn send(&self, request: &Request) -> Response {
        request.send(self.management)
    }
}

impl Drop for Vhost {
    fn drop(&mut self) {
        let path = format!("/api/vhosts/{}", self.name);
        let _ = Request::new("DELETE", &path).basic("guest", "guest").send(self.management); // at the latest it goes with the node
    }
}
