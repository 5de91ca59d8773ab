//! The pure crates stay pure: no clock, file, socket, environment, process or random source.
//!
//! Clippy enforces it, per crate, from the crate's own `clippy.toml`. This check makes sure that
//! the file is there and bans everything on the list below, and that nothing impure comes in as
//! a dependency.

use toml::{Table, Value};

use super::packages::Package;
use super::tree::Tree;

const PURE: [&str; 4] = [
    "autopack-core",
    "autopack-stats",
    "autopack-calibrate",
    "autopack-wire",
];

/// Libraries that compute and nothing else.
const PURE_LIBRARIES: [&str; 10] = [
    "crc32fast",
    "libm",
    "memchr",
    "postcard",
    "serde",
    "serde_ignored",
    "serde_json",
    "statrs",
    "thiserror",
    "toml",
];

const METHODS: [&str; 53] = [
    "std::time::SystemTime::now",
    "std::time::SystemTime::elapsed",
    "std::time::Instant::now",
    "std::time::Instant::elapsed",
    "std::env::var",
    "std::env::var_os",
    "std::env::vars",
    "std::env::vars_os",
    "std::env::args",
    "std::env::args_os",
    "std::env::current_dir",
    "std::env::current_exe",
    "std::env::home_dir",
    "std::env::temp_dir",
    "std::fs::read",
    "std::fs::read_to_string",
    "std::fs::write",
    "std::fs::copy",
    "std::fs::rename",
    "std::fs::exists",
    "std::fs::read_dir",
    "std::fs::create_dir",
    "std::fs::create_dir_all",
    "std::fs::remove_file",
    "std::fs::remove_dir",
    "std::fs::remove_dir_all",
    "std::fs::metadata",
    "std::fs::symlink_metadata",
    "std::fs::set_permissions",
    "std::fs::canonicalize",
    "std::fs::hard_link",
    "std::fs::read_link",
    "std::path::Path::exists",
    "std::path::Path::try_exists",
    "std::path::Path::is_file",
    "std::path::Path::is_dir",
    "std::path::Path::is_symlink",
    "std::path::Path::read_dir",
    "std::path::Path::metadata",
    "std::path::Path::symlink_metadata",
    "std::path::Path::canonicalize",
    "std::path::Path::read_link",
    "std::net::ToSocketAddrs::to_socket_addrs",
    "std::process::exit",
    "std::process::abort",
    "std::process::id",
    "std::thread::spawn",
    "std::thread::scope",
    "std::thread::sleep",
    "std::thread::available_parallelism",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
];

const TYPES: [&str; 9] = [
    "std::fs::File",
    "std::fs::OpenOptions",
    "std::fs::DirBuilder",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::UdpSocket",
    "std::process::Command",
    "std::thread::Builder",
    "std::collections::hash_map::RandomState",
];

pub(super) fn check(packages: &[Package], tree: &Tree) -> anyhow::Result<Vec<String>> {
    let shared = tree.toml("clippy.toml")?.unwrap_or_default();
    let mut findings = Vec::new();
    for package in packages
        .iter()
        .filter(|package| PURE.contains(&package.name.as_str()))
    {
        findings.extend(impure_dependencies(package));
        let path = package.path("clippy.toml");
        let Some(settings) = tree.toml(&path)? else {
            findings.push(format!(
                "`{}` is pure and has no `{path}`: copy the one of another pure crate",
                package.name
            ));
            continue;
        };
        findings.extend(missing_bans(
            &path,
            &settings,
            "disallowed-methods",
            &METHODS,
        ));
        findings.extend(missing_bans(&path, &settings, "disallowed-types", &TYPES));
        findings.extend(lost_settings(&path, &settings, &shared));
    }
    Ok(findings)
}

fn impure_dependencies(package: &Package) -> impl Iterator<Item = String> {
    let normal = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.is_normal());
    let names = normal.map(|dependency| dependency.name.as_str());
    names
        .filter(|name| !PURE.contains(name) && !PURE_LIBRARIES.contains(name))
        .map(|name| {
            format!(
                "`{}` is pure and depends on `{name}`: allowed are pure crates and `{}`; \
                 move what needs `{name}` to a crate that may do I/O",
                package.name,
                PURE_LIBRARIES.join("`, `")
            )
        })
}

fn missing_bans(path: &str, settings: &Table, key: &str, bans: &[&str]) -> Vec<String> {
    let listed = settings
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let missing = bans
        .iter()
        .filter(|wanted| !listed.iter().any(|ban| is_ban_of(ban, wanted)));
    missing
        .map(|wanted| {
            format!("`{path}` does not ban `{wanted}`: add it to `{key}`, with a `reason`")
        })
        .collect()
}

