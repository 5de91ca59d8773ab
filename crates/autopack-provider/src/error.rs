//! Why a call did not come back with a reply.

use std::fmt;
use std::time::Duration;

use autopack_core::Provider;
use autopack_wire::{ErrorReply, WireError};

/// What went wrong, for whoever decides what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderErrorKind {
    /// No connection came about.
    Unreachable,
    /// The connection broke before the reply was whole.
    Interrupted,
    /// A deadline passed.
    TimedOut,
    /// The key was refused.
    Unauthorized,
    /// Too much at once; wait.
    RateLimited {
        /// How long the provider asks to wait, where it says so.
        retry_after: Option<Duration>,
    },
    /// The provider has a fault or is overloaded.
    Unavailable,
    /// The provider refuses this request as it is.
    Rejected,
    /// The reply is no reply of the dialect.
    Unreadable,
}

impl ProviderErrorKind {
    /// Whether the same call may go through a little later.
    #[must_use]
    pub const fn is_passing(self) -> bool {
        matches!(
            self,
            Self::Unreachable | Self::Interrupted | Self::RateLimited { .. } | Self::Unavailable
        )
    }

    /// The word in telemetry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Interrupted => "interrupted",
            Self::TimedOut => "timed_out",
            Self::Unauthorized => "unauthorized",
            Self::RateLimited { .. } => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Rejected => "rejected",
            Self::Unreadable => "unreadable",
        }
    }
}

/// A failed call: where, what, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderError {
    provider: Provider,
    host: String,
    kind: ProviderErrorKind,
    detail: String,
}

impl ProviderError {
    pub(crate) fn new(
        provider: Provider,
        host: String,
        kind: ProviderErrorKind,
        detail: String,
    ) -> Self {
        Self {
            provider,
            host,
            kind,
            detail,
        }
    }

    /// From an HTTP status that is no success.
    pub(crate) fn from_status(
        provider: Provider,
        host: String,
        status: u16,
        retry_after: Option<Duration>,
        reply: &ErrorReply,
    ) -> Self {
        let kind = match status {
            401 | 403 => ProviderErrorKind::Unauthorized,
            // Gemini answers a wrong key with 400.
            400 if is_about_the_key(reply) => ProviderErrorKind::Unauthorized,
            429 => ProviderErrorKind::RateLimited { retry_after },
            // A time-out or a conflict on the provider's side passes like a fault.
            408 | 409 | 500.. => ProviderErrorKind::Unavailable,
            _ => ProviderErrorKind::Rejected,
        };
        // What a provider says of a key may repeat parts of it.
        let detail = match kind {
            ProviderErrorKind::Unauthorized => format!("status {status}"),
            _ => format!("status {status}, {reply}"),
        };
        Self::new(provider, host, kind, detail)
    }

    /// From a reply that cannot be read.
    pub(crate) fn from_wire(provider: Provider, host: String, error: &WireError) -> Self {
        let kind = match error {
            WireError::InStream(_) => ProviderErrorKind::Unavailable,
            _ => ProviderErrorKind::Unreadable,
        };
        Self::new(provider, host, kind, error.to_string())
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> ProviderErrorKind {
        self.kind
    }
}

fn is_about_the_key(reply: &ErrorReply) -> bool {
    reply
        .message
        .as_deref()
        .is_some_and(|message| message.starts_with("API key not valid"))
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            provider,
            host,
            kind,
            detail,
        } = self;
        match kind {
            ProviderErrorKind::Unreachable => write!(
                f,
                "no connection to {provider} at `{host}` ({detail}): check the base URL and the network"
            ),
            ProviderErrorKind::Interrupted => {
                write!(
                    f,
                    "the connection to {provider} at `{host}` broke ({detail}): run it again"
                )
            }
            ProviderErrorKind::TimedOut => write!(
                f,
                "{provider} at `{host}` did not answer in time ({detail}): raise the deadline in the settings, or run it again"
            ),
            ProviderErrorKind::Unauthorized => {
                write!(
                    f,
                    "{provider} at `{host}` refused the key ({detail}): check {}",
                    key_variables(*provider)
                )
            }
            ProviderErrorKind::RateLimited {
                retry_after: Some(wait),
            } => write!(
                f,
                "{provider} at `{host}` limits the rate ({detail}): wait {} s",
                wait.as_secs()
            ),
            ProviderErrorKind::RateLimited { retry_after: None } => write!(
                f,
                "{provider} at `{host}` limits the rate ({detail}): wait, or lower --jobs"
            ),
            ProviderErrorKind::Unavailable => {
                write!(
                    f,
                    "{provider} at `{host}` has a fault ({detail}): run it again later"
                )
            }
            ProviderErrorKind::Rejected => {
                write!(
                    f,
                    "{provider} at `{host}` refused the request ({detail}): check the model and the base URL"
                )
            }
            ProviderErrorKind::Unreadable => write!(
                f,
                "{provider} at `{host}` sent what is no reply of its API ({detail}): check the base URL"
            ),
        }
    }
}

impl std::error::Error for ProviderError {}

/// The environment variables that hold a provider's key, for messages.
const fn key_variables(provider: Provider) -> &'static str {
    match provider {
        Provider::Anthropic => "`ANTHROPIC_API_KEY`",
        Provider::OpenAi => "`OPENAI_API_KEY`",
        Provider::Gemini => "`GEMINI_API_KEY` or `GOOGLE_API_KEY`",
    }
}
