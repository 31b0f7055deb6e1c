//! The whole product over its front door: real services on free ports, with stand-ins for the outside world alone.
mod cards;
mod chat;
mod context;
mod doors;
mod lists;
mod live;
mod messages;
mod models;
mod pages;
mod process;
mod record;
mod stack;
