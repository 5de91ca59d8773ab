//! Words that must not reach the repository: unfinished work, and one machine's own paths.
//!
//! The words are put together from halves, so that this file does not contain them.

use super::tree::{Tree, is_rust};

const UNFINISHED: [&str; 4] = [
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];

const PERSONAL: [&str; 4] = [
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree.iter() {
        for (at, line) in (1..).zip(text.lines()) {
            if is_rust(path) {
                findings.extend(unfinished(line).map(|word| {
                    format!(
                        "`{path}:{at}` contains `{word}`: finish the work, or say in a plain \
                         comment why it can stay as it is"
                    )
                }));
            }
            findings.extend(personal(line).map(|word| {
                format!(
                    "`{path}:{at}` contains a path below `{word}`, which is one machine's own: \
                     write it relative to the workspace root"
                )
            }));
        }
    }
    findings
}

fn unfinished(line: &str) -> impl Iterator<Item = &'static str> {
    UNFINISHED.into_iter().filter(|word| line.contains(word))
}

fn personal(line: &str) -> impl Iterator<Item = &'static str> {
    PERSONAL.into_iter().filter(|word| {
        line.match_indices(word)
            .any(|(start, _)| is_absolute_after(&line[..start]))
    })
}

/// Whether a `/` after this text begins a path; in `example.com/…` or `$DIR/…` it goes on with
/// one.
fn is_absolute_after(before: &str) -> bool {
    !before.ends_with(|last: char| last.is_alphanumeric() || "._-~*})".contains(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        check(&Tree::of(&[(path, text)]))
    }

    #[test]
    fn unfinished_work_is_found_with_its_line() {
        for word in UNFINISHED {
            let found = findings(
                "crates/a/src/lib.rs",
                &format!("//! A.\n\nfn a() {{ {word}) }}"),
            );
            assert_eq!(found.len(), 1, "{word}");
            assert!(found[0].starts_with(&format!("`crates/a/src/lib.rs:3` contains `{word}`")));
        }
    }

    #[test]
    fn unfinished_work_may_be_spoken_of_outside_the_code() {
        assert_eq!(findings("docs/style.md", UNFINISHED[2]), [""; 0]);
    }

    #[test]
    fn a_path_of_one_machine_is_found_in_any_file() {
        for word in PERSONAL {
            for text in [
                format!("{word}a"),
                format!("cd {word}a"),
                format!("file://{word}a"),
            ] {
                let found = findings("docs/guide.md", &text);
                assert_eq!(found.len(), 1, "{text}");
                assert!(found[0].starts_with("`docs/guide.md:1` contains a path below"));
            }
        }
    }

    #[test]
    fn a_folder_inside_another_path_passes() {
        for word in PERSONAL {
            for before in ["https://example.com", "..", "${DIR}", "**", "src"] {
                assert_eq!(
                    findings("docs/guide.md", &format!("{before}{word}")),
                    [""; 0]
                );
            }
        }
    }
}
