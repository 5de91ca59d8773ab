//! The providers' wire formats, without I/O.
//!
//! Four dialects, each with the same rooms: `request` writes a body with its ceiling under the name the
//! model wants, `facts` reads what a client's request says, `reply` reads text, usage and stop reason
//! from a whole reply, `stream` reads them from events as they come. Around them: `splice` sets the
//! ceiling in a client's bytes, `truncation` tells how a reply was cut off, `refusal` reads error
//! replies, `rate_limit` headers. Sources: the provider facts of 2026-11-23 and the API pages they
//! name.
//!
//! What a provider does not say stays unsaid: a count that is missing, negative or no number is
//! [`autopack_core::Count::Unreported`], an unknown stop reason keeps its native text. Prompts, replies
//! and keys enter neither errors nor `Debug`.

mod anthropic;
mod call_path;
mod dialect;
mod error;
mod facts;
mod gemini;
mod json;
mod openai_chat;
mod openai_responses;
mod rate_limit;
mod refusal;
mod reply;
mod request;
mod splice;
mod sse;
mod stream;
mod truncation;

pub use call_path::{CallPath, ReplyForm};
pub use dialect::{Dialect, UnknownDialect};
pub use error::{RequestError, WireError};
pub use facts::{
    Ceiling, Footprint, MAX_TOOL_NAMES, RequestFacts, RequestSizes, ResponseFormat, Thinking,
    ThinkingMode,
};
pub use json::MAX_DEPTH;
pub use openai_chat::usage::UsageFilter;
pub use rate_limit::{Allowance, RateLimit};
pub use refusal::{ErrorKind, ErrorReply};
pub use reply::{MAX_TOOL_CALLS, Reply, ToolCall};
pub use request::{Continuation, Request};
pub use splice::MAX_CEILINGS;
pub use sse::{EventScanner, MAX_EVENT_BYTES};
pub use stream::StreamReader;
pub use truncation::{Truncation, is_runaway, truncation};
