//! What the command says of itself.

use crate::support::Sandbox;

#[test]
fn every_command_explains_itself() {
    let sandbox = Sandbox::new();
    insta::assert_snapshot!("autopack", sandbox.run(&["--help"]));
    for command in [
        "run",
        "validate",
        "report",
        "calibrate",
        "explain",
        "backtest",
        "replay",
        "decide",
        "doctor",
        "migrate",
        "import",
        "export",
        "policy",
        "serve",
        "sim",
    ] {
        insta::assert_snapshot!(command, sandbox.run(&[command, "--help"]));
    }
    for command in ["apply", "rollback", "stage", "status", "promote"] {
        let help = sandbox.run(&["policy", command, "--help"]);
        insta::assert_snapshot!(format!("policy_{command}"), help);
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let done = Sandbox::new().run(&["--version"]);
    assert_eq!(done.code, Some(0));
    assert_eq!(
        done.stdout,
        concat!("autopack ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn without_a_command_the_way_out_is_shown() {
    let sandbox = Sandbox::new();
    let done = sandbox.run(&[]);
    assert_eq!(done.code, Some(2), "{done}");
    assert!(done.stderr.contains("Usage: autopack"), "{done}");
    insta::assert_snapshot!(sandbox.run(&["reprot"]), @"
    exit 2
    --- stderr
    error: unrecognized subcommand 'reprot'

      tip: some similar subcommands exist: 'export', 'report'

    Usage: autopack [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(sandbox.run(&["run"]), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      <PLAN>

    Usage: autopack run <PLAN>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(sandbox.run(&["run", "plan.toml", "--frobnicate"]), @"
    exit 2
    --- stderr
    error: unexpected argument '--frobnicate' found

      tip: to pass '--frobnicate' as a value, use '-- --frobnicate'

    Usage: autopack run <PLAN>

    For more information, try '--help'.
    ");
}
