//! The house rules that a machine can keep.
//!
//! Every check is a function from the [`Tree`] (or what was read from it) to findings. All
//! reading happens in [`tree`] and all writing in [`run`], so each check can be tested on a
//! tree made of a few strings.
//!
//! A finding is one sentence: what was found, what is allowed, what to do.

mod arrows;
mod form;
mod packages;
mod purity;
mod ratchet;
mod sizes;
mod tree;
mod words;

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::Context;

use ratchet::Ratchet;
use sizes::Sizes;
use tree::Tree;

/// What to do when something on the ratchet's list became smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnShrink {
    /// Say so: the list has to follow.
    Report,
    /// Write the smaller number down.
    Update,
}

/// What was looked at, and what was found.
#[derive(Debug)]
pub(crate) struct Report {
    n_crates: usize,
    n_files: usize,
    n_functions: usize,
    findings: Vec<String>,
}

impl Report {
    pub(crate) fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        let Self {
            n_crates,
            n_files,
            n_functions,
            findings,
        } = self;
        write!(
            f,
            "tidy: {n_crates} crates, {n_files} files, {n_functions} functions: "
        )?;
        match findings.len() {
            0 => write!(f, "ok"),
            1 => write!(f, "1 finding"),
            n => write!(f, "{n} findings"),
        }
    }
}

/// Checks the workspace at `root`.
pub(crate) fn run(root: &Path, on_shrink: OnShrink) -> anyhow::Result<Report> {
    let tree = Tree::load(root)?;
    let sizes = Sizes::measure(&tree);
    let ratchet = load_ratchet(root, &sizes, on_shrink)?;
    check(&tree, &sizes, &ratchet)
}

fn check(tree: &Tree, sizes: &Sizes, ratchet: &Ratchet) -> anyhow::Result<Report> {
    let packages = packages::read(tree)?;
    let findings = [
        arrows::check(&packages),
        purity::check(&packages, tree)?,
        form::check(&packages, tree),
        words::check(tree),
        sizes.unreadable.clone(),
        ratchet.check(sizes),
    ];
    Ok(Report {
        n_crates: packages.iter().filter(|package| package.is_crate()).count(),
        n_files: sizes.files.len(),
        n_functions: sizes.functions.len(),
        findings: findings.concat(),
    })
}

fn load_ratchet(root: &Path, sizes: &Sizes, on_shrink: OnShrink) -> anyhow::Result<Ratchet> {
    let path = root.join(ratchet::PATH);
    let text = fs::read_to_string(&path).with_context(|| format!("read `{}`", ratchet::PATH))?;
    let listed = Ratchet::parse(&text).with_context(|| format!("parse `{}`", ratchet::PATH))?;
    // What cannot be measured is not gone, so nothing is written down until everything can.
    if on_shrink == OnShrink::Report || !sizes.unreadable.is_empty() {
        return Ok(listed);
    }
    let lowered = listed.lowered(sizes);
    fs::write(&path, lowered.render()?).with_context(|| format!("write `{}`", ratchet::PATH))?;
    Ok(lowered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_house_is_clean_and_counted() {
        let tree = Tree::of(&[
            ("Cargo.toml", "[workspace]"),
            ("clippy.toml", ""),
            (
                "crates/autopack-cli/Cargo.toml",
                "[package]\nname = \"autopack-cli\"\n[lints]\nworkspace = true",
            ),
            (
                "crates/autopack-cli/src/main.rs",
                "//! The command.\nfn main() {}\n",
            ),
        ]);
        let report = check(&tree, &Sizes::measure(&tree), &Ratchet::default()).unwrap();
        assert_eq!(
            report.to_string(),
            "tidy: 1 crates, 1 files, 1 functions: ok"
        );
        assert!(report.is_clean());
    }

    #[test]
    fn every_check_has_its_say() {
        let long = format!("//! Long.\nfn main() {{{}}}", "\n".repeat(400));
        let tree = Tree::of(&[
            ("Cargo.toml", "[workspace]"),
            (
                "crates/autopack-core/Cargo.toml",
                "[package]\nname = \"autopack-core\"\n[dependencies]\nautopack-cli.workspace = true",
            ),
            (
                "crates/autopack-core/src/lib.rs",
                concat!("//! Core.\n// FIX", "ME\n"),
            ),
            ("crates/autopack-core/src/long.rs", &long),
            ("crates/autopack-core/src/odd.rs", "fn {"),
        ]);
        let report = check(&tree, &Sizes::measure(&tree), &Ratchet::default()).unwrap();
        let text = report.to_string();
        for part in [
            "(level 4)",
            "clippy.toml",
            "[lints]",
            "finish the work",
            "does not parse",
            "limit is",
        ] {
            assert!(text.contains(part), "no finding with `{part}` in:\n{text}");
        }
        assert!(!report.is_clean());
    }
}
