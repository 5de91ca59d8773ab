//! A directory as a workspace: files are looked up below it, never beside or above it.

use std::borrow::Cow;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use autopack_core::{Found, Workspace};

/// The largest file whose text is looked at, in bytes. Source files are rarely above a megabyte;
/// a larger one counts as unreadable, of ordinary complexity.
pub const MAX_WORKSPACE_FILE_BYTES: u64 = 8 * 1024 * 1024;

/// A directory in which deliverables may exist.
#[derive(Clone, Debug)]
pub struct DirWorkspace {
    root: PathBuf,
}

/// A directory that can be no workspace.
#[derive(Debug, thiserror::Error)]
#[error("workspace `{}` cannot be used ({reason}): give an existing directory", path.display())]
pub struct WorkspaceError {
    path: PathBuf,
    reason: String,
}

impl DirWorkspace {
    /// The workspace at `root`.
    ///
    /// # Errors
    /// [`WorkspaceError`] where there is no directory.
    pub fn open(root: &Path) -> Result<Self, WorkspaceError> {
        let bad = |reason: String| WorkspaceError {
            path: root.to_owned(),
            reason,
        };
        let root = root
            .canonicalize()
            .map_err(|error| bad(error.to_string()))?;
        if !root.is_dir() {
            return Err(bad("it is no directory".to_owned()));
        }
        Ok(Self { root })
    }

    /// The file behind a deliverable's path, where it lies inside the workspace; links are followed
    /// and must end inside too.
    fn inside(&self, path: &str) -> Option<PathBuf> {
        let path = Path::new(path);
        let plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        if !path.components().all(plain) {
            return None;
        }
        let real = self.root.join(path).canonicalize().ok()?;
        real.starts_with(&self.root).then_some(real)
    }
}

impl Workspace for DirWorkspace {
    fn find(&self, path: &str) -> Found<'_> {
        let Some(file) = self.inside(path) else {
            return Found::Missing;
        };
        match read_text(&file) {
            Some(text) => Found::Text(Cow::Owned(text)),
            None => Found::Unreadable,
        }
    }
}

/// The text of a regular file of moderate size; `None` for a directory, a device, a file that is
/// too large, may not be read, or is not UTF-8.
fn read_text(file: &Path) -> Option<String> {
    let file = std::fs::File::open(file).ok()?;
    let facts = file.metadata().ok()?;
    if !facts.is_file() || facts.len() > MAX_WORKSPACE_FILE_BYTES {
        return None;
    }
    let mut text = String::new();
    file.take(MAX_WORKSPACE_FILE_BYTES)
        .read_to_string(&mut text)
        .ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_inside_are_found_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("work");
        std::fs::create_dir_all(root.join("src")).expect("folders");
        std::fs::write(root.join("src/a.rs"), "fn a() {}\n").expect("a file");
        std::fs::write(root.join("src/b.bin"), [0xff, 0xfe, 0x00]).expect("a file");
        std::fs::write(folder.path().join("secret.txt"), "no").expect("a file");
        #[cfg(unix)]
        std::os::unix::fs::symlink("../secret.txt", root.join("link.txt")).expect("a link");

        let workspace = DirWorkspace::open(&root).expect("a workspace");
        assert_eq!(
            workspace.find("src/a.rs"),
            Found::Text("fn a() {}\n".into())
        );
        assert_eq!(
            workspace.find("./src/a.rs"),
            Found::Text("fn a() {}\n".into())
        );
        assert_eq!(workspace.find("src/b.bin"), Found::Unreadable, "not UTF-8");
        assert_eq!(workspace.find("src"), Found::Unreadable, "a directory");
        for outside in [
            "../secret.txt",
            "/etc/hostname",
            "link.txt",
            "no/such.rs",
            "",
        ] {
            let found = workspace.find(outside);
            assert!(
                found == Found::Missing || outside.is_empty(),
                "{outside}: {found:?}"
            );
        }
    }

    #[test]
    fn a_file_is_no_workspace() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let error = DirWorkspace::open(file.path())
            .expect_err("no directory")
            .to_string();
        assert!(error.contains("it is no directory"), "{error}");
        let error = DirWorkspace::open(Path::new("no/such/folder")).expect_err("missing");
        assert!(
            error.to_string().contains("give an existing directory"),
            "{error}"
        );
    }
}
