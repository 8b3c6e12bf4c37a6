//! Connections before anybody has logged in on them: what carries their octets, and what strangers may take up together. A leaf.

mod arrivals;
mod connect_rate;
mod network;
mod publish_pace;
mod stream;

pub use arrivals::{Arrival, Arrivals};
pub use network::network;
pub use stream::Stream;
