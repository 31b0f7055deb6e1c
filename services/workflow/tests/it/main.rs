//! The workflow service over the wire, with storage and chat played by stand-ins.
mod hello;
mod keys;
mod library;
mod lifetime;
mod support;
mod trouble;
