//! The filter dialects of the CloudEvents Subscriptions API (0.1-wip, section 3.2.4): which events a subscription wants.

mod dialect;
mod error;
mod filters;
mod parse;

pub use error::{FilterError, Problem};
pub use filters::{FilterWarning, Filters};
