//! What goes wrong in a call, in words.

use std::fmt::Write as _;

use super::{Client, MAX_REPLY_BYTES};
use crate::error::{ProviderError, ProviderErrorKind};

impl Client {
    pub(super) fn transport(&self, error: &reqwest::Error) -> ProviderError {
        let kind = if error.is_timeout() {
            ProviderErrorKind::TimedOut
        } else if error.is_connect() {
            ProviderErrorKind::Unreachable
        } else {
            ProviderErrorKind::Interrupted
        };
        self.error(kind, causes(error))
    }

    pub(super) fn unreadable(&self, error: &autopack_wire::WireError) -> ProviderError {
        ProviderError::from_wire(&self.endpoint, error)
    }

    pub(super) fn no_first_byte(&self) -> ProviderError {
        let seconds = self.deadlines.first_byte.as_secs();
        let detail = format!("no answer began within {seconds} s");
        self.error(ProviderErrorKind::TimedOut, detail)
    }

    pub(super) fn too_large(&self) -> ProviderError {
        let detail = format!("a reply of more than {MAX_REPLY_BYTES} bytes");
        self.error(ProviderErrorKind::Unreadable, detail)
    }

    pub(super) fn error(&self, kind: ProviderErrorKind, detail: String) -> ProviderError {
        ProviderError::new(&self.endpoint, kind, detail)
    }
}

/// An error's causes, innermost last, without the address, which the message has already.
pub(super) fn causes(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            let separator = if text.is_empty() { "" } else { ": " };
            let _ = write!(text, "{separator}{words}");
        }
        cause = error.source();
    }
    if text.is_empty() {
        "no further detail".to_owned()
    } else {
        text
    }
}
