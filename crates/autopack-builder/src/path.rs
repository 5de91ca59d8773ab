//! The path of a file in a workspace, as replies, plans and templates name it.
//!
//! Checked once, where it is read: relative, with `/`, below the workspace, spelt the same on every
//! platform. Whether a link lies on the way is the file system's to say, and asked there.

use std::fmt;

/// The longest path, in bytes: where macOS ends (`PATH_MAX`), the least of the platforms we build for.
pub const MAX_PATH_BYTES: usize = 1024;

/// The longest name of a file or folder, in bytes: where the common file systems end.
const MAX_NAME_BYTES: usize = 255;

/// The folder of git, and its short name on FAT: whoever writes there decides what git runs.
const GIT_NAMES: [&str; 2] = [".git", "git~1"];

/// A path below a workspace: names joined by `/`, none of them `.`, `..` or git's own folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkspacePath(String);

/// A path that no file of a workspace may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// There is nothing.
    #[error("the path is empty: name a file")]
    Empty,
    /// It starts at the root of a file system.
    #[error("the path is absolute: write it relative to the workspace")]
    Absolute,
    /// It has a `..`.
    #[error("the path has a `..`: stay below the workspace")]
    Parent,
    /// It leads into git's own folder.
    #[error("the path leads into `.git`: allowed is any other folder")]
    Git,
    /// It ends with a `/`, or has two in a row.
    #[error("the path has an empty name: write `/` between names only")]
    EmptyName,
    /// Something in it does not mean the same on every platform.
    #[error(
        "the path has a character or an ending that platforms read differently: allowed are names \
         without `\\`, `:` and invisible characters that end with neither `.` nor a blank"
    )]
    NotPortable,
    /// It is too long.
    #[error(
        "the path is too long: allowed are {MAX_PATH_BYTES} bytes, {MAX_NAME_BYTES} for each name"
    )]
    TooLong,
}

impl WorkspacePath {
    /// The path in `text`; a `./` before it is dropped.
    ///
    /// # Errors
    /// [`PathError`] where no file of a workspace may be called that.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let text = text.strip_prefix("./").unwrap_or(text);
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        if text.starts_with('/') {
            return Err(PathError::Absolute);
        }
        if text.len() > MAX_PATH_BYTES {
            return Err(PathError::TooLong);
        }
        text.split('/').try_for_each(check_name)?;
        Ok(Self(text.to_owned()))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folders above the file, outermost first: `a`, `a/b` for `a/b/c`.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(at, _)| &self.0[..at])
    }
}

impl fmt::Display for WorkspacePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check_name(name: &str) -> Result<(), PathError> {
    if name.is_empty() {
        Err(PathError::EmptyName)
    } else if name == ".." {
        Err(PathError::Parent)
    } else if GIT_NAMES.iter().any(|git| name.eq_ignore_ascii_case(git)) {
        Err(PathError::Git)
    } else if name.ends_with(['.', ' ']) || name.contains(is_read_differently) {
        Err(PathError::NotPortable)
    } else if name.len() > MAX_NAME_BYTES {
        Err(PathError::TooLong)
    } else {
        Ok(())
    }
}

/// Whether a character separates names somewhere, or is not seen. HFS+ leaves some of the latter out of
/// names, so that `.git` could be spelt with them.
fn is_read_differently(c: char) -> bool {
    c.is_control()
        || matches!(c, '\\' | ':' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_paths_pass() {
        for text in [
            "a",
            "src/a.rs",
            ".github/workflows/ci.yml",
            "docs/ä b.md",
            ".gitignore",
        ] {
            assert_eq!(WorkspacePath::parse(text).expect(text).as_str(), text);
        }
        assert_eq!(
            WorkspacePath::parse("./a/b").expect("a path").as_str(),
            "a/b"
        );
        let path = WorkspacePath::parse("a/b/c").expect("a path");
        assert_eq!(path.folders().collect::<Vec<_>>(), ["a", "a/b"]);
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for (text, expected) in [
            ("", PathError::Empty),
            ("./", PathError::Empty),
            ("/etc/passwd", PathError::Absolute),
            (".//etc", PathError::Absolute),
            ("../a", PathError::Parent),
            ("a/../../b", PathError::Parent),
            ("a/..", PathError::Parent),
            (".git/hooks/pre-commit", PathError::Git),
            ("a/.GIT/config", PathError::Git),
            ("GIT~1/config", PathError::Git),
            ("a//b", PathError::EmptyName),
            ("a/", PathError::EmptyName),
            ("a/./b", PathError::NotPortable),
            ("c:\\a", PathError::NotPortable),
            ("c:a", PathError::NotPortable),
            (".git /config", PathError::NotPortable),
            (".git./config", PathError::NotPortable),
            ("a\nb", PathError::NotPortable),
            ("a\0", PathError::NotPortable),
            (".g\u{200c}it/config", PathError::NotPortable),
        ] {
            assert_eq!(WorkspacePath::parse(text), Err(expected), "{text:?}");
        }
        assert_eq!(
            WorkspacePath::parse(&"a".repeat(256)),
            Err(PathError::TooLong)
        );
        assert_eq!(
            WorkspacePath::parse(&"a/".repeat(600)),
            Err(PathError::TooLong)
        );
    }
}
