//! Plans that cannot be run: what is said of them, and that nothing is begun.

use crate::support::{Done, ONE_PHASE, Sandbox};

/// What is said of a plan of this name and content.
fn refused(name: &str, plan: impl AsRef<[u8]>) -> Done {
    let sandbox = Sandbox::new();
    sandbox.write(name, plan);
    let done = sandbox.run(&["run", name, "--simulate"]);
    assert_eq!(sandbox.files(), [name], "nothing was begun");
    done
}

fn with_id(id: &str) -> String {
    format!("[[phases]]\nphase_id = \"{id}\"\n")
}

#[test]
fn a_plan_that_is_not_there() {
    let sandbox = Sandbox::new();
    insta::assert_snapshot!(sandbox.run(&["run", "plan.toml", "--simulate"]), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: it cannot be read: check its path: No such file or directory (os error 2)
    ");
    std::fs::create_dir(sandbox.path("folder.toml")).unwrap();
    insta::assert_snapshot!(sandbox.run(&["run", "folder.toml", "--simulate"]), @"
    exit 2
    --- stderr
    error: plan `folder.toml`: it cannot be read: check its path: Is a directory (os error 21)
    ");
    insta::assert_snapshot!(sandbox.run(&["run", ".", "--simulate"]), @"
    exit 2
    --- stderr
    error: plan `.`: its name ends neither in `.toml` nor in `.json`: rename it
    ");
    insta::assert_snapshot!(sandbox.run(&["run", "", "--simulate"]), @"
    exit 2
    --- stderr
    error: a value is required for '<PLAN>' but none was supplied

    For more information, try '--help'.
    ");
}

#[test]
fn a_plan_of_another_kind() {
    insta::assert_snapshot!(refused("plan.yaml", "phases: []"), @"
    exit 2
    --- stderr
    error: plan `plan.yaml`: its name ends neither in `.toml` nor in `.json`: rename it
    ");
    insta::assert_snapshot!(refused("plan.toml", b"\xff\xfe"), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: it is not UTF-8 (byte 0): save it as UTF-8
    ");
    insta::assert_snapshot!(refused("plan.json", b"{\"phases\": \"\xff\"}"), @"
    exit 2
    --- stderr
    error: plan `plan.json`: it is not UTF-8 (byte 12): save it as UTF-8
    ");
}

#[test]
fn a_plan_that_does_not_parse() {
    insta::assert_snapshot!(refused("plan.toml", "run_id = \"r\"\n[[phases"), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: plan cannot be read: TOML parse error at line 2, column 9
      |
    2 | [[phases
      |         ^
    unclosed array table, expected `]]`
    ");
    insta::assert_snapshot!(refused("plan.json", "{\n  \"phases\": [\n"), @"
    exit 2
    --- stderr
    error: plan `plan.json`: plan cannot be read: EOF while parsing a list at line 3 column 0
    ");
    insta::assert_snapshot!(refused("plan.json", "{\"phases\": []} {}"), @"
    exit 2
    --- stderr
    error: plan `plan.json`: plan cannot be read: trailing characters at line 1 column 16
    ");
    insta::assert_snapshot!(refused("plan.json", "[{\"phase_id\": \"a\"}]"), @r#"
    exit 2
    --- stderr
    error: plan `plan.json`: plan cannot be read: a plan in JSON is an object: write {"phases": […]}
    "#);
    insta::assert_snapshot!(refused("plan.json", "[".repeat(100_000)), @r#"
    exit 2
    --- stderr
    error: plan `plan.json`: plan cannot be read: a plan in JSON is an object: write {"phases": […]}
    "#);
}

#[test]
fn a_plan_without_phases() {
    insta::assert_snapshot!(refused("plan.toml", ""), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: plan has no phases: add at least one `[[phases]]` with a `phase_id`
    ");
    insta::assert_snapshot!(refused("plan.json", "{}"), @"
    exit 2
    --- stderr
    error: plan `plan.json`: plan has no phases: add at least one `[[phases]]` with a `phase_id`
    ");
}

#[test]
fn ids_that_can_be_no_file_names() {
    insta::assert_snapshot!(refused("plan.toml", with_id("../escape")), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: phase number 1 has the `phase_id` `../escape`: allowed are 1 to 200 letters, digits, `.`, `_`, `-`, not a `.` first
    ");
    insta::assert_snapshot!(refused("plan.toml", with_id("a/b")), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: phase number 1 has the `phase_id` `a/b`: allowed are 1 to 200 letters, digits, `.`, `_`, `-`, not a `.` first
    ");
    insta::assert_snapshot!(refused("plan.toml", with_id(".hidden")), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: phase number 1 has the `phase_id` `.hidden`: allowed are 1 to 200 letters, digits, `.`, `_`, `-`, not a `.` first
    ");
    insta::assert_snapshot!(refused("plan.toml", with_id("")), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: phase number 1 has no `phase_id`: give it one of letters, digits, `.`, `_`, `-`
    ");
    insta::assert_snapshot!(refused("plan.toml", with_id("größe")), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: phase number 1 has the `phase_id` `größe`: allowed are 1 to 200 letters, digits, `.`, `_`, `-`, not a `.` first
    ");
    insta::assert_snapshot!(refused("plan.toml", with_id(&"a".repeat(201))), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: phase number 1 has the `phase_id` `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`: allowed are 1 to 200 letters, digits, `.`, `_`, `-`, not a `.` first
    ");
    insta::assert_snapshot!(refused("plan.toml", with_id("a") + &with_id("a")), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: phase_id `a` is used twice: every phase needs its own
    ");
}

#[test]
fn keys_that_no_plan_has() {
    insta::assert_snapshot!(refused("plan.toml", format!("{ONE_PHASE}complexty = \"low\"")), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: unknown plan key `phases.0.complexty`: a plan has run_id, providers, models and phases; a phase has phase_id, task_category, complexity, deliverables, scope (paths, deliverables), description, builder_mode, change_size, max_tokens, thinking_budget_tokens, effort, after
    ");
    insta::assert_snapshot!(refused("plan.toml", format!("provider = \"openai\"\n{ONE_PHASE}")), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: unknown plan key `provider`: a plan has run_id, providers, models and phases; a phase has phase_id, task_category, complexity, deliverables, scope (paths, deliverables), description, builder_mode, change_size, max_tokens, thinking_budget_tokens, effort, after
    ");
}

#[test]
fn providers_that_nobody_is() {
    insta::assert_snapshot!(refused("plan.toml", format!("providers = [\"mistral\"]\n{ONE_PHASE}")), @"
    exit 2
    --- stderr
    error: no upstream is named `mistral`: allowed are `anthropic`, `openai`, `gemini`, `openai-responses`; add yours under [upstreams.mistral] in autopack.toml
    ");
    insta::assert_snapshot!(refused("plan.toml", format!("models = {{ mistral = \"large\" }}\n{ONE_PHASE}")), @"
    exit 2
    --- stderr
    error: no upstream is named `mistral`: allowed are `anthropic`, `openai`, `gemini`, `openai-responses`; add yours under [upstreams.mistral] in autopack.toml
    ");
}

#[test]
fn ceilings_that_cannot_be() {
    let with = |ceiling: &str| refused("plan.toml", format!("{ONE_PHASE}max_tokens = {ceiling}\n"));
    insta::assert_snapshot!(with("-1"), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: plan cannot be read: TOML parse error at line 8, column 14
      |
    8 | max_tokens = -1
      |              ^^
    invalid value: integer `-1`, expected a ceiling of 1 to 10485760 tokens (leave it out to let Autopack choose)
    ");
    insta::assert_snapshot!(with("0"), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: plan cannot be read: TOML parse error at line 8, column 14
      |
    8 | max_tokens = 0
      |              ^
    invalid value: integer `0`, expected a ceiling of 1 to 10485760 tokens (leave it out to let Autopack choose)
    ");
    insta::assert_snapshot!(with("10485761"), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: plan cannot be read: TOML parse error at line 8, column 14
      |
    8 | max_tokens = 10485761
      |              ^^^^^^^^
    invalid value: integer `10485761`, expected a ceiling of 1 to 10485760 tokens (leave it out to let Autopack choose)
    ");
    insta::assert_snapshot!(with("99999999999999999999"), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: plan cannot be read: TOML parse error at line 8, column 14
      |
    8 | max_tokens = 99999999999999999999
      |              ^^^^^^^^^^^^^^^^^^^^
    invalid type: integer `99999999999999999999` as i128, expected a ceiling of 1 to 10485760 tokens (leave it out to let Autopack choose)
    ");
    insta::assert_snapshot!(with("1.5"), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: plan cannot be read: TOML parse error at line 8, column 14
      |
    8 | max_tokens = 1.5
      |              ^^^
    invalid type: floating point `1.5`, expected a ceiling of 1 to 10485760 tokens (leave it out to let Autopack choose)
    ");
    insta::assert_snapshot!(with("\"many\""), @r#"
    exit 2
    --- stderr
    error: plan `plan.toml`: plan cannot be read: TOML parse error at line 8, column 14
      |
    8 | max_tokens = "many"
      |              ^^^^^^
    invalid type: string "many", expected a ceiling of 1 to 10485760 tokens (leave it out to let Autopack choose)
    "#);
}

#[test]
fn models_without_a_name() {
    let plan = format!("providers = [\"openai\"]\nmodels = {{ openai = \" \" }}\n{ONE_PHASE}");
    insta::assert_snapshot!(refused("plan.toml", plan), @"
    exit 2
    --- stderr
    error: the model of openai is blank: name one, or leave it out
    ");
}

#[test]
fn a_plan_of_fifty_megabytes() {
    let deliverable = "\"docs/a_file_with_a_name_of_some_length.md\",\n";
    let n_deliverables = 50_000_000 / deliverable.len() + 1;
    let plan = format!(
        "{}deliverables = [\n{}]",
        with_id("a"),
        deliverable.repeat(n_deliverables)
    );
    insta::assert_snapshot!(refused("plan.toml", plan), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: it has 50000084 bytes: at most 16777216 are read; split it
    ");
}

#[test]
fn a_phase_of_twenty_thousand_deliverables() {
    let lines = "  \"a.md\",\n".repeat(20_000);
    let plan = format!("{}deliverables = [\n{lines}]", with_id("a"));
    insta::assert_snapshot!(refused("plan.toml", plan), @r#"
    exit 2
    --- stderr
    error: plan `plan.toml`: plan cannot be read: TOML parse error at line 10004, column 3
          |
    10004 |   "a.md",
          |   ^^^^^^
    more than 10000 deliverables in one phase: split the phase
    "#);
    let plan = format!(
        "{}deliverables = [{}]",
        with_id("a"),
        "\"a.md\", ".repeat(20_000)
    );
    let done = refused("plan.toml", plan);
    assert_eq!(done.code, Some(2));
    assert!(
        done.stderr
            .contains("more than 10000 deliverables in one phase: split the phase")
    );
    assert!(
        done.stderr.len() < 3000,
        "a line of the plan is not repeated whole"
    );
}

#[test]
fn a_plan_of_twenty_thousand_phases() {
    let phase = |number| with_id(&format!("p{number}"));
    let plan: String = (0..20_000).map(phase).collect();
    insta::assert_snapshot!(refused("plan.toml", plan), @"
    exit 2
    --- stderr
    error: plan `plan.toml`: plan has 20000 phases: allowed are at most 10000; split it
    ");
}

#[test]
#[cfg(target_os = "linux")]
fn a_name_that_is_no_utf_8_is_a_name() {
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::OsStr::from_bytes(b"pl\xe4n.toml");
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path(".").join(name), ONE_PHASE).unwrap();
    let mut command = sandbox.command(&["run"]);
    let done = Done::from(command.arg(name).arg("--simulate").output().unwrap());
    assert_eq!(done.code, Some(0), "{done}");
    assert!(done.stdout.contains("run pl\u{fffd}n-"), "{done}");
}
