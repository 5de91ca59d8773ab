//! What is on the disk under a path of the workspace; links are never followed.

use std::fs::{self, Permissions};
use std::io::{self, Read};
use std::path::Path;

use super::{ApplyProblem, MAX_FILE_BYTES};
use crate::change::Content;
use crate::path::WorkspacePath;

/// A text file.
#[derive(Clone, Debug)]
pub(super) struct FileOnDisk {
    pub(super) text: Content,
    pub(super) permissions: Permissions,
}

/// The text file at `path` below `root`; `None` where there is nothing and a file could be made.
pub(super) fn look(root: &Path, path: &WorkspacePath) -> Result<Option<FileOnDisk>, ApplyProblem> {
    let mut folder = root.to_owned();
    for at in path.folders() {
        let Some(facts) = facts(&mut folder, at)? else {
            return Ok(None);
        };
        if !facts.is_dir() {
            return Err(ApplyProblem::NotAFolder { at: at.to_owned() });
        }
    }
    let mut place = folder;
    match facts(&mut place, path.as_str())? {
        Some(facts) if facts.is_file() => read(&place).map(Some),
        Some(_) => Err(ApplyProblem::NotAFile),
        None => Ok(None),
    }
}

/// Goes from a folder to the last name of `at`, and tells what is there.
fn facts(place: &mut std::path::PathBuf, at: &str) -> Result<Option<fs::Metadata>, ApplyProblem> {
    let name = at.rsplit('/').next().unwrap_or(at);
    let is_there = is_spelt_so(place, name, at)?;
    place.push(name);
    if !is_there {
        return Ok(None);
    }
    let facts = fs::symlink_metadata(place).map_err(ApplyProblem::Unreadable)?;
    if facts.is_symlink() {
        return Err(ApplyProblem::Link { at: at.to_owned() });
    }
    Ok(Some(facts))
}

/// Whether `folder` has an entry `name`. One that differs in case alone is refused: elsewhere the two
/// are the same file.
fn is_spelt_so(folder: &Path, name: &str, at: &str) -> Result<bool, ApplyProblem> {
    let any_case = name.to_lowercase();
    let mut other = None;
    for entry in fs::read_dir(folder).map_err(ApplyProblem::Unreadable)? {
        let entry = entry.map_err(ApplyProblem::Unreadable)?.file_name();
        let entry = entry.to_string_lossy();
        if entry == name {
            return Ok(true);
        }
        if entry.to_lowercase() == any_case {
            other = Some(entry.into_owned());
        }
    }
    match other {
        Some(other) => Err(ApplyProblem::CaseCollision {
            with: format!("{}{other}", &at[..at.len() - name.len()]),
        }),
        None => Ok(false),
    }
}

fn read(place: &Path) -> Result<FileOnDisk, ApplyProblem> {
    let file = fs::File::open(place).map_err(ApplyProblem::Unreadable)?;
    let facts = file.metadata().map_err(ApplyProblem::Unreadable)?;
    if facts.len() > MAX_FILE_BYTES {
        return Err(ApplyProblem::TooLarge {
            n_bytes: facts.len(),
        });
    }
    let mut text = String::new();
    match file.take(MAX_FILE_BYTES).read_to_string(&mut text) {
        Ok(_) => Ok(FileOnDisk {
            text: text.into(),
            permissions: facts.permissions(),
        }),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(ApplyProblem::NotText),
        Err(error) => Err(ApplyProblem::Unreadable(error)),
    }
}
