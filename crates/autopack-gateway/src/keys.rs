//! Keys of clients, where the gateway holds those of the providers. Only their hashes are known here, and
//! what a client shows is compared in a time that says nothing of how near it came.

mod models;
mod presented;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use autopack_core::UpstreamName;
use http::Method;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::decide::Mode;
use crate::error::GatewayError;
use crate::route::is_under;

use models::named_in;
pub(crate) use presented::presented;

/// The length of a hash, in bytes.
const HASH_BYTES: usize = 32;

/// Where providers tell of their models.
const MODEL_LISTS: [&str; 2] = ["/v1/models", "/v1beta/models"];

/// The SHA-256 of a key. A plain hash is enough for keys that are drawn at random, and for no others.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyHash([u8; HASH_BYTES]);

impl KeyHash {
    /// The hash of a key.
    #[must_use]
    pub fn of(key: &[u8]) -> Self {
        Self(Sha256::digest(key).into())
    }

    fn is(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }

    /// Whether one of what was shown is the key of this hash.
    pub(crate) fn is_one_of(&self, shown: &[&[u8]]) -> bool {
        let found = shown.iter().fold(Choice::from(0), |found, key| {
            found | self.is(&Self::of(key))
        });
        found.into()
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash")
    }
}

/// A text that is no hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no hash of a key: allowed are the 64 hexadecimal digits that `autopack serve --hash-key` prints"
)]
pub struct NoHash;

impl FromStr for KeyHash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let digits = text.as_bytes();
        if digits.len() != 2 * HASH_BYTES || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(NoHash);
        }
        let mut hash = [0; HASH_BYTES];
        for (byte, start) in hash.iter_mut().zip((0..).step_by(2)) {
            *byte = u8::from_str_radix(&text[start..start + 2], 16).map_err(|_| NoHash)?;
        }
        Ok(Self(hash))
    }
}

/// A key that a client shows the gateway, and what it opens.
#[derive(Clone, Debug)]
pub struct VirtualKey {
    /// What it is called.
    pub name: String,
    /// What it is known by.
    pub hash: KeyHash,
    /// The upstreams that it opens; `None` is all.
    pub upstreams: Option<Vec<UpstreamName>>,
    /// The models that it opens, a `*` in the end standing for anything; `None` is all.
    pub models: Option<Vec<String>>,
    /// What may be done to ceilings of its calls, where that is said.
    pub mode: Option<Mode>,
}

impl VirtualKey {
    /// Whether it opens an upstream.
    fn opens(&self, upstream: &UpstreamName) -> bool {
        self.upstreams
            .as_ref()
            .is_none_or(|open| open.contains(upstream))
    }

    /// Sees that it opens every model that a call names, in its path or its body.
    pub(crate) fn open_call(&self, path: Option<&str>, body: &[u8]) -> Result<(), GatewayError> {
        let Some(open) = &self.models else {
            return Ok(());
        };
        let is_open = |name: &str| {
            open.iter().any(|open| match open.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => name == open,
            })
        };
        let named = named_in(body).is_some_and(|mut named| {
            named.extend(path.map(str::to_owned));
            !named.is_empty() && named.iter().all(|name| is_open(name))
        });
        named
            .then_some(())
            .ok_or_else(|| GatewayError::ClosedModel(listed(open)))
    }

    /// Sees that it opens what is no call for a reply: with a list of models, only what tells of models.
    pub(crate) fn open_other(&self, method: &Method, path: &str) -> Result<(), GatewayError> {
        let path = path.split('?').next().unwrap_or_default();
        // A server may undo escapes and dots, and end up elsewhere.
        let is_plain = !path.contains(['%', '\\']) && !path.contains("..");
        let is_list = MODEL_LISTS.iter().any(|list| is_under(path, list));
        if self.models.is_none() || (*method == Method::GET && is_plain && is_list) {
            return Ok(());
        }
        Err(GatewayError::ClosedPath)
    }
}

/// The keys of all clients.
#[derive(Clone, Debug, Default)]
pub struct Keys(Vec<Arc<VirtualKey>>);

impl Keys {
    /// These keys; with none of them each client has its own of the provider's.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = VirtualKey>) -> Self {
        Self(keys.into_iter().map(Arc::new).collect())
    }

    /// Their names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| key.name.as_str())
    }

    /// The key among what a client has `shown`, if it opens `upstream`; `None` where clients have no keys of
    /// the gateway's, and nothing has to be shown.
    pub(crate) fn admit<'s>(
        &self,
        shown: impl FnOnce() -> Vec<&'s [u8]>,
        upstream: &UpstreamName,
    ) -> Result<Option<Arc<VirtualKey>>, GatewayError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let shown = shown();
        if shown.is_empty() {
            return Err(GatewayError::NoKey);
        }
        // All are compared, so that the time does not tell which it was.
        let mut found = None;
        for key in &self.0 {
            if key.hash.is_one_of(&shown) {
                found = Some(key);
            }
        }
        let key = found.ok_or(GatewayError::UnknownKey)?;
        match &key.upstreams {
            Some(open) if !key.opens(upstream) => Err(GatewayError::ClosedUpstream(listed(open))),
            _ => Ok(Some(Arc::clone(key))),
        }
    }
}

fn listed(names: &[impl fmt::Display]) -> String {
    let names = names.iter().map(|name| format!("`{name}`"));
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
