//! The packages of the workspace and what each depends on.
//!
//! Manifests are read as plain TOML, not through `cargo metadata`: a bad arrow should be named
//! even when it keeps cargo from resolving the workspace.

use anyhow::Context;
use toml::{Table, Value};

use super::tree::Tree;

const DEPENDENCY_TABLES: [&str; 3] = [NORMAL, "dev-dependencies", "build-dependencies"];
const NORMAL: &str = "dependencies";

/// One package of ours.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: String,
    /// Relative to the workspace root, such as `crates/autopack-core`.
    pub(super) folder: String,
    pub(super) dependencies: Vec<Dependency>,
    pub(super) inherits_lints: bool,
}

/// One line in a dependency table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dependency {
    /// The package's real name, whatever the dependent calls it.
    pub(super) name: String,
    /// The table it stands in, such as `dev-dependencies`.
    pub(super) table: &'static str,
}

impl Package {
    /// Whether it is part of the house; benches and chores stand beside it.
    pub(super) fn is_crate(&self) -> bool {
        self.folder.starts_with("crates/")
    }

    pub(super) fn path(&self, file: &str) -> String {
        format!("{}/{file}", self.folder)
    }
}

impl Dependency {
    pub(super) fn is_normal(&self) -> bool {
        self.table == NORMAL
    }
}

/// Every member of the workspace, in the order of their folders.
pub(super) fn read(tree: &Tree) -> anyhow::Result<Vec<Package>> {
    let root = tree
        .toml("Cargo.toml")?
        .context("there is no `Cargo.toml`")?;
    let shared = table(&root, "workspace").and_then(|workspace| table(workspace, NORMAL));
    let mut packages = Vec::new();
    for (path, _) in tree.iter() {
        if let Some(folder) = path
            .strip_suffix("/Cargo.toml")
            .filter(|folder| is_member(folder))
        {
            let manifest = tree.toml(path)?.unwrap_or_default();
            packages.push(package(folder, &manifest, shared)?);
        }
    }
    Ok(packages)
}

/// A deeper manifest is a test's material, not one of ours.
fn is_member(folder: &str) -> bool {
    !folder
        .strip_prefix("crates/")
        .unwrap_or(folder)
        .contains('/')
}

fn package(folder: &str, manifest: &Table, shared: Option<&Table>) -> anyhow::Result<Package> {
    let name = table(manifest, "package")
        .and_then(|package| package.get("name")?.as_str())
        .with_context(|| format!("`{folder}/Cargo.toml` names no package"))?;
    let lints = table(manifest, "lints").and_then(|lints| lints.get("workspace"));
    let targets = table(manifest, "target")
        .into_iter()
        .flat_map(Table::values);
    let sections = std::iter::once(manifest).chain(targets.filter_map(Value::as_table));
    Ok(Package {
        name: name.to_owned(),
        folder: folder.to_owned(),
        dependencies: sections
            .flat_map(|section| dependencies(section, shared))
            .collect(),
        inherits_lints: lints.and_then(Value::as_bool) == Some(true),
    })
}

fn dependencies(section: &Table, shared: Option<&Table>) -> Vec<Dependency> {
    let mut found = Vec::new();
    for name in DEPENDENCY_TABLES {
        for (key, value) in table(section, name).into_iter().flatten() {
            let shared = shared.and_then(|shared| shared.get(key));
            let real = renamed(value).or_else(|| renamed(shared?)).unwrap_or(key);
            found.push(Dependency {
                name: real.to_owned(),
                table: name,
            });
        }
    }
    found
}

fn renamed(dependency: &Value) -> Option<&str> {
    dependency.get("package")?.as_str()
}

fn table<'a>(parent: &'a Table, key: &str) -> Option<&'a Table> {
    parent.get(key)?.as_table()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_dependency_is_found_under_its_real_name() {
        let tree = Tree::of(&[
            (
                "Cargo.toml",
                "[workspace.dependencies]\nours = { path = \"x\", package = \"autopack-core\" }",
            ),
            (
                "crates/a/Cargo.toml",
                r#"
                [package]
                name = "a"
                [dependencies]
                serde = "1"
                ours = { workspace = true }
                [dev-dependencies]
                alias = { path = "x", package = "autopack-wire" }
                [build-dependencies]
                cc = "1"
                [target.'cfg(unix)'.dev-dependencies]
                libc = "1"
                "#,
            ),
        ]);
        let packages = read(&tree).unwrap();
        let found: Vec<(&str, &str)> = packages[0]
            .dependencies
            .iter()
            .map(|dependency| (dependency.name.as_str(), dependency.table))
            .collect();
        assert_eq!(
            found,
            [
                ("serde", "dependencies"),
                ("autopack-core", "dependencies"),
                ("autopack-wire", "dev-dependencies"),
                ("cc", "build-dependencies"),
                ("libc", "dev-dependencies"),
            ]
        );
    }

    #[test]
    fn members_are_the_crates_and_the_folders_beside_them() {
        let paths = [
            "bench",
            "crates/a",
            "crates/a/tests/data",
            "xtask",
            "web/crates/a",
        ];
        let files = paths.map(|folder| (format!("{folder}/Cargo.toml"), "[package]\nname = \"a\""));
        let mut files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (path.as_str(), *text))
            .collect();
        files.push(("Cargo.toml", ""));
        let packages = read(&Tree::of(&files)).unwrap();
        let found: Vec<(&str, bool)> = packages
            .iter()
            .map(|package| (package.folder.as_str(), package.is_crate()))
            .collect();
        assert_eq!(
            found,
            [("bench", false), ("crates/a", true), ("xtask", false)]
        );
    }

    #[test]
    fn a_manifest_without_a_package_is_an_error() {
        let tree = Tree::of(&[
            ("Cargo.toml", ""),
            ("crates/a/Cargo.toml", "[dependencies]"),
        ]);
        let error = read(&tree).unwrap_err();
        assert_eq!(error.to_string(), "`crates/a/Cargo.toml` names no package");
    }
}
