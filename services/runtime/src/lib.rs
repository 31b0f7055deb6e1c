//! How any process of this house lives: it reads its configuration, listens, answers health and reflection, calls
//! other processes, and stops.
//!
//! A service's `main` is one call of [`process::main`]; everything below is what that call stands on.

pub mod addr;
pub mod env;
pub mod grpc;
pub mod process;
pub mod telemetry;
pub mod tools;
