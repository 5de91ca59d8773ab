//! HTTP to the providers: keys, addresses, deadlines, and errors that say what to do.
//!
//! A [`Client`] belongs to one [`Endpoint`]. It sends what it is told, and sends it again where a failure
//! may pass ([`RetryPolicy`]); what to send is decided elsewhere. A [`RawClient`] passes
//! calls of others on, byte for byte, to whichever endpoint. Prompts, replies and keys enter no message.

mod auth;
mod base_url;
mod client;
mod endpoint;
mod error;
mod headers;
mod key;
mod pace;
mod raw;
mod repair;
mod retry;

pub use auth::{AuthScheme, UnknownAuth};
pub use base_url::{BadBaseUrl, BaseUrl};
pub use client::{Answer, Client, Deadlines, Labels, MAX_REPLY_BYTES};
pub use endpoint::Endpoint;
pub use error::{ProviderError, ProviderErrorKind};
pub use key::{ApiKey, BadKey};
pub use raw::{NoTls, RawBody, RawClient, RawOutgoing};
pub use repair::Repair;
pub use retry::RetryPolicy;
