//! Arrows between crates go down only.
//!
//! Each crate has a level and may depend on lower levels. Neighbours on a level do not know
//! each other; they meet in a crate above both. Tests count too: a dev-dependency is an arrow.

use super::packages::Package;

/// Who stands where. A new crate gets its line here.
const LEVELS: [(&str, u8); 10] = [
    ("autopack-core", 0),
    ("autopack-stats", 0),
    ("autopack-wire", 1),
    ("autopack-calibrate", 1),
    ("autopack-provider", 2),
    ("autopack-store", 2),
    ("autopack-gateway", 3),
    ("autopack-builder", 3),
    ("autopack-sim", 3),
    ("autopack-cli", 4),
];

pub(super) fn check(packages: &[Package]) -> Vec<String> {
    let mut findings = Vec::new();
    for package in packages.iter().filter(|package| package.is_crate()) {
        match level(&package.name) {
            Some(level) => findings.extend(upward_arrows(package, level)),
            None => findings.push(format!(
                "crate `{}` has no level: give it a level in xtask/src/tidy/arrows.rs",
                package.name
            )),
        }
        findings.extend(arrows_out_of_the_house(package, packages));
    }
    findings
}

fn level(name: &str) -> Option<u8> {
    LEVELS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|&(_, level)| level)
}

fn upward_arrows(package: &Package, from: u8) -> impl Iterator<Item = String> {
    package.dependencies.iter().filter_map(move |dependency| {
        let to = level(&dependency.name)?;
        (to >= from).then(|| {
            format!(
                "`{}` (level {from}) depends on `{}` (level {to}) in `[{}]`: a crate may depend \
                 on lower levels only; move what both need below them, or let them meet in a \
                 crate above",
                package.name, dependency.name, dependency.table
            )
        })
    })
}

/// Benches and chores use the crates, never the other way round.
fn arrows_out_of_the_house(package: &Package, all: &[Package]) -> impl Iterator<Item = String> {
    let is_outside = |name: &str| {
        all.iter()
            .any(|other| other.name == name && !other.is_crate())
    };
    package
        .dependencies
        .iter()
        .filter(move |dependency| is_outside(&dependency.name))
        .map(|dependency| {
            format!(
                "`{}` depends on `{}`, which stands outside crates/: move what it needs into a \
                 crate on a lower level",
                package.name, dependency.name
            )
        })
}

#[cfg(test)]
mod tests {
    use super::super::packages;
    use super::super::tree::Tree;
    use super::*;

    fn findings(manifests: &[(&str, &str, &str)]) -> Vec<String> {
        let mut files = vec![("Cargo.toml".to_owned(), String::new())];
        for (folder, name, rest) in manifests {
            let text = format!("[package]\nname = \"{name}\"\n{rest}");
            files.push((format!("{folder}/Cargo.toml"), text));
        }
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        check(&packages::read(&Tree::of(&files)).unwrap())
    }

    #[test]
    fn downward_arrows_and_strangers_pass() {
        let found = findings(&[
            (
                "crates/autopack-core",
                "autopack-core",
                "[dependencies]\nserde = \"1\"",
            ),
            (
                "crates/autopack-cli",
                "autopack-cli",
                "[dependencies]\nautopack-core = \"1\"",
            ),
            (
                "bench",
                "autopack-bench",
                "[dependencies]\nautopack-cli = \"1\"",
            ),
        ]);
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn an_upward_arrow_is_named_with_both_levels() {
        let rest = "[dev-dependencies]\nautopack-wire = \"1\"";
        let found = findings(&[("crates/autopack-core", "autopack-core", rest)]);
        assert_eq!(
            found,
            [
                "`autopack-core` (level 0) depends on `autopack-wire` (level 1) in \
                 `[dev-dependencies]`: a crate may depend on lower levels only; move what both need \
                 below them, or let them meet in a crate above"
            ]
        );
    }

    #[test]
    fn a_sideways_arrow_for_one_platform_is_found() {
        let rest = "[target.'cfg(unix)'.build-dependencies]\nautopack-store = \"1\"";
        let found = findings(&[("crates/autopack-provider", "autopack-provider", rest)]);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("`autopack-store` (level 2) in `[build-dependencies]`"));
    }

    #[test]
    fn a_crate_without_a_level_is_found() {
        let found = findings(&[("crates/autopack-new", "autopack-new", "")]);
        assert_eq!(
            found,
            ["crate `autopack-new` has no level: give it a level in xtask/src/tidy/arrows.rs"]
        );
    }

    #[test]
    fn nobody_depends_on_what_stands_outside() {
        let rest = "[dev-dependencies]\nxtask = { path = \"../../xtask\" }";
        let found = findings(&[
            ("crates/autopack-cli", "autopack-cli", rest),
            ("xtask", "xtask", ""),
        ]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("`autopack-cli` depends on `xtask`, which stands outside"));
    }
}
