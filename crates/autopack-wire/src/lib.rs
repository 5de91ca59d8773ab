//! The providers' wire formats, without I/O.
//!
//! Three dialects, each with the same rooms: `request` writes a body with its ceiling under the name
//! the model wants, `reply` reads text, usage and stop reason from a whole reply, `stream` reads them
//! from events as they come. Sources: the provider facts of 2026-11-23 and the API pages they name.
//!
//! What a provider does not say stays unsaid: a count that is missing, negative or no number is
//! [`autopack_core::Count::Unreported`], an unknown stop reason keeps its native text.

mod anthropic;
mod dialect;
mod error;
mod gemini;
mod lenient;
mod openai_chat;
mod reply;
mod request;
mod sse;
mod stream;

pub use dialect::Dialect;
pub use error::{ErrorReply, WireError};
pub use reply::Reply;
pub use request::Request;
pub use sse::{EventScanner, MAX_EVENT_BYTES};
pub use stream::StreamReader;
