//! The chat service over the wire, between a stand-in for Ollama and a stand-in for storage.
mod converse;
mod failures;
mod models;
mod oddities;
mod stopping;
mod support;
