//! Which files lie at and below the paths that a phase names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ignore::{DirEntry, WalkBuilder};

use super::{LeftOut, LeftOutReason, MAX_CONTEXT_FILES};
use crate::path::WorkspacePath;

/// What names the whole workspace.
const WHOLE: [&str; 3] = [".", "./", ""];

/// The files at and below `paths`, by path; what may not be looked at goes to `left_out`.
pub(super) fn files(
    root: &Path,
    paths: &[String],
    left_out: &mut Vec<LeftOut>,
) -> BTreeSet<WorkspacePath> {
    let mut found = BTreeSet::new();
    let mut folders = Vec::new();
    for text in paths {
        if WHOLE.contains(&text.as_str()) {
            folders.push(String::new());
            continue;
        }
        let path = WorkspacePath::parse(text.strip_suffix('/').unwrap_or(text));
        match path.map(|path| (kind(root, &path), path)) {
            Ok((Kind::File, path)) => {
                found.insert(path);
            }
            Ok((Kind::Folder, path)) => folders.push(path.to_string()),
            Ok((Kind::Missing, _)) => {}
            Ok((Kind::Link, _)) | Err(_) => left_out.push(LeftOut {
                path: printable(text),
                reason: LeftOutReason::Outside,
            }),
        }
    }
    if !folders.is_empty() {
        walk(root, folders, &mut found, left_out);
    }
    found
}

/// What is there.
enum Kind {
    File,
    Folder,
    /// Nothing, or no file and no folder.
    Missing,
    /// A link is on the way.
    Link,
}

fn kind(root: &Path, path: &WorkspacePath) -> Kind {
    for at in path.folders().chain([path.as_str()]) {
        match fs::symlink_metadata(root.join(at)) {
            Ok(facts) if facts.is_symlink() => return Kind::Link,
            Ok(facts) if at.len() < path.as_str().len() && !facts.is_dir() => return Kind::Missing,
            Ok(facts) if at.len() < path.as_str().len() || facts.is_dir() => {}
            Ok(facts) if facts.is_file() => return Kind::File,
            _ => return Kind::Missing,
        }
    }
    Kind::Folder
}

/// Walks from the root, so that every `.gitignore` on the way counts, but only towards `folders`.
fn walk(
    root: &Path,
    folders: Vec<String>,
    found: &mut BTreeSet<WorkspacePath>,
    left_out: &mut Vec<LeftOut>,
) {
    // Where there is no repository, what lies above the workspace is none of its business.
    let is_in_git = root.ancestors().any(|folder| folder.join(".git").exists());
    let base = root.to_owned();
    let entries = WalkBuilder::new(root)
        .hidden(false)
        .parents(is_in_git)
        .require_git(is_in_git)
        .sort_by_file_name(Ord::cmp)
        .filter_entry(move |entry| is_wanted(&base, &folders, entry))
        .build();
    for entry in entries.flatten() {
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let Some(path) = relative(root, entry.path()) else {
            continue;
        };
        let reason = match WorkspacePath::parse(&path) {
            Ok(path) if found.contains(&path) => continue,
            Ok(path) if found.len() < MAX_CONTEXT_FILES => {
                found.insert(path);
                continue;
            }
            Ok(_) => LeftOutReason::TooMany,
            Err(_) => LeftOutReason::Outside,
        };
        left_out.push(LeftOut {
            path: printable(&path),
            reason,
        });
        if reason == LeftOutReason::TooMany {
            return;
        }
    }
}

/// Whether an entry lies on the way to one of `folders`, or below one and is not hidden.
fn is_wanted(root: &Path, folders: &[String], entry: &DirEntry) -> bool {
    let Some(path) = relative(root, entry.path()) else {
        return true;
    };
    let is_below = |path: &str, folder: &str| {
        folder.is_empty()
            || path
                .strip_prefix(folder)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let is_hidden = path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.starts_with('.'));
    folders.iter().any(|folder| is_below(folder, &path))
        || !is_hidden && folders.iter().any(|folder| is_below(&path, folder))
}

/// The path of an entry below `root`, with `/`; `None` for the root itself.
fn relative(root: &Path, path: &Path) -> Option<String> {
    let path = path.strip_prefix(root).ok()?;
    let names: Vec<_> = path.iter().map(|name| name.to_string_lossy()).collect();
    (!names.is_empty()).then(|| names.join("/"))
}

/// A name from outside, fit for a line of a prompt or a terminal.
fn printable(path: &str) -> String {
    path.chars()
        .take(200)
        .flat_map(char::escape_debug)
        .collect()
}
