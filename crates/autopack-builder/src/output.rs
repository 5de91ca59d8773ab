//! Where replies are kept: one file for each phase and upstream, written whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use autopack_core::UpstreamName;

/// The rows that the database refused, one JSON object a line.
const UNRECORDED: &str = "unrecorded-telemetry.ndjson";

/// A directory for replies.
#[derive(Clone, Debug)]
pub struct OutputDir {
    root: PathBuf,
}

/// How much is written to see that there is room, in bytes: a reply of 4096 tokens, the smallest
/// budget of the default policy.
const PROBE_BYTES: usize = 16 * 1024;

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{}` ({reason}): {}", path.display(), way_out(*kind))]
pub struct OutputError {
    path: PathBuf,
    kind: io::ErrorKind,
    reason: String,
}

impl OutputError {
    fn new(path: &Path, error: &io::Error) -> Self {
        let kind = error.kind();
        Self {
            path: path.to_owned(),
            kind,
            // An error that is not the system's own is that of a temporary file, and names it.
            reason: match error.raw_os_error() {
                Some(_) => error.to_string(),
                None => kind.to_string(),
            },
        }
    }

    /// Whether no other file can be written there either.
    #[must_use]
    pub const fn is_lasting(&self) -> bool {
        matches!(
            self.kind,
            io::ErrorKind::StorageFull
                | io::ErrorKind::QuotaExceeded
                | io::ErrorKind::ReadOnlyFilesystem
        )
    }
}

const fn way_out(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space and run it again"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "choose a directory you may write to with --out"
        }
        _ => "choose another directory with --out",
    }
}

impl OutputDir {
    /// The directory at `root`, created where it is missing, and seen to have room for a reply.
    ///
    /// # Errors
    /// [`OutputError`] where no file can be made in it.
    pub fn open(root: &Path) -> Result<Self, OutputError> {
        let probe = || {
            fs::create_dir_all(root)?;
            tempfile::tempfile_in(root)?.write_all(&[0; PROBE_BYTES])
        };
        probe().map_err(|error| OutputError::new(root, &error))?;
        Ok(Self {
            root: root.to_owned(),
        })
    }

    /// Keeps the text of a reply, in place of an earlier one of the same phase and upstream.
    ///
    /// # Errors
    /// [`OutputError`] where it could not be written whole; an earlier file is untouched then.
    pub fn keep(
        &self,
        upstream: &UpstreamName,
        phase_id: &str,
        text: &str,
    ) -> Result<PathBuf, OutputError> {
        let path = self
            .root
            .join(upstream.as_str())
            .join(format!("{phase_id}.md"));
        match write_whole(&path, text) {
            Ok(()) => Ok(path),
            Err(error) => Err(OutputError::new(&path, &error)),
        }
    }

    /// Appends a row that the database refused, so that it is not lost.
    ///
    /// # Errors
    /// [`OutputError`] where that fails too.
    pub fn keep_unrecorded(&self, row: &str) -> Result<PathBuf, OutputError> {
        let path = self.root.join(UNRECORDED);
        let append = || {
            let mut file = fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(&path)?;
            file.write_all(format!("{row}\n").as_bytes())
        };
        match append() {
            Ok(()) => Ok(path),
            Err(error) => Err(OutputError::new(&path, &error)),
        }
    }
}

/// Writes beside the place and moves it there, so that nobody sees half a file.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.as_file_mut().write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use autopack_core::Provider;

    use super::*;

    #[test]
    fn a_reply_replaces_an_earlier_one_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let output = OutputDir::open(&folder.path().join("a/b")).expect("created");
        output
            .keep(&Provider::OpenAi.into(), "p1", "first, long")
            .expect("kept");
        let path = output
            .keep(&Provider::OpenAi.into(), "p1", "second")
            .expect("kept");
        assert_eq!(fs::read_to_string(path).expect("there"), "second");
    }

    #[test]
    fn a_file_in_the_way_is_told() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let error = OutputDir::open(file.path())
            .expect_err("a file")
            .to_string();
        assert!(error.starts_with("cannot write `"), "{error}");
        assert!(
            error.ends_with("choose another directory with --out"),
            "{error}"
        );
    }
}
