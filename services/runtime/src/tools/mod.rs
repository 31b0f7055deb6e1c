//! The dynamic call: any method that carries the `tool` option, called by name with JSON.
//!
//! It serves whoever knows a method only at run time: workflow files, the model, other clients. Where the type is known,
//! the generated client is faster and checked by the compiler.
mod call;
mod catalog;
mod json;
pub mod schema;

pub use call::{Answers, Tools};
pub use catalog::{Catalog, Tool};
pub use json::{Invalid, read, write};
