//! The whole product over its front door: real services on free ports, with stand-ins for the outside world alone.
mod chat;
mod doors;
mod lists;
mod live;
mod pages;
mod process;
mod stack;