fn is_ban_of(ban: &Value, wanted: &str) -> bool {
    let text = |key| ban.get(key).and_then(Value::as_str).unwrap_or_default();
    text("path") == wanted && !text("reason").is_empty()
}

/// Clippy reads the nearest `clippy.toml` only, so a crate with its own loses the root's.
fn lost_settings(path: &str, settings: &Table, shared: &Table) -> Vec<String> {
    let lost = shared
        .iter()
        .filter(|(key, value)| settings.get(*key) != Some(*value));
    lost.map(|(key, value)| {
        format!("`{path}` replaces the root's clippy.toml and lost `{key} = {value}`: repeat it")
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::packages;
    use super::*;

    fn bans(key: &str, paths: &[&str]) -> String {
        let lines = paths
            .iter()
            .map(|path| format!("{{ path = \"{path}\", reason = \"impure\" }},"));
        format!("{key} = [\n{}\n]\n", lines.collect::<Vec<_>>().join("\n"))
    }

    fn settings() -> String {
        bans("disallowed-methods", &METHODS) + &bans("disallowed-types", &TYPES)
    }

    fn findings(name: &str, dependencies: &str, settings: Option<&str>) -> Vec<String> {
        let manifest = format!("[package]\nname = \"{name}\"\n{dependencies}");
        let mut files = vec![
            ("Cargo.toml", ""),
            ("clippy.toml", "too-many-lines-threshold = 70"),
            ("crates/a/Cargo.toml", &manifest),
        ];
        files.extend(settings.map(|text| ("crates/a/clippy.toml", text)));
        let tree = Tree::of(&files);
        check(&packages::read(&tree).unwrap(), &tree).unwrap()
    }

    fn findings_in(settings: &str) -> Vec<String> {
        findings("autopack-core", "", Some(settings))
    }

    #[test]
    fn all_bans_and_pure_dependencies_pass() {
        let text = "too-many-lines-threshold = 70\n".to_owned() + &settings();
        let dependencies = "[dependencies]\nautopack-core = \"1\"\nmemchr = \"2\"\n\
                            [dev-dependencies]\nproptest = \"1\"";
        assert_eq!(
            findings("autopack-wire", dependencies, Some(&text)),
            [""; 0]
        );
    }

    #[test]
    fn a_crate_that_may_do_io_needs_no_bans() {
        assert_eq!(
            findings("autopack-store", "[dependencies]\nsqlx = \"1\"", None),
            [""; 0]
        );
    }

    #[test]
    fn a_missing_file_is_found() {
        assert_eq!(
            findings("autopack-core", "", None),
            [
                "`autopack-core` is pure and has no `crates/a/clippy.toml`: copy the one of another \
                 pure crate"
            ]
        );
    }

    #[test]
    fn every_ban_is_needed_with_its_reason() {
        let all = "too-many-lines-threshold = 70\n".to_owned() + &settings();
        for line in all.lines().filter(|line| line.contains("path")) {
            let unexplained = line.replace("\"impure\"", "\"\"");
            for text in [all.replace(line, ""), all.replace(line, &unexplained)] {
                let found = findings_in(&text);
                assert_eq!(found.len(), 1, "{line}");
                assert!(found[0].contains("does not ban"), "{}", found[0]);
            }
        }
    }

    #[test]
    fn a_ban_on_the_wrong_list_does_not_count() {
        let swapped = bans("disallowed-types", &METHODS) + &bans("disallowed-methods", &TYPES);
        let text = "too-many-lines-threshold = 70\n".to_owned() + &swapped;
        assert_eq!(findings_in(&text).len(), METHODS.len() + TYPES.len());
    }

    #[test]
    fn a_lost_setting_of_the_root_is_found() {
        for text in [
            settings(),
            "too-many-lines-threshold = 90\n".to_owned() + &settings(),
        ] {
            assert_eq!(
                findings_in(&text),
                [
                    "`crates/a/clippy.toml` replaces the root's clippy.toml and lost \
                     `too-many-lines-threshold = 70`: repeat it"
                ]
            );
        }
    }

    #[test]
    fn an_impure_dependency_is_found_for_any_platform() {
        let text = "too-many-lines-threshold = 70\n".to_owned() + &settings();
        for table in ["[dependencies]", "[target.'cfg(unix)'.dependencies]"] {
            let found = findings(
                "autopack-core",
                &format!("{table}\nrand = \"1\""),
                Some(&text),
            );
            assert_eq!(found.len(), 1, "{table}");
            assert!(found[0].starts_with("`autopack-core` is pure and depends on `rand`"));
        }
    }
}
