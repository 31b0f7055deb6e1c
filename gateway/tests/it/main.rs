//! The whole product over its front door: real services on free ports, with stand-ins for the outside world alone.
mod chat;
mod doors;
mod live;
mod lists;
mod pages;
mod process;
mod stack;
