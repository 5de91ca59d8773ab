//! A learner as bytes, to be kept and gone on with: the learner that is read back decides as the one that
//! was written would have, call by call and bit by bit.
//!
//! Three letters, the version of the form, the learner in [postcard](https://postcard.jamesmunns.com), and the
//! CRC-32 of all that. Of a group it takes some five to nine hundred bytes.

use serde::{Deserialize, Serialize};

use super::aim::Aim;
use super::group::Group;
use super::pool::Knowledge;
use super::{LearnedSettings, Learner, MAX_GROUPS};

/// What every state begins with.
const MARK: [u8; 3] = *b"APL";
/// The version of the form.
const VERSION: u8 = 1;
/// The length of the checksum at the end, in bytes.
const CHECKSUM_BYTES: usize = 4;

/// Why bytes are no state that can be gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// Something else.
    #[error("this is no state of a learner")]
    Foreign,
    /// Written by a later version of this program.
    #[error(
        "the state of the learner has version {found}, and this program knows versions up to {VERSION}: \
         use a newer autopack, or learn anew"
    )]
    Newer {
        /// Its version.
        found: u8,
    },
    /// Not as it was written.
    #[error("the state of the learner is damaged: restore a copy of it, or learn anew")]
    Damaged,
}

#[derive(Serialize)]
struct Written<'a> {
    settings: LearnedSettings,
    names: Vec<&'a str>,
    groups: &'a [Group],
    pooled: Vec<&'a Knowledge>,
    aim: Aim,
    n_calls: u64,
    n_since_pooled: usize,
}

#[derive(Deserialize)]
struct Read {
    settings: LearnedSettings,
    names: Vec<String>,
    groups: Vec<Group>,
    pooled: Vec<Knowledge>,
    aim: Aim,
    n_calls: u64,
    n_since_pooled: usize,
}

impl Learner {
    /// The learner as bytes, for [`Learner::restore`].
    #[must_use]
    #[expect(
        clippy::missing_panics_doc,
        reason = "numbers and names always have a form"
    )]
    pub fn state(&self) -> Vec<u8> {
        let mut names = vec![""; self.groups.len()];
        for (name, id) in &self.ids {
            names[id.0] = name;
        }
        let written = Written {
            settings: self.settings,
            names,
            groups: &self.groups,
            pooled: self.pool.knowledge().collect(),
            aim: self.aim,
            n_calls: self.n_calls,
            n_since_pooled: self.n_since_pooled,
        };
        let head = [&MARK[..], &[VERSION]].concat();
        let mut bytes = postcard::to_extend(&written, head).expect("numbers and names have a form");
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    /// The learner that was written. Its [`settings`](Learner::settings) are those it was made with.
    ///
    /// # Errors
    /// [`StateError`], where the bytes are something else, damaged, or of a later version.
    pub fn restore(bytes: &[u8]) -> Result<Self, StateError> {
        let rest = bytes.strip_prefix(&MARK).ok_or(StateError::Foreign)?;
        let (&version, rest) = rest.split_first().ok_or(StateError::Damaged)?;
        if version > VERSION {
            return Err(StateError::Newer { found: version });
        }
        let (body, checksum) = rest
            .split_last_chunk::<CHECKSUM_BYTES>()
            .ok_or(StateError::Damaged)?;
        let covered = &bytes[..bytes.len() - CHECKSUM_BYTES];
        if version != VERSION || crc32fast::hash(covered) != u32::from_le_bytes(*checksum) {
            return Err(StateError::Damaged);
        }
        let (read, left) = postcard::take_from_bytes(body).map_err(|_| StateError::Damaged)?;
        if left.is_empty() {
            Self::from_read(read).ok_or(StateError::Damaged)
        } else {
            Err(StateError::Damaged)
        }
    }

    /// Builds the learner up; `None` where the parts do not fit together.
    fn from_read(read: Read) -> Option<Self> {
        let mut learner = Self::new(read.settings);
        let n_groups = read.names.len();
        if n_groups != read.groups.len() || n_groups > MAX_GROUPS {
            return None;
        }
        for name in &read.names {
            learner.group(name).ok()?;
        }
        if learner.groups.len() != n_groups || !learner.pool.know(read.pooled) {
            return None;
        }
        for (known, group) in read.groups.into_iter().zip(&mut learner.groups) {
            *group = known.checked(group.parent())?;
        }
        learner.aim = read.aim;
        learner.n_calls = read.n_calls;
        learner.n_since_pooled = read.n_since_pooled;
        Some(learner)
    }
}
