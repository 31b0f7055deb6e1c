//! Every word between processes, and how failure is said.
//!
//! The `.proto` files are the one place where a call is described: the code here is made from them, grpcurl and the
//! dynamic call read the same descriptors, and their comments are the documentation everywhere.

mod codec;
pub mod json;
pub mod status;
pub mod time;

/// Options that turn a method into a tool.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
pub mod options {
    pub mod v1 {
        tonic::include_proto!("botiferrous.options.v1");
    }
    pub use v1::*;
}

/// Tables, changes and undo.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
pub mod storage {
    pub mod v1 {
        tonic::include_proto!("botiferrous.storage.v1");
    }
    pub use v1::*;
}

/// Conversation with a local model.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
pub mod chat {
    pub mod v1 {
        tonic::include_proto!("botiferrous.chat.v1");
    }
    pub use v1::*;
}

/// The Botify API.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
pub mod botify {
    pub mod v1 {
        tonic::include_proto!("botiferrous.botify.v1");
    }
    pub use v1::*;
}

/// Workflows and their runs.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
pub mod workflow {
    pub mod v1 {
        tonic::include_proto!("botiferrous.workflow.v1");
    }
    pub use v1::*;
}

/// All contracts with options and comments, as an encoded `FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
