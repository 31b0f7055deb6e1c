//! The service over gRPC, against the sandbox and against servers that misbehave.
mod misbehaviour;
mod sandbox;
mod secrets;
mod support;
