//! Where a setting comes from: flag before environment before file before default.

use serde_json::Value;

use crate::support::{ONE_PHASE, Sandbox, Server, Simulator, http_reply};

fn sandbox() -> Sandbox {
    Sandbox::with(&[("plan.toml", ONE_PHASE)])
}

/// The name of the policy that a decision was made with.
fn policy(sandbox: &Sandbox, variables: &[(&str, &str)], args: &[&str]) -> Value {
    let explain = ["explain", "plan.toml", "--json"];
    let done = sandbox.run_with(variables, &[&explain, args].concat());
    done.json()["policy"].clone()
}

/// The one setting of this name, as `doctor` shows it: its value and where it came from.
fn setting(sandbox: &Sandbox, name: &str, variables: &[(&str, &str)], args: &[&str]) -> String {
    let done = sandbox.run_with(variables, &[&["doctor", "--json"], args].concat());
    let settings = done.json()["settings"].as_array().unwrap().clone();
    let setting = settings
        .iter()
        .find(|setting| setting["name"] == name)
        .unwrap();
    let text = |key: &str| setting[key].as_str().unwrap().to_owned();
    format!("{} from {}", text("value"), text("from"))
}

#[test]
fn the_policy_is_the_nearest_one() {
    let sandbox = sandbox();
    assert_eq!(policy(&sandbox, &[], &[]), "build-142");
    sandbox.write("p1.toml", "extends = \"build-142\"\nname = \"from-file\"");
    sandbox.write(
        "p2.toml",
        "extends = \"build-142\"\nname = \"from-environment\"",
    );
    sandbox.write("autopack.toml", "policy = \"p1.toml\"");
    assert_eq!(policy(&sandbox, &[], &[]), "from-file");
    let variable = [("AUTOPACK_POLICY", "p2.toml")];
    assert_eq!(policy(&sandbox, &variable, &[]), "from-environment");
    assert_eq!(
        policy(&sandbox, &variable, &["--policy", "pre-142"]),
        "pre-142"
    );
}

#[test]
fn the_database_is_the_nearest_one() {
    let sandbox = sandbox();
    let database = |variables: &[_], args: &[_]| setting(&sandbox, "database", variables, args);
    assert_eq!(database(&[], &[]), "sqlite:///autopack.db from default");
    sandbox.write("autopack.toml", "database = \"sqlite:///file.db\"");
    assert_eq!(
        database(&[], &[]),
        "sqlite:///file.db from file autopack.toml"
    );
    let variable = [("DATABASE_URL", "sqlite:///env.db")];
    assert_eq!(
        database(&variable, &[]),
        "sqlite:///env.db from environment DATABASE_URL"
    );
    let flag = ["--database", "sqlite:///flag.db"];
    assert_eq!(
        database(&variable, &flag),
        "sqlite:///flag.db from --database"
    );

    let run = ["run", "plan.toml", "--simulate"];
    sandbox.run(&run);
    sandbox.run_with(&variable, &run);
    sandbox.run_with(&variable, &[&run[..], &flag].concat());
    for name in ["file.db", "env.db", "flag.db"] {
        assert!(sandbox.path(name).exists(), "{name} was written");
    }
    assert!(!sandbox.path("autopack.db").exists());
}

