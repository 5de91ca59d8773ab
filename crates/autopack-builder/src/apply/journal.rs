//! Writes planned files, all or none: the new texts and the old files lie in a folder of their own
//! beside them, and every step is written down so that it can be taken back.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::disk;
use super::overlay::PlannedFile;
use crate::path::WorkspacePath;

/// How the folder begins that holds new texts and old files while they are exchanged. It lies in the
/// workspace, since a file can be moved in one step within a file system only.
const STAGE_PREFIX: &str = ".autopack-";

/// Why changes were not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A file is not what it was in the dry run.
    #[error("`{path}` was changed since the dry run, and nothing was written: plan it again")]
    Changed {
        /// The file.
        path: WorkspacePath,
    },
    /// A file could not be written; those before it were put back.
    #[error(
        "cannot write `{path}` ({source}), and every file is as before: see to the space and the \
         permissions there"
    )]
    PutBack {
        /// The file, or the workspace where it is not about one.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be written, and not all of those before it could be put back.
    #[error(
        "cannot write `{path}` ({source}), and not every file could be put back: the originals are \
         in `{}`", kept.display()
    )]
    Stuck {
        /// The file that could not be written or put back.
        path: String,
        /// What the system said.
        source: io::Error,
        /// Where the originals are.
        kept: PathBuf,
    },
}

/// Changes that were written, and can be undone while this is kept.
#[derive(Debug)]
pub struct Applied {
    paths: Vec<WorkspacePath>,
    journal: Journal,
}

impl Applied {
    /// The files that were made, changed or deleted.
    #[must_use]
    pub fn paths(&self) -> &[WorkspacePath] {
        &self.paths
    }

    /// Puts every file back as it was before.
    ///
    /// # Errors
    /// [`WriteError::Stuck`] where one could not be put back.
    pub fn undo(self) -> Result<(), WriteError> {
        self.journal.take_back().map_err(Stuck::into_error)
    }
}

/// Writes `files` below `root`, if the disk still has what they were planned on.
pub(super) fn apply(root: &Path, files: &[PlannedFile]) -> Result<Applied, WriteError> {
    if let Some(file) = files.iter().find(|file| !is_as_planned(root, file)) {
        return Err(WriteError::Changed {
            path: file.path.clone(),
        });
    }
    write(root, files)
}

fn write(root: &Path, files: &[PlannedFile]) -> Result<Applied, WriteError> {
    let mut journal = Journal::open(root).map_err(|source| WriteError::PutBack {
        path: root.display().to_string(),
        source,
    })?;
    let failed = files.iter().enumerate().find_map(|(number, file)| {
        let error = journal.stage(number, file).err()?;
        Some((file, error))
    });
    let failed = failed.or_else(|| {
        files.iter().enumerate().find_map(|(number, file)| {
            let error = journal.exchange(number, file).err()?;
            Some((file, error))
        })
    });
    let Some((file, source)) = failed else {
        let paths = files.iter().map(|file| file.path.clone()).collect();
        return Ok(Applied { paths, journal });
    };
    match journal.take_back() {
        Ok(()) => Err(WriteError::PutBack {
            path: file.path.to_string(),
            source,
        }),
        Err(stuck) => Err(stuck.into_error()),
    }
}

/// Whether the disk still has what the plan was made on.
fn is_as_planned(root: &Path, file: &PlannedFile) -> bool {
    let found = disk::look(root, &file.path);
    found.is_ok_and(|found| found.map(|found| found.text) == file.before)
}

/// A step that was taken.
#[derive(Debug)]
enum Step {
    /// A folder was made.
    Folder(PathBuf),
    /// A file was put where none was.
    New(PathBuf),
    /// A file was replaced or removed; the original is kept.
    Old { place: PathBuf, original: PathBuf },
}

/// A step that could not be taken back.
#[derive(Debug)]
struct Stuck {
    place: PathBuf,
    source: io::Error,
    kept: PathBuf,
}

