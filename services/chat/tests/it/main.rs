//! The chat service over the wire, between a stand-in for Ollama and a stand-in for storage.
mod actions;
mod again;
mod context;
mod converse;
mod decisions;
mod failures;
mod hostile;
mod models;
mod oddities;
mod stopping;
mod support;
