//! What a server does for its users, one file per behaviour.

mod bad_input;
mod command_line;
mod competing_consumers;
mod configuration;
mod connections;
mod demo;
mod exchanges;
mod fan_out;
mod full_memory;
mod guest;
mod health;
mod http_api;
mod left_behind;
mod listing;
mod login_time;
mod management;
mod memory_bounds;
mod origin;
mod queue_lifetime;
mod redelivery;
mod shutdown;
mod slow_reader;
mod statistics;
mod stomp_py;
mod topics;
