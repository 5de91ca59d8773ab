//! Reads one deliverable: its path, its kind, and what it says is to be done.

use crate::phase::{Category, is_doc_path};

/// What kind of file a deliverable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Code of a server or library, and anything else.
    Backend,
    /// Code of a user interface.
    Frontend,
    /// Tests.
    Test,
    /// Documents.
    Doc,
    /// Settings and migrations.
    Config,
}

const CONFIG_ENDINGS: [&str; 6] = [".yml", ".yaml", ".json", ".toml", ".txt", ".ini"];
const FRONTEND_ENDINGS: [&str; 4] = [".tsx", ".jsx", ".vue", ".svelte"];

impl Kind {
    /// The kind of the file at `path`, first match: document, configuration or migration, test,
    /// frontend (by ending, or by the category of the phase), else backend.
    pub(super) fn of(path: &str, category: &Category) -> Self {
        let mut lowered = path.to_ascii_lowercase();
        if lowered.contains('\\') {
            lowered = lowered.replace('\\', "/");
        }
        let ends = |endings: &[&str]| endings.iter().any(|ending| lowered.ends_with(ending));
        if is_doc_path(path) {
            Self::Doc
        } else if ends(&CONFIG_ENDINGS) || lowered.contains("migration") || in_alembic(&lowered) {
            Self::Config
        } else if is_test(path, &lowered) {
            Self::Test
        } else if ends(&FRONTEND_ENDINGS) || *category == Category::Frontend {
            Self::Frontend
        } else {
            Self::Backend
        }
    }
}

fn in_alembic(lowered: &str) -> bool {
    lowered.contains("alembic/versions")
}

/// Whether a file is a test by its folder or by the usual names of its language.
fn is_test(path: &str, lowered: &str) -> bool {
    if lowered.starts_with("tests/") || lowered.contains("/tests/") {
        return true;
    }
    let name = lowered.rsplit('/').next().unwrap_or(lowered);
    if name.starts_with("test_") || name == "tests.rs" {
        return true;
    }
    let Some((stem, _)) = name.rsplit_once('.') else {
        return false;
    };
    // Python, Go, Rust, Ruby, Elixir and Dart; then JavaScript and TypeScript; then the camel-case
    // names of Java, Kotlin, Scala, C#, PHP and Swift, where the capital tells a word from a part.
    let camel_stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    ["_test", "_tests", "_spec", ".test", ".spec"]
        .iter()
        .any(|ending| stem.ends_with(ending))
        || ["Test", "Tests", "Spec"]
            .iter()
            .any(|ending| camel_stem.ends_with(ending))
}

/// The path in a deliverable's text: the first run of letters, digits, `_ - . /` that ends in a dot
/// and letters or digits; else the text without a leading verb and a trailing parenthesis.
pub(super) fn path(text: &str) -> &str {
    text.split(|c: char| !is_path_char(c))
        .find_map(named_file)
        .unwrap_or_else(|| without_verb(text))
}

fn is_path_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')
}

/// The longest start of `run` that is a name, a dot and an ending.
fn named_file(run: &str) -> Option<&str> {
    let dot = run.rmatch_indices('.').map(|(dot, _)| dot).find(|&dot| {
        dot > 0
            && run
                .as_bytes()
                .get(dot + 1)
                .is_some_and(u8::is_ascii_alphanumeric)
    })?;
    let ending = run[dot + 1..].find(|c: char| !c.is_ascii_alphanumeric());
    Some(ending.map_or(run, |length| &run[..dot + 1 + length]))
}

const LEADING: [&str; 7] = [
    "create ",
    "modify ",
    "update ",
    "add ",
    "new file:",
    "new:",
    "new ",
];

fn without_verb(text: &str) -> &str {
    let text = text.trim();
    let leading = LEADING.iter().find(|verb| {
        text.get(..verb.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(verb))
    });
    let text = leading.map_or(text, |verb| text[verb.len()..].trim_start());
    let parenthesis = text.ends_with(')').then(|| text.rfind('(')).flatten();
    parenthesis.map_or(text, |open| text[..open].trim_end())
}

/// Whether the text says that the file is new.
pub(super) fn says_new(text: &str) -> bool {
    words(text).any(is_new)
}

/// Whether the text says what is done to the file.
pub(super) fn states_action(text: &str) -> bool {
    words(text).any(|word| is_new(word) || is_one_of(word, &["modify", "update"]))
}

fn is_new(word: &str) -> bool {
    is_one_of(word, &["create", "new", "add"])
}

fn is_one_of(word: &str, wanted: &[&str]) -> bool {
    wanted
        .iter()
        .any(|wanted| word.eq_ignore_ascii_case(wanted))
}

/// The words of a text, whole: `address` is not `add`, and neither is `add_user`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
}

/// Whether the text has a dot followed by two or more letters or digits.
pub(super) fn names_file(text: &str) -> bool {
    text.as_bytes()
        .windows(3)
        .any(|three| three[0] == b'.' && three[1..].iter().all(u8::is_ascii_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_in_prose() {
        for (text, expected) in [
            (
                "Modify src/export/test_invoice.py to add router",
                "src/export/test_invoice.py",
            ),
            (
                "src/contest/invoice.py (new file)",
                "src/contest/invoice.py",
            ),
            (
                "New: frontend/src/components/Router.jsx",
                "frontend/src/components/Router.jsx",
            ),
            ("a.tar.gz-old", "a.tar.gz"),
            ("see v1./x then b.rs.", "b.rs"),
            (".env", ".env"),
            ("Create Makefile (build rules)", "Makefile"),
            ("new file: Dockerfile", "Dockerfile"),
            ("a login page", "a login page"),
        ] {
            assert_eq!(path(text), expected, "{text}");
        }
    }

    #[test]
    fn new_is_a_word_not_a_part_of_one() {
        assert!(says_new("Create src/a.rs"));
        assert!(says_new("src/a.rs (NEW)"));
        assert!(!says_new("src/address.py"));
        assert!(!says_new("Modify news/created_at.py"));
        assert!(states_action("update src/a.rs"));
        assert!(!states_action("src/updates.rs"));
    }

    #[test]
    fn kinds_match_in_their_order() {
        for (path, kind) in [
            ("docs/conf.py", Kind::Doc),
            ("README.md", Kind::Doc),
            ("tests/data.json", Kind::Config),
            ("db/migrations/001.sql", Kind::Config),
            ("alembic/versions/001_session.py", Kind::Config),
            ("pkg/tests/upload.rs", Kind::Test),
            ("src/contest/invoice.py", Kind::Backend),
            ("src/test_invoice.py", Kind::Test),
            ("web/App.test.tsx", Kind::Test),
            ("pkg/server_test.go", Kind::Test),
            ("src/main/OrderServiceTest.java", Kind::Test),
            ("src/Latest.vue", Kind::Frontend),
            ("src/latest.go", Kind::Backend),
            ("web/App.tsx", Kind::Frontend),
            ("Makefile", Kind::Backend),
        ] {
            assert_eq!(Kind::of(path, &Category::Backend), kind, "{path}");
        }
        assert_eq!(Kind::of("web/app.ts", &Category::Frontend), Kind::Frontend);
    }

    #[test]
    fn a_file_is_named_by_an_ending_of_two() {
        assert!(names_file("Create a.md"));
        assert!(!names_file("v1.2 of the page"));
        assert!(!names_file("src/"));
    }
}
