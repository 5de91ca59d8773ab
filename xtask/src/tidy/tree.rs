//! The text files of the workspace, read once.
//!
//! Which files: those git would commit, so that build output and local databases stay out.
//! Without git (a source archive, say) every file outside `target` and `.git`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use toml::Table;

/// Text by path; paths are relative to the workspace root, with `/` between folders.
#[derive(Debug, Default)]
pub(super) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    pub(super) fn load(root: &Path) -> anyhow::Result<Self> {
        let paths = match paths_from_git(root) {
            Some(paths) => paths,
            None => paths_from_walk(root)?,
        };
        let mut files = BTreeMap::new();
        for path in paths {
            let full = root.join(&path);
            if !is_plain_file(&full) {
                continue;
            }
            let bytes = fs::read(&full).with_context(|| format!("read `{path}`"))?;
            if let Ok(text) = String::from_utf8(bytes)
                && !text.contains('\0')
            {
                files.insert(path, text);
            }
        }
        Ok(Self { files })
    }

    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let owned = files
            .iter()
            .map(|&(path, text)| (path.to_owned(), text.to_owned()));
        Self {
            files: owned.collect(),
        }
    }

    pub(super) fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The file read as TOML, `None` when there is none.
    pub(super) fn toml(&self, path: &str) -> anyhow::Result<Option<Table>> {
        let table = self.get(path).map(str::parse).transpose();
        table.with_context(|| format!("parse `{path}`"))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    pub(super) fn rust_files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter(|(path, _)| is_rust(path))
    }
}

pub(super) fn is_rust(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "rs")
}

/// A deleted file stays in git's index until the deletion is staged; a link has no text of its
/// own.
fn is_plain_file(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| found.is_file())
}

/// `None` when there is no git, or no repository of ours.
fn paths_from_git(root: &Path) -> Option<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others"])
        .arg("--exclude-standard")
        .current_dir(root)
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    let names = String::from_utf8(output.stdout).ok()?;
    let paths: Vec<String> = names.split_terminator('\0').map(str::to_owned).collect();
    // A copy inside a stranger's repository is not in its list.
    paths
        .iter()
        .any(|path| path == "Cargo.toml")
        .then_some(paths)
}

fn paths_from_walk(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut paths = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(root.join(&folder))
            .with_context(|| format!("list `{}`", folder.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("list `{}`", folder.display()))?;
            let path = folder.join(entry.file_name());
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if !is_folder {
                paths.push(path.to_string_lossy().replace('\\', "/"));
            } else if entry.file_name() != ".git" && entry.file_name() != "target" {
                folders.push(path);
            }
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_finds_text_and_leaves_build_output_and_binaries_alone() {
        let root = tempfile::tempdir().unwrap();
        for (path, bytes) in [
            ("Cargo.toml", &b"[workspace]"[..]),
            ("crates/a/src/lib.rs", b"//! A."),
            ("logo.png", b"\x89PNG"),
            ("table.bin", b"text\0"),
            ("target/debug/build.rs", b"fn main() {}"),
            (".git/config", b"[core]"),
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let tree = Tree::load(root.path()).unwrap();
        let paths: Vec<&str> = tree.iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["Cargo.toml", "crates/a/src/lib.rs"]);
        assert_eq!(tree.get("crates/a/src/lib.rs"), Some("//! A."));
    }
}
