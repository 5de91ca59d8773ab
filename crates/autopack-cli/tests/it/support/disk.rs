//! A small disk, a full one, a read-only one: a file system in memory that only one process sees.

use std::io::Write;
use std::process::Command;

use super::{Done, Sandbox};

/// Ways to get a mount table of one's own: as root, or as somebody who may make a namespace.
const WAYS: [&[&str]; 2] = [&["--mount"], &["--map-root-user", "--mount"]];

/// Runs `script` where the folder `disk` is a file system of its own, `size` small. The script finds the
/// command as `$AUTOPACK`, and ends as the last command does. What is on the disk is in the folder
/// `kept` afterwards.
///
/// Without the right to mount there is nothing to see: then this says so loudly and gives `None`.
/// Where `CI` is set, that is a failure.
pub(crate) fn on_disk(sandbox: &Sandbox, size: &str, script: &str) -> Option<Done> {
    let mount = format!("mount -t tmpfs -o size={size} none disk");
    std::fs::create_dir(sandbox.path("disk")).unwrap();
    let shell = |way: &[&str], script: &str| {
        let mut process = Command::new("unshare");
        process
            .args(way)
            .args(["sh", "-c", script])
            .current_dir(sandbox.path("."));
        process
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap());
        process.env("AUTOPACK", assert_cmd::cargo::cargo_bin!("autopack"));
        process.output()
    };
    let can_mount = |way: &&[&str]| shell(way, &mount).is_ok_and(|done| done.status.success());
    let Some(way) = WAYS.into_iter().find(can_mount) else {
        skip();
        return None;
    };
    let script = format!("{mount} || exit 99\n{script}\ncode=$?\ncp -r disk kept\nexit $code");
    Some(Done::from(shell(way, &script).unwrap()))
}

#[expect(
    clippy::explicit_write,
    reason = "what the macro prints, the test harness keeps to itself"
)]
fn skip() {
    let why = "SKIPPED: this test mounts a small disk, and mounting is not permitted here";
    assert!(std::env::var_os("CI").is_none(), "{why}");
    writeln!(std::io::stderr(), "{why}").unwrap();
}
