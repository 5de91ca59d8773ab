//! What a learner of the gateway's knows, as bytes: the learner in its own form, up to which row it has
//! learned, and the counts of its groups.
//!
//! Three letters, the version of the form, the rest in [postcard](https://postcard.jamesmunns.com), and the CRC-32 of
//! all that.

use std::borrow::Cow;
use std::collections::BTreeMap;

use autopack_calibrate::learned::{Learner, StateError};
use serde::{Deserialize, Serialize};

/// What every state begins with.
const MARK: [u8; 3] = *b"APG";
/// The version of the form.
const VERSION: u8 = 1;

/// What is known.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept<'a> {
    /// The newest row that was learned from. All that rows up to it say is known, but for calls that go on.
    pub(crate) row: i64,
    /// Calls that go on, and the first row of each.
    pub(crate) open: BTreeMap<String, i64>,
    /// Those that the learner knows, the most recently used last.
    pub(crate) groups: Vec<KeptGroup>,
    #[serde(borrow)]
    pub(crate) learner: Cow<'a, [u8]>,
}

/// The counts of a group.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptGroup {
    pub(crate) name: String,
    pub(crate) n_calls: u64,
    pub(crate) n_cut_off: u64,
}

/// Why bytes cannot be gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeptError {
    #[error("what was kept is no learner of the gateway's")]
    Foreign,
    #[error("what was kept has version {found}, and this autopack knows versions up to {VERSION}")]
    Newer { found: u8 },
    #[error("what was kept is damaged")]
    Damaged,
    #[error("{0}")]
    Learner(#[from] StateError),
}

impl<'a> Kept<'a> {
    /// As bytes, for [`Kept::read`].
    pub(crate) fn written(&self) -> Vec<u8> {
        let head = [&MARK[..], &[VERSION]].concat();
        let mut bytes = postcard::to_extend(self, head).expect("numbers and names have a form");
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    /// What was written, with the learner in it.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<(Self, Learner), KeptError> {
        let rest = bytes.strip_prefix(&MARK).ok_or(KeptError::Foreign)?;
        let (&version, rest) = rest.split_first().ok_or(KeptError::Damaged)?;
        if version > VERSION {
            return Err(KeptError::Newer { found: version });
        }
        let (body, checksum) = rest.split_last_chunk().ok_or(KeptError::Damaged)?;
        let covered = &bytes[..bytes.len() - checksum.len()];
        if version != VERSION || crc32fast::hash(covered) != u32::from_le_bytes(*checksum) {
            return Err(KeptError::Damaged);
        }
        let kept: Self = postcard::from_bytes(body).map_err(|_| KeptError::Damaged)?;
        let learner = Learner::restore(&kept.learner)?;
        Ok((kept, learner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autopack_calibrate::learned::{LearnedSettings, TargetTruncation};

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let target = TargetTruncation::new(0.02).expect("a target");
        let learner = Learner::new(LearnedSettings::new(target)).state();
        let kept = Kept {
            row: 77,
            open: BTreeMap::from([("apk_1".to_owned(), 70)]),
            groups: vec![KeptGroup {
                name: "openai/gpt-5/titles".to_owned(),
                n_calls: 9,
                n_cut_off: 1,
            }],
            learner: learner.into(),
        };
        let bytes = kept.written();
        assert_eq!(Kept::read(&bytes).expect("read").0, kept);
        let error = |bytes: &[u8]| Kept::read(bytes).expect_err("no state");
        for end in 0..bytes.len() {
            let expected = if end < MARK.len() {
                KeptError::Foreign
            } else {
                KeptError::Damaged
            };
            assert_eq!(error(&bytes[..end]), expected, "{end}");
        }
        for place in MARK.len() + 1..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1;
            assert_eq!(error(&damaged), KeptError::Damaged, "{place}");
        }
        let mut newer = bytes;
        newer[MARK.len()] = 2;
        assert_eq!(error(&newer), KeptError::Newer { found: 2 });
    }
}
