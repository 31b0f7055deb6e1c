//! The conversation on every open page: what is said in one is seen in all.
//!
//! Stored messages are pushed as HTML with their ids whenever storage says that they changed; the model's words are
//! pushed as they come, as JSON that a page can only ever show as text. The answer under way is held here, so a page
//! that opens or comes back in the middle of it starts with all that was said so far.
mod cards;
mod context;
mod file;
mod hub;
mod messages;
mod models;
mod pull;
mod record;
mod search;
mod socket;
mod turn;
pub mod view;

pub use hub::Chat;
pub use socket::routes;