#[test]
fn jobs_are_the_nearest_number() {
    let sandbox = sandbox();
    assert_eq!(setting(&sandbox, "jobs", &[], &[]), "4 from default");
    sandbox.write("autopack.toml", "jobs = 2");
    assert_eq!(
        setting(&sandbox, "jobs", &[], &[]),
        "2 from file autopack.toml"
    );
    // A value that is not used is not looked at.
    sandbox.write("autopack.toml", "jobs = 0");
    let run = ["run", "plan.toml", "--simulate"];
    assert_eq!(
        sandbox.run(&[&run[..], &["--jobs", "1"]].concat()).code,
        Some(0)
    );
    insta::assert_snapshot!(sandbox.run(&run), @"
    exit 2
    --- stderr
    error: jobs is `0` (file autopack.toml): allowed is 1 to 256
    ");
}

#[test]
fn the_folder_for_replies_is_the_nearest_one() {
    let sandbox = sandbox();
    let out = |args: &[&str]| {
        let run = ["run", "plan.toml", "--simulate", "--json"];
        sandbox.json(&[&run, args].concat())["replies"].clone()
    };
    assert_eq!(out(&[]), "autopack-out");
    sandbox.write("autopack.toml", "out = \"from-file\"");
    assert_eq!(out(&[]), "from-file");
    assert_eq!(out(&["--out", "from-flag"]), "from-flag");
    for folder in ["autopack-out", "from-file", "from-flag"] {
        assert!(
            sandbox.path(folder).join("openai/guide.md").exists(),
            "{folder}"
        );
    }
}

#[test]
fn the_model_is_the_nearest_one() {
    let sandbox = sandbox();
    let model = |args: &[&str]| {
        let run = [
            "run",
            "plan.toml",
            "--simulate",
            "--provider",
            "openai",
            "--json",
        ];
        sandbox.json(&[&run, args].concat())["phases"][0]["model"].clone()
    };
    assert_eq!(model(&[]), "gpt-5.2");
    sandbox.write("autopack.toml", "[providers.openai]\nmodel = \"gpt-5\"");
    assert_eq!(model(&[]), "gpt-5");
    sandbox.write(
        "plan.toml",
        format!("models = {{ openai = \"gpt-4.1\" }}\n{ONE_PHASE}"),
    );
    assert_eq!(model(&[]), "gpt-4.1");
    assert_eq!(model(&["--model", "gpt-4o"]), "gpt-4o");
}

#[test]
fn the_base_url_is_the_nearest_one() {
    let sandbox = sandbox();
    let simulator = Simulator::start(&sandbox, &[]);
    let refuser = Server::always(http_reply("401 Unauthorized", "application/json", "{}"));
    let filed = refuser.base_url();
    let run = |variables: &[(&str, &str)]| {
        let variables = [variables, &[("OPENAI_API_KEY", "k")]].concat();
        let run = ["run", "plan.toml", "--provider", "openai", "--json"];
        let done = sandbox.run_with(&variables, &run);
        done.json()["phases"][0]["failure"].clone()
    };
    sandbox.write(
        "autopack.toml",
        format!("[providers.openai]\nbase_url = \"{filed}\""),
    );
    assert_eq!(run(&[]), "unauthorized", "the file goes before the default");
    let variable = [("OPENAI_BASE_URL", simulator.base_url())];
    assert_eq!(
        run(&variable),
        Value::Null,
        "the environment goes before the file"
    );
    let url = |variables: &[_]| setting(&sandbox, "openai base URL", variables, &[]);
    assert_eq!(url(&[]), format!("{filed} from file autopack.toml"));
    assert_eq!(
        url(&variable),
        format!("{} from environment OPENAI_BASE_URL", simulator.base_url())
    );
    std::fs::remove_file(sandbox.path("autopack.toml")).unwrap();
    assert_eq!(url(&[]), "https://api.openai.com from default");
}

#[test]
fn the_settings_file_is_the_nearest_one() {
    let sandbox = sandbox();
    sandbox.write("autopack.toml", "jobs = 1");
    sandbox.write("env.toml", "jobs = 2");
    sandbox.write("flag.toml", "jobs = 3");
    let jobs = |variables: &[_], args: &[_]| setting(&sandbox, "jobs", variables, args);
    let variable = [("AUTOPACK_CONFIG", "env.toml")];
    assert_eq!(jobs(&[], &[]), "1 from file autopack.toml");
    assert_eq!(jobs(&variable, &[]), "2 from file env.toml");
    assert_eq!(
        jobs(&variable, &["--config", "flag.toml"]),
        "3 from file flag.toml"
    );
}

#[test]
fn a_blank_variable_counts_as_unset() {
    let sandbox = sandbox();
    let blank = [
        "AUTOPACK_CONFIG",
        "AUTOPACK_DOCS_LOW_BASE",
        "AUTOPACK_POLICY",
        "DATABASE_URL",
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "TELEMETRY_DB_ENABLED",
    ];
    let variables: Vec<(&str, &str)> = blank.iter().map(|name| (*name, " ")).collect();
    let done = sandbox.run_with(&variables, &["doctor"]);
    assert_eq!(done.to_string(), sandbox.run(&["doctor"]).to_string());
}

#[test]
fn a_model_of_ones_own_goes_before_the_catalogue() {
    let sandbox = sandbox();
    sandbox.write(
        "autopack.toml",
        r#"
        [[models]]
        id = "gpt-5.2"
        provider = "openai"
        max_output_tokens = 2000
        ceiling_parameter = "max_tokens"
        thinking_inside_ceiling = false
        thinking_control = "none"
        source = "our own measurement"
        date = "2026-01-01"
        "#,
    );
    let run = [
        "run",
        "plan.toml",
        "--simulate",
        "--provider",
        "openai",
        "--json",
    ];
    let outcome = sandbox.json(&run);
    assert_eq!(outcome["phases"][0]["selected_budget"], 4096);
    assert_eq!(
        outcome["phases"][0]["actual_max_tokens"], 2000,
        "what the model can write"
    );
    let explained = sandbox.json(&["explain", "plan.toml", "--json"]);
    assert_eq!(explained["decisions"][1]["wire_parameter"], "max_tokens");
    assert_eq!(explained["decisions"][1]["actual_max_tokens"], 2000);
}
