//! Why a call did not come back with a reply.

use std::fmt;
use std::time::Duration;

use autopack_wire::{ErrorKind, ErrorReply, WireError};

use crate::endpoint::Endpoint;

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
    /// There is no money left for this call.
    OutOfCredit,
    /// The provider has a fault or is overloaded.
    Unavailable {
        /// How long the provider asks to wait, where it says so.
        retry_after: Option<Duration>,
    },
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
            Self::Unreachable
                | Self::Interrupted
                | Self::RateLimited { .. }
                | Self::Unavailable { .. }
        )
    }

    /// How long the provider asks to wait, where it says so.
    #[must_use]
    pub const fn retry_after(self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::Unavailable { retry_after } => retry_after,
            _ => None,
        }
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
            Self::OutOfCredit => "out_of_credit",
            Self::Unavailable { .. } => "unavailable",
            Self::Rejected => "rejected",
            Self::Unreadable => "unreadable",
        }
    }
}

/// A failed call: where, what, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderError {
    /// Upstream and host, as messages name them.
    at: String,
    key_hint: Box<str>,
    kind: ProviderErrorKind,
    detail: String,
    n_calls: u32,
}

impl ProviderError {
    pub(crate) fn new(endpoint: &Endpoint, kind: ProviderErrorKind, detail: String) -> Self {
        Self {
            at: format!("{} at `{}`", endpoint.name(), endpoint.host()),
            key_hint: endpoint.key_hint().into(),
            kind,
            detail,
            n_calls: 1,
        }
    }

    /// From an HTTP status that is no success.
    pub(crate) fn from_status(
        endpoint: &Endpoint,
        status: u16,
        retry_after: Option<Duration>,
        reply: &ErrorReply,
    ) -> Self {
        let retry_after = retry_after.or(reply.retry_after);
        let kind = match status {
            401 | 403 => ProviderErrorKind::Unauthorized,
            // Gemini answers a wrong key with 400.
            400 if is_about_the_key(reply) => ProviderErrorKind::Unauthorized,
            402 => ProviderErrorKind::OutOfCredit,
            // OpenAI says with 429 both that it is too much at once and that no money is left.
            429 if matches!(reply.kind, ErrorKind::CreditTooLow { .. }) => {
                ProviderErrorKind::OutOfCredit
            }
            429 => ProviderErrorKind::RateLimited { retry_after },
            // A time-out or a conflict on the provider's side passes like a fault.
            408 | 409 | 500.. => ProviderErrorKind::Unavailable { retry_after },
            _ => ProviderErrorKind::Rejected,
        };
        // What a provider says of a key may repeat parts of it.
        let detail = match kind {
            ProviderErrorKind::Unauthorized => format!("status {status}"),
            _ => format!("status {status}, {reply}"),
        };
        Self::new(endpoint, kind, detail)
    }

    /// From a reply that cannot be read.
    pub(crate) fn from_wire(endpoint: &Endpoint, error: &WireError) -> Self {
        let kind = match error {
            WireError::InStream(reply) => ProviderErrorKind::Unavailable {
                retry_after: reply.retry_after,
            },
            _ => ProviderErrorKind::Unreadable,
        };
        Self::new(endpoint, kind, error.to_string())
    }

    /// The error of the last of `n_calls` calls.
    pub(crate) const fn after(mut self, n_calls: u32) -> Self {
        self.n_calls = n_calls;
        self
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> ProviderErrorKind {
        self.kind
    }

    /// How many calls were made, of which this is the last one's error.
    #[must_use]
    pub const fn n_calls(&self) -> u32 {
        self.n_calls
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
        let Self { at, detail, .. } = self;
        match self.kind {
            ProviderErrorKind::Unreachable => write!(
                f,
                "no connection to {at} ({detail}): check the base URL and the network"
            ),
            ProviderErrorKind::Interrupted => {
                write!(f, "the connection to {at} broke ({detail}): run it again")
            }
            ProviderErrorKind::TimedOut => write!(
                f,
                "{at} did not answer in time ({detail}): raise the deadline in the settings, or run it again"
            ),
            ProviderErrorKind::Unauthorized => {
                write!(
                    f,
                    "{at} refused the key ({detail}): check {}",
                    self.key_hint
                )
            }
            ProviderErrorKind::RateLimited {
                retry_after: Some(wait),
            } => write!(
                f,
                "{at} limits the rate ({detail}): wait {} s",
                wait.as_secs()
            ),
            ProviderErrorKind::RateLimited { retry_after: None } => {
                write!(f, "{at} limits the rate ({detail}): wait, or lower --jobs")
            }
            ProviderErrorKind::OutOfCredit => write!(
                f,
                "{at} has no credit for this call ({detail}): top it up, or lower the ceiling"
            ),
            ProviderErrorKind::Unavailable { .. } => {
                write!(f, "{at} has a fault ({detail}): run it again later")
            }
            ProviderErrorKind::Rejected => write!(
                f,
                "{at} refused the request ({detail}): check the model and the base URL"
            ),
            ProviderErrorKind::Unreadable => write!(
                f,
                "{at} sent what is no reply of its API ({detail}): check the base URL"
            ),
        }
    }
}

impl std::error::Error for ProviderError {}
