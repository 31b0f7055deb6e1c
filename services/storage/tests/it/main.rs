//! Storage over the wire: its own process's code on a free port, spoken to by the generated clients.
#![allow(missing_docs, reason = "tests")]

mod bad_input;
mod life;
mod message;
mod pipeline;
mod profile;
mod setting;
mod support;
mod task;
mod tools;
mod undo;
mod watch;
mod wire;
