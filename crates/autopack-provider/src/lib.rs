//! HTTP to the providers: keys, addresses, deadlines, and errors that say what to do.
//!
//! A [`Client`] belongs to one [`Endpoint`] and sends one call at a time as it is told; what to send
//! and whether to send it again is decided elsewhere. Prompts, replies and keys enter no message.

mod client;
mod endpoint;
mod error;
mod key;

pub use client::{Answer, Client, Deadlines, Labels, MAX_REPLY_BYTES};
pub use endpoint::{BadBaseUrl, Endpoint};
pub use error::{ProviderError, ProviderErrorKind};
pub use key::{ApiKey, BadKey};
