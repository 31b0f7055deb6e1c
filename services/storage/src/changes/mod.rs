//! The log of every write: its rows, how they are watched, and how they are undone.
mod feed;
mod log;
mod undo;

pub(crate) use feed::{Event, Feed};
pub(crate) use log::{Change, Filter, Op, append, head, list};
pub(crate) use undo::undo;
