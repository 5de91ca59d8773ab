//! What the core asks of a workspace: does this path exist, and what does it say.
//!
//! The core reads no files itself; whoever calls it brings a directory, a map, or nothing.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::BuildHasher;

/// The files among which deliverables may already exist.
pub trait Workspace {
    /// Looks `path` up as a deliverable names it, relative to the workspace.
    fn find(&self, path: &str) -> Found<'_>;
}

/// What a workspace has under a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// Nothing.
    Missing,
    /// A text file.
    Text(Cow<'a, str>),
    /// Something that exists but gives no text (a directory, a binary file, a file that may not be
    /// read): its complexity is unknown.
    Unreadable,
}

/// A workspace without files: every deliverable is new.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmptyWorkspace;

impl Workspace for EmptyWorkspace {
    fn find(&self, _path: &str) -> Found<'_> {
        Found::Missing
    }
}

impl<S: BuildHasher> Workspace for HashMap<String, String, S> {
    fn find(&self, path: &str) -> Found<'_> {
        self.get(path)
            .map_or(Found::Missing, |text| Found::Text(Cow::Borrowed(text)))
    }
}
