//! The workspace as it will be: what is on the disk, with changes over it in memory.

use std::collections::{BTreeMap, HashMap};
use std::fs::Permissions;
use std::path::{Path, PathBuf};

use super::disk;
use super::patch::{self, LineEnds, Moved};
use super::{Action, ApplyError, ApplyProblem, Conflict, MAX_FILE_BYTES, MAX_FILES, Note};
use crate::change::{Change, Content, Edit, Hunk};
use crate::path::WorkspacePath;

/// A file before and after.
#[derive(Clone, Debug)]
pub(super) struct PlannedFile {
    pub(super) path: WorkspacePath,
    pub(super) before: Option<Content>,
    pub(super) after: Option<Content>,
    /// Those of the file that was there, or of the one that was renamed.
    pub(super) permissions: Option<Permissions>,
    /// Whether a new file may be executed.
    pub(super) is_executable: bool,
    /// The line of the reply where it was changed last.
    line: usize,
}

impl PlannedFile {
    pub(super) const fn action(&self) -> Action {
        match (&self.before, &self.after) {
            (None, _) => Action::Create,
            (Some(_), Some(_)) => Action::Modify,
            (Some(_), None) => Action::Delete,
        }
    }
}

/// The files that changes touch.
#[derive(Debug)]
pub(super) struct Overlay {
    root: PathBuf,
    files: BTreeMap<WorkspacePath, PlannedFile>,
    notes: Vec<Note>,
}

impl Overlay {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            files: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    /// Makes a change on top of those before it.
    pub(super) fn make(&mut self, change: &Change) -> Result<(), ApplyProblem> {
        let Change { line, path, edit } = change;
        let line = *line;
        match edit {
            Edit::Create {
                content,
                executable,
            } => {
                let file = self.free(path, line)?;
                file.is_executable = *executable;
                file.write(content.as_str())
            }
            Edit::Write(content) => self.file(path, line)?.rewrite(content.as_str()),
            Edit::Replace(content) => {
                let file = self.file(path, line)?;
                file.text()?;
                file.rewrite(content.as_str())
            }
            Edit::Append(content) => {
                let file = self.file(path, line)?;
                let text = patch::appended(file.text()?, content.as_str());
                file.write(&text)
            }
            Edit::Substitute { find, replace } => {
                let file = self.file(path, line)?;
                let text = patch::substituted(file.text()?, find.as_str(), replace.as_str())?;
                file.write(&text)
            }
            Edit::Patch(hunks) => {
                let file = self.file(path, line)?;
                let (text, moved) = patch::patched(file.text()?, hunks)?;
                file.write(&text)?;
                self.note(path, &moved);
                Ok(())
            }
            Edit::Delete(hunks) => self.delete(path, hunks, line),
            Edit::Rename { from, hunks } => self.rename(from, path, hunks, line),
        }
    }

    fn delete(
        &mut self,
        path: &WorkspacePath,
        hunks: &[Hunk],
        line: usize,
    ) -> Result<(), ApplyProblem> {
        let file = self.file(path, line)?;
        let text = file.text()?;
        if !hunks.is_empty() {
            let (rest, _) = patch::patched(text, hunks)?;
            if !rest.is_empty() {
                return Err(Conflict::NotAll.into());
            }
        }
        file.after = None;
        Ok(())
    }

    fn rename(
        &mut self,
        from: &WorkspacePath,
        to: &WorkspacePath,
        hunks: &[Hunk],
        line: usize,
    ) -> Result<(), ApplyProblem> {
        let before = self.file(from, line)?;
        let (text, moved) = patch::patched(before.text()?, hunks)?;
        let permissions = before.permissions.clone();
        let is_executable = before.is_executable;
        before.after = None;
        let after = self.free(to, line)?;
        after.permissions = permissions;
        after.is_executable = is_executable;
        after.write(&text)?;
        self.note(to, &moved);
        Ok(())
    }

    /// The file at `path` as the changes before left it, there or not.
    fn file(
        &mut self,
        path: &WorkspacePath,
        line: usize,
    ) -> Result<&mut PlannedFile, ApplyProblem> {
        if !self.files.contains_key(path) {
            if self.files.len() == MAX_FILES {
                return Err(ApplyProblem::TooManyFiles);
            }
            let file = planned(path, disk::look(&self.root, path)?);
            self.files.insert(path.clone(), file);
        }
        let file = self.files.get_mut(path).expect("put there if it was not");
        file.line = line;
        Ok(file)
    }

    /// The place of a file that must not be there.
    fn free(
        &mut self,
        path: &WorkspacePath,
        line: usize,
    ) -> Result<&mut PlannedFile, ApplyProblem> {
        let file = self.file(path, line)?;
        match file.after {
            Some(_) => Err(ApplyProblem::Exists),
            None => Ok(file),
        }
    }

    fn note(&mut self, path: &WorkspacePath, moved: &[Moved]) {
        self.notes.extend(moved.iter().map(|moved| Note {
            path: path.clone(),
            line: moved.hunk,
            stated: moved.stated,
            found: moved.found,
        }));
    }

    /// The files that differ, once they are seen to fit together.
    pub(super) fn finish(self) -> Result<(Vec<PlannedFile>, Vec<Note>), ApplyError> {
        let differs = |file: &PlannedFile| file.before != file.after;
        let files: Vec<PlannedFile> = self.files.into_values().filter(differs).collect();
        check_names(&files)?;
        Ok((files, self.notes))
    }
}

fn planned(path: &WorkspacePath, found: Option<disk::FileOnDisk>) -> PlannedFile {
    let (text, permissions) = found.map(|file| (file.text, file.permissions)).unzip();
    PlannedFile {
        path: path.clone(),
        before: text.clone(),
        after: text,
        permissions,
        is_executable: false,
        line: 0,
    }
}

impl PlannedFile {
    fn text(&self) -> Result<&str, ApplyProblem> {
        let text = self.after.as_ref().ok_or(ApplyProblem::Missing)?;
        Ok(text.as_str())
    }

    /// Gives the file a text of its own, and leaves it its line ends.
    fn rewrite(&mut self, text: &str) -> Result<(), ApplyProblem> {
        let ends = LineEnds::of(self.after.as_ref().map_or("", Content::as_str));
        self.write(&ends.given_to(text))
    }

    fn write(&mut self, text: &str) -> Result<(), ApplyProblem> {
        let n_bytes = text.len() as u64;
        if n_bytes > MAX_FILE_BYTES {
            return Err(ApplyProblem::TooLarge { n_bytes });
        }
        self.after = Some(text.into());
        Ok(())
    }
}

/// Sees that the files which will be there can stand side by side: none is also a folder, and no two
/// names differ in case alone. Against what is on the disk, each was checked when it was looked up.
fn check_names(files: &[PlannedFile]) -> Result<(), ApplyError> {
    let mut known: HashMap<String, (&str, bool)> = HashMap::new();
    for file in files.iter().filter(|file| file.after.is_some()) {
        let folders = file.path.folders().map(|folder| (folder, true));
        for (name, is_folder) in folders.chain([(file.path.as_str(), false)]) {
            let (other, was_folder) = *known
                .entry(name.to_lowercase())
                .or_insert((name, is_folder));
            let problem = if other != name {
                ApplyProblem::CaseCollision {
                    with: other.to_owned(),
                }
            } else if was_folder != is_folder {
                ApplyProblem::NotAFolder {
                    at: name.to_owned(),
                }
            } else {
                continue;
            };
            return Err(ApplyError::Change {
                path: file.path.clone(),
                line: file.line,
                problem,
            });
        }
    }
    Ok(())
}
