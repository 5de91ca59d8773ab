//! What a reply asks for: changes to files, in the order in which they are to be made.
//!
//! Whatever a model wrote is a [`Content`], whose `Debug` shows its size and nothing of it.

use std::fmt;

use crate::path::WorkspacePath;

/// Text from a reply or from a file of the workspace.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Content(String);

impl Content {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, to keep.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.0.len())
    }
}

/// One change to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The line of the reply where it begins, from 1.
    pub line: usize,
    /// The file; of a rename, its new name.
    pub path: WorkspacePath,
    /// What is done to it.
    pub edit: Edit,
}

/// What is done to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Makes a file that is not there yet.
    Create {
        /// Its text.
        content: Content,
        /// Whether it may be executed.
        executable: bool,
    },
    /// Gives a file this text, whether it is there or not.
    Write(Content),
    /// Gives a file that is there another text.
    Replace(Content),
    /// Adds text on a new line behind the end of a file that is there.
    Append(Content),
    /// Puts `replace` in the one place where the file says `find`.
    Substitute {
        /// What is there, exactly once.
        find: Content,
        /// What takes its place.
        replace: Content,
    },
    /// Changes the places that the hunks describe.
    Patch(Vec<Hunk>),
    /// Takes a file away. Where there are hunks, they have to describe its whole text.
    Delete(Vec<Hunk>),
    /// Gives a file another name, and changes the places that the hunks describe.
    Rename {
        /// Its name before.
        from: WorkspacePath,
        /// What changes in it.
        hunks: Vec<Hunk>,
    },
}

/// A block of lines that takes the place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The line of the reply where it begins, from 1.
    pub line: usize,
    /// The line of the file where the old block is said to begin, from 1; 0 where it is empty.
    pub start: usize,
    /// The lines that are there, with their ends.
    pub old: Content,
    /// The lines that take their place, with their ends.
    pub new: Content,
}

/// The changes of one reply, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(Vec<Change>);

impl Changes {
    /// The changes.
    #[must_use]
    pub fn as_slice(&self) -> &[Change] {
        &self.0
    }

    /// These changes and behind them those of the answer that went on. One that was made before word for
    /// word is a repetition and left out; any other works on what those before it left, as in one answer,
    /// so that what contradicts is refused when it is tried.
    #[must_use]
    pub(crate) fn and(&self, more: &Self) -> Self {
        let is_new = |change: &&Change| {
            let is_same = |known: &Change| known.path == change.path && known.edit == change.edit;
            !self.0.iter().any(is_same)
        };
        let more = more.0.iter().filter(is_new);
        Self(self.0.iter().chain(more).cloned().collect())
    }
}

impl From<Vec<Change>> for Changes {
    fn from(changes: Vec<Change>) -> Self {
        Self(changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn appends(line: usize, path: &str, text: &str) -> Change {
        Change {
            line,
            path: WorkspacePath::parse(path).expect("a path"),
            edit: Edit::Append(text.into()),
        }
    }

    #[test]
    fn what_the_rest_repeats_word_for_word_is_made_once() {
        let first = Changes::from(vec![appends(1, "a", "x"), appends(2, "a", "x")]);
        let rest = [
            appends(1, "a", "x"),
            appends(2, "a", "y"),
            appends(3, "b", "x"),
            appends(4, "b", "x"),
        ];
        let lines: Vec<_> = first
            .and(&Changes::from(rest.to_vec()))
            .as_slice()
            .iter()
            .map(|change| (change.line, change.path.as_str().to_owned()))
            .collect();
        let expected = [(1, "a"), (2, "a"), (2, "a"), (3, "b"), (4, "b")];
        assert_eq!(lines, expected.map(|(line, path)| (line, path.to_owned())));
    }

    #[test]
    fn what_a_model_wrote_is_not_shown() {
        let change = Change {
            line: 1,
            path: WorkspacePath::parse("a").expect("a path"),
            edit: Edit::Patch(vec![Hunk {
                line: 2,
                start: 1,
                old: "secret".into(),
                new: "hidden".into(),
            }]),
        };
        let shown = format!("{:?}", Changes::from(vec![change]));
        assert!(
            !shown.contains("secret") && !shown.contains("hidden"),
            "{shown}"
        );
        assert!(shown.contains("Content(6 bytes)"), "{shown}");
    }
}
