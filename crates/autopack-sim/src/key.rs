//! API keys: any will do but one.

/// The key that is refused, so that a client can be seen to handle a bad one.
const INVALID_KEY: &[u8] = b"invalid";

/// What stands in front of a key in the `Authorization` header (RFC 6750, section 2.1).
const SCHEME: &[u8] = b"Bearer ";

/// Why a key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadKey {
    /// There is none, or it is empty.
    Missing,
    /// It is the one that is always refused.
    Invalid,
}

/// The key in an `Authorization` header.
pub(crate) fn bearer(authorization: Option<&[u8]>) -> Option<&[u8]> {
    authorization?.strip_prefix(SCHEME)
}

/// Whether `key` opens the door.
pub(crate) fn check(key: Option<&[u8]>) -> Result<(), BadKey> {
    match key.map(<[u8]>::trim_ascii) {
        None | Some(b"") => Err(BadKey::Missing),
        Some(INVALID_KEY) => Err(BadKey::Invalid),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_key_but_one_opens() {
        assert_eq!(check(Some(b"sk-1")), Ok(()));
        assert_eq!(check(Some(b"Invalid")), Ok(()));
        assert_eq!(check(Some(b"invalid")), Err(BadKey::Invalid));
        assert_eq!(check(Some(b" ")), Err(BadKey::Missing));
        assert_eq!(check(None), Err(BadKey::Missing));
    }
}