impl Stuck {
    fn into_error(self) -> WriteError {
        WriteError::Stuck {
            path: self.place.display().to_string(),
            source: self.source,
            kept: self.kept,
        }
    }
}

/// The steps taken in a workspace, and the folder with what they need.
#[derive(Debug)]
struct Journal {
    root: PathBuf,
    stage: TempDir,
    steps: Vec<Step>,
}

impl Journal {
    fn open(root: &Path) -> io::Result<Self> {
        Ok(Self {
            root: root.to_owned(),
            stage: tempfile::Builder::new()
                .prefix(STAGE_PREFIX)
                .tempdir_in(root)?,
            steps: Vec::new(),
        })
    }

    fn staged(&self, number: usize) -> PathBuf {
        self.stage.path().join(format!("new-{number}"))
    }

    /// Writes the new text of a file beside its place.
    fn stage(&self, number: usize, file: &PlannedFile) -> io::Result<()> {
        let Some(text) = &file.after else {
            return Ok(());
        };
        let mut staged = File::create_new(self.staged(number))?;
        staged.write_all(text.as_str().as_bytes())?;
        match &file.permissions {
            Some(permissions) => staged.set_permissions(permissions.clone()),
            None if file.is_executable => staged.set_permissions(executable(&staged)?),
            None => Ok(()),
        }
    }

    /// Puts the new text, or nothing, in the place of the old.
    fn exchange(&mut self, number: usize, file: &PlannedFile) -> io::Result<()> {
        let place = self.root.join(file.path.as_str());
        self.make_folders(&file.path)?;
        let original = self.stage.path().join(format!("old-{number}"));
        match (&file.before, &file.after) {
            (None, None) => {}
            (None, Some(_)) => {
                fs::rename(self.staged(number), &place)?;
                self.steps.push(Step::New(place));
            }
            (Some(_), None) => {
                fs::rename(&place, &original)?;
                self.steps.push(Step::Old { place, original });
            }
            (Some(_), Some(_)) => {
                keep(&place, &original)?;
                fs::rename(self.staged(number), &place)?;
                self.steps.push(Step::Old { place, original });
            }
        }
        Ok(())
    }

    fn make_folders(&mut self, path: &WorkspacePath) -> io::Result<()> {
        for folder in path.folders() {
            let folder = self.root.join(folder);
            match fs::create_dir(&folder) {
                Ok(()) => self.steps.push(Step::Folder(folder)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes every step back, the last first. Where one cannot be, the others still are, and the
    /// originals stay.
    fn take_back(self) -> Result<(), Stuck> {
        let mut first = None;
        for step in self.steps.into_iter().rev() {
            let (place, taken) = match step {
                // A folder that somebody has put something in meanwhile stays.
                Step::Folder(place) => {
                    let _ = fs::remove_dir(&place);
                    continue;
                }
                Step::New(place) => {
                    let taken = fs::remove_file(&place);
                    (place, taken)
                }
                Step::Old { place, original } => {
                    let taken = fs::rename(original, &place);
                    (place, taken)
                }
            };
            first = first.or(taken.err().map(|source| (place, source)));
        }
        let Some((place, source)) = first else {
            return Ok(());
        };
        Err(Stuck {
            place,
            source,
            kept: self.stage.keep(),
        })
    }
}

/// Keeps the file at `place` under a second name: the file itself, or a copy where the file system has
/// no second names.
fn keep(place: &Path, original: &Path) -> io::Result<()> {
    fs::hard_link(place, original).or_else(|_| fs::copy(place, original).map(drop))
}

/// Permissions that let whoever may read a file execute it.
#[cfg(unix)]
fn executable(file: &File) -> io::Result<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata()?.permissions().mode();
    Ok(Permissions::from_mode(mode | (mode & 0o444) >> 2))
}

/// Elsewhere a file's name says whether it can be executed.
#[cfg(not(unix))]
fn executable(file: &File) -> io::Result<Permissions> {
    Ok(file.metadata()?.permissions())
}

#[cfg(test)]
mod tests;
