//! The URL of a database, in the forms in which the Python Autopack wrote it.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// Where a database is: a SQLite file, or memory.
///
/// | URL | database |
/// |---|---|
/// | `sqlite:///relative.db` | a file, from the current folder |
/// | `sqlite:////absolute.db` | a file, from the root |
/// | `sqlite:///C:/x.db` | a file on a Windows drive |
/// | `sqlite:///:memory:`, `sqlite://` | memory: gone when the store is closed |
///
/// `Display` gives the URL back. It never shows a password, because a URL with one is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseUrl(Location);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Location {
    Memory,
    File(String),
}

const SCHEME: &str = "sqlite";
const MEMORY: &str = ":memory:";

impl DatabaseUrl {
    /// The path of the file; `None` for a database in memory.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Location::Memory => None,
            Location::File(path) => Some(Path::new(path)),
        }
    }

    /// What messages call the database: its path, or `:memory:`.
    pub(crate) fn name(&self) -> &str {
        match &self.0 {
            Location::Memory => MEMORY,
            Location::File(path) => path,
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}:///{}", self.name())
    }
}

/// A text that is no URL of a database this version can open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// Nothing was given.
    #[error("the database URL is empty: write one such as `sqlite:///autopack.db`")]
    Empty,
    /// A path instead of a URL, or two slashes where there should be three.
    #[error("`{found}` is not a database URL: write `{meant}`")]
    NotAUrl {
        /// What was given, without a password.
        found: String,
        /// The URL that was probably meant.
        meant: String,
    },
    /// A server that this version cannot write to.
    #[error(
        "`{scheme}` databases are not supported: this version writes SQLite only, so write a URL such as `sqlite:///autopack.db`"
    )]
    Postgres {
        /// The scheme that was given.
        scheme: String,
    },
    /// Some other kind of database.
    #[error(
        "unknown database scheme `{scheme}`: allowed is `sqlite`, as in `sqlite:///relative.db`, `sqlite:////absolute.db` and `sqlite:///:memory:`"
    )]
    UnknownScheme {
        /// The scheme that was given.
        scheme: String,
    },
    /// `sqlite:///` with nothing behind it.
    #[error(
        "`sqlite:///` names no file: write `sqlite:///autopack.db`, or `sqlite:///:memory:` for memory"
    )]
    NoPath,
    /// Options behind a question mark.
    #[error("`?{options}` is not understood: a database URL has no options, so leave them out")]
    Options {
        /// What stood behind the question mark.
        options: String,
    },
}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        if text.trim().is_empty() {
            return Err(UrlError::Empty);
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(not_a_url(text));
        };
        match scheme {
            SCHEME => {}
            _ if scheme.starts_with("postgres") => {
                let scheme = scheme.to_owned();
                return Err(UrlError::Postgres { scheme });
            }
            _ => {
                let scheme = scheme.to_owned();
                return Err(UrlError::UnknownScheme { scheme });
            }
        }
        if rest.is_empty() {
            return Ok(Self(Location::Memory));
        }
        let path = rest.strip_prefix('/').ok_or_else(|| not_a_url(text))?;
        if let Some((_, options)) = path.split_once('?') {
            let options = options.to_owned();
            return Err(UrlError::Options { options });
        }
        match path {
            "" => Err(UrlError::NoPath),
            MEMORY => Ok(Self(Location::Memory)),
            _ => Ok(Self(Location::File(path.to_owned()))),
        }
    }
}

/// A path, or a URL with too few slashes; what was meant is the same with three.
fn not_a_url(text: &str) -> UrlError {
    let path = text.strip_prefix("sqlite:").unwrap_or(text);
    let path = without_password(path.strip_prefix("//").unwrap_or(path));
    UrlError::NotAUrl {
        found: without_password(text),
        meant: format!("{SCHEME}:///{path}"),
    }
}

/// Hides everything before an `@` that a password could stand in.
fn without_password(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((user, host)) if user.contains(':') => format!("***@{host}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<DatabaseUrl, String> {
        text.parse().map_err(|error: UrlError| error.to_string())
    }

    #[test]
    fn the_forms_of_the_python_autopack_are_understood() {
        for (text, path) in [
            ("sqlite:///relative.db", Some("relative.db")),
            ("sqlite:///a/b.db", Some("a/b.db")),
            ("sqlite:////absolute.db", Some("/absolute.db")),
            ("sqlite:///C:/x.db", Some("C:/x.db")),
            ("sqlite:///with space@and#.db", Some("with space@and#.db")),
            ("sqlite:///:memory:", None),
        ] {
            let url = parsed(text).expect(text);
            assert_eq!(url.path(), path.map(Path::new), "{text}");
            assert_eq!(url.to_string(), text, "shown as it was written");
        }
        let memory = parsed("sqlite://").expect("memory");
        assert_eq!(memory.to_string(), "sqlite:///:memory:");
    }

    #[test]
    fn anything_else_is_refused_with_a_way_out() {
        for (text, part) in [
            ("", "the database URL is empty"),
            ("  ", "the database URL is empty"),
            (
                "foo.db",
                "`foo.db` is not a database URL: write `sqlite:///foo.db`",
            ),
            ("/tmp/foo.db", "write `sqlite:////tmp/foo.db`"),
            ("sqlite:foo.db", "write `sqlite:///foo.db`"),
            ("sqlite://foo.db", "write `sqlite:///foo.db`"),
            ("sqlite:///", "names no file"),
            ("sqlite:///x.db?mode=ro", "`?mode=ro` is not understood"),
            (
                "postgresql://localhost/db",
                "this version writes SQLite only",
            ),
            (
                "postgresql+psycopg2://localhost/db",
                "this version writes SQLite only",
            ),
            (
                "mysql://localhost/db",
                "unknown database scheme `mysql`: allowed is `sqlite`",
            ),
        ] {
            let error = parsed(text).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn no_message_shows_a_password() {
        for text in [
            "postgresql://user:secret@localhost/db",
            "user:secret@localhost/db",
            "sqlite://user:secret@localhost/x.db",
        ] {
            let error = parsed(text).expect_err(text);
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
