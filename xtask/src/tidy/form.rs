//! Every package has the same form: shared lints, and a header that says what it is for.

use super::packages::Package;
use super::tree::Tree;

const CRATE_ROOTS: [&str; 2] = ["src/lib.rs", "src/main.rs"];

pub(super) fn check(packages: &[Package], tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for package in packages {
        if !package.inherits_lints {
            findings.push(format!(
                "`{}` does not inherit the shared lints: write `[lints]` and `workspace = true`",
                package.path("Cargo.toml")
            ));
        }
        for path in CRATE_ROOTS.map(|file| package.path(file)) {
            if tree
                .get(&path)
                .is_some_and(|text| !text.trim_start().starts_with("//!"))
            {
                findings.push(format!(
                    "`{path}` has no header: begin it with `//!` and what the crate is for"
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::packages;
    use super::*;

    fn findings(manifest: &str, path: &str, source: &str) -> Vec<String> {
        let manifest = format!("[package]\nname = \"a\"\n{manifest}");
        let tree = Tree::of(&[
            ("Cargo.toml", ""),
            ("crates/a/Cargo.toml", &manifest),
            (path, source),
        ]);
        check(&packages::read(&tree).unwrap(), &tree)
    }

    #[test]
    fn shared_lints_and_a_header_pass() {
        let lints = "[lints]\nworkspace = true";
        assert_eq!(
            findings(lints, "crates/a/src/lib.rs", "//! What it is for.\n"),
            [""; 0]
        );
    }

    #[test]
    fn lints_of_its_own_are_found() {
        for manifest in [
            "",
            "[lints]\nworkspace = false",
            "[lints.rust]\nmissing_docs = \"warn\"",
        ] {
            let found = findings(manifest, "crates/a/src/lib.rs", "//! What it is for.\n");
            assert_eq!(
                found,
                [
                    "`crates/a/Cargo.toml` does not inherit the shared lints: write `[lints]` and \
                     `workspace = true`"
                ],
                "{manifest}"
            );
        }
    }

    #[test]
    fn a_missing_header_is_found() {
        let lints = "[lints]\nworkspace = true";
        for source in ["", "// A comment.\n", "use std::fmt;\n//! Late.\n"] {
            let found = findings(lints, "crates/a/src/main.rs", source);
            assert_eq!(
                found,
                [
                    "`crates/a/src/main.rs` has no header: begin it with `//!` and what the crate \
                     is for"
                ],
                "{source}"
            );
        }
    }
}
