//! Flags, policies and scenarios that cannot be: what is said of them, and that nothing is begun.

use crate::support::{Done, ONE_PHASE, Sandbox};

/// What is said of a run with these flags and this file beside the plan.
fn refused(file: Option<(&str, &str)>, args: &[&str]) -> Done {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    if let Some((name, text)) = file {
        sandbox.write(name, text);
    }
    let before = sandbox.files();
    let done = sandbox.run(&[&["run", "plan.toml"], args].concat());
    assert_eq!(sandbox.files(), before, "nothing was begun");
    done
}

fn flags(args: &[&str]) -> Done {
    refused(None, &[args, &["--simulate"]].concat())
}

fn policy(text: &str) -> Done {
    refused(
        Some(("policy.toml", text)),
        &["--policy", "policy.toml", "--simulate"],
    )
}

fn scenario(text: &str) -> Done {
    refused(
        Some(("scenario.toml", text)),
        &["--simulate", "scenario.toml"],
    )
}

#[test]
fn providers_and_models() {
    insta::assert_snapshot!(flags(&["--provider", "mistral"]), @"
    exit 2
    --- stderr
    error: no upstream is named `mistral`: allowed are `anthropic`, `openai`, `gemini`, `openai-responses`; add yours under [upstreams.mistral] in autopack.toml
    ");
    insta::assert_snapshot!(flags(&["--provider", ""]), @"
    exit 2
    --- stderr
    error: upstream name `` cannot be used: allowed are 1 to 40 lower-case letters, digits, `-`, `_`, `.`, a letter first
    ");
    insta::assert_snapshot!(flags(&["--model", "gpt-5"]), @"
    exit 2
    --- stderr
    error: --model goes with one provider, and this run has 3: add --provider, or name models in the plan
    ");
    insta::assert_snapshot!(flags(&["--provider", "openai", "--model", ""]), @"
    exit 2
    --- stderr
    error: the model of openai is blank: name one, or leave it out
    ");
}

#[test]
fn jobs() {
    insta::assert_snapshot!(flags(&["--jobs", "0"]), @"
    exit 2
    --- stderr
    error: jobs is `0` (--jobs): allowed is 1 to 256
    ");
    insta::assert_snapshot!(flags(&["--jobs", "257"]), @"
    exit 2
    --- stderr
    error: jobs is `257` (--jobs): allowed is 1 to 256
    ");
    insta::assert_snapshot!(flags(&["--jobs", "many"]), @"
    exit 2
    --- stderr
    error: invalid value 'many' for '--jobs <N>': invalid digit found in string

    For more information, try '--help'.
    ");
}

#[test]
fn workspaces() {
    insta::assert_snapshot!(flags(&["--workspace", "nowhere"]), @"
    exit 2
    --- stderr
    error: workspace `nowhere` cannot be used (No such file or directory (os error 2)): give an existing directory
    ");
    insta::assert_snapshot!(flags(&["--workspace", "plan.toml"]), @"
    exit 2
    --- stderr
    error: workspace `plan.toml` cannot be used (it is no directory): give an existing directory
    ");
}

#[test]
fn policies() {
    insta::assert_snapshot!(flags(&["--policy", "no-such"]), @"
    exit 2
    --- stderr
    error: policy `no-such` is neither `build-142` nor `pre-142` nor a file nor a version in the database: it cannot be read: check its path: No such file or directory (os error 2)
    ");
    insta::assert_snapshot!(flags(&["--policy", "."]), @"
    exit 2
    --- stderr
    error: policy `.` is neither `build-142` nor `pre-142` nor a file nor a version in the database: it cannot be read: check its path: Is a directory (os error 21)
    ");
    insta::assert_snapshot!(policy(""), @r#"
    exit 2
    --- stderr
    error: in `policy.toml`: policy key `schema` is missing: give it 1, or start the file with `extends = "build-142"`
    "#);
    insta::assert_snapshot!(policy("name ="), @"
    exit 2
    --- stderr
    error: in `policy.toml`: policy is not valid TOML: TOML parse error at line 1, column 7
      |
    1 | name =
      |       ^
    string values must be quoted, expected literal string
    ");
    insta::assert_snapshot!(policy("extends = \"build-143\""), @r#"
    exit 2
    --- stderr
    error: in `policy.toml`: policy extends `"build-143"`: allowed are `build-142` and `pre-142`
    "#);
    let own = |line: &str| policy(&format!("extends = \"build-142\"\nname = \"own\"\n{line}"));
    insta::assert_snapshot!(own("[base.docs]\nlwo = 3000"), @"
    exit 2
    --- stderr
    error: in `policy.toml`: unknown policy key `base.docs.lwo`
    ");
    insta::assert_snapshot!(own("[base.docs]\nlow = 0"), @"
    exit 2
    --- stderr
    error: in `policy.toml`: policy key `base.docs.low` is `0`: allowed is a whole number of tokens from 1 to 1048576
    ");
    insta::assert_snapshot!(own("[base.docs]\nlow = \"much\""), @r#"
    exit 2
    --- stderr
    error: in `policy.toml`: policy key `base.docs.low` is `"much"`: allowed is a whole number of tokens from 1 to 1048576
    "#);
    insta::assert_snapshot!(own("[base]\ndocs = 3000"), @"
    exit 2
    --- stderr
    error: in `policy.toml`: policy key `base.docs` is `3000`: allowed is a table of keys
    ");
}

#[test]
fn scenarios() {
    insta::assert_snapshot!(refused(None, &["--simulate", "nowhere.toml"]), @"
    exit 2
    --- stderr
    error: scenario `nowhere.toml`: it cannot be read: check its path: No such file or directory (os error 2)
    ");
    insta::assert_snapshot!(refused(None, &["--simulate", "."]), @"
    exit 2
    --- stderr
    error: scenario `.`: it cannot be read: check its path: Is a directory (os error 21)
    ");
    insta::assert_snapshot!(scenario("["), @"
    exit 2
    --- stderr
    error: scenario `scenario.toml`: scenario is not valid TOML: TOML parse error at line 1, column 2
      |
    1 | [
      |  ^
    unquoted keys cannot be empty, expected letters, numbers, `-`, `_`
    ");
    insta::assert_snapshot!(scenario("tokens = 3"), @"
    exit 2
    --- stderr
    error: scenario `scenario.toml`: unknown scenario key `tokens`: allowed are `output_tokens`, `reasoning_tokens`, `lengths`, `text`, `text_file`, `tool_call`, `fault`, `phases`, `quota`, `latency`, `fault_times` and `refuse_exhausted_reasoning`
    ");
    insta::assert_snapshot!(scenario("output_tokens = -1"), @"
    exit 2
    --- stderr
    error: scenario `scenario.toml`: scenario key `output_tokens` is `-1`: allowed is a number of tokens from 0 to 10485760, or a list of such, one for each attempt
    ");
    insta::assert_snapshot!(scenario("output_tokens = 10485761"), @"
    exit 2
    --- stderr
    error: scenario `scenario.toml`: scenario key `output_tokens` is `10485761`: allowed is a number of tokens from 0 to 10485760, or a list of such, one for each attempt
    ");
    insta::assert_snapshot!(scenario("[phases.guide]\ntext = 3"), @"
    exit 2
    --- stderr
    error: scenario `scenario.toml`: scenario key `phases.guide.text` is `3`: allowed is a string, or a list of such, one for each attempt
    ");
}

#[test]
fn a_scenario_in_place_of_the_plan() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    insta::assert_snapshot!(sandbox.run(&["run", "--simulate", "plan.toml"]), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      <PLAN>

    Usage: autopack run --simulate [<SCENARIO>] <PLAN>

    For more information, try '--help'.
    ");
}

#[test]
fn a_folder_for_replies_that_is_a_file() {
    let done = refused(Some(("replies", "")), &["--simulate", "--out", "replies"]);
    insta::assert_snapshot!(done, @"
    exit 3
    --- stderr
    error: cannot write `replies` (File exists (os error 17)): choose another directory with --out
    ");
}
