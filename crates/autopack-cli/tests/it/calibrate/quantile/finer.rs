//! Groups by model, effort, template and input size, from telemetry to what they decide.

use serde_json::{Value, json};

use super::{Calls, calibrate, with_calls};
use crate::support::{Database, Done, Sandbox};

/// Documents of two models on one provider, of which one writes twice as much.
fn two_models() -> Sandbox {
    let calls = |shortest| Calls {
        category: "docs",
        n: 600,
        shortest,
        spread: 400,
        ceiling: 4096,
    };
    let sandbox = with_calls(&[calls(1000), calls(2200)]);
    database(&sandbox).execute(
        "UPDATE token_estimation_v2_events SET chain_id = event_id, effort = 'default', template = 'prose',
            estimated_input_tokens = 70,
            model = CASE WHEN actual_output_tokens < 1500 THEN 'gpt-5-mini' ELSE 'gpt-5' END",
    );
    sandbox
}

fn database(sandbox: &Sandbox) -> Database {
    Database::open(&sandbox.path("autopack.db"))
}

/// The ceiling that is decided for a line with these fields beside the phase, and why.
fn decided(sandbox: &Sandbox, args: &[&str], fields: &Value) -> (Value, String) {
    let mut question = json!({
        "provider": "openai",
        "phase": {
            "task_category": "docs",
            "complexity": "low",
            "deliverables": ["docs/guide.md"],
        },
    });
    let all = question.as_object_mut().unwrap();
    all.extend(fields.as_object().unwrap().clone());
    let mut command = sandbox.command(&[&["decide"], args].concat());
    let done = Done::from(command.write_stdin(question.to_string()).output().unwrap());
    assert_eq!(done.code, Some(0), "{done}");
    let answer: Value = serde_json::from_str(&done.stdout).unwrap();
    let steps = answer["steps"].as_array().unwrap();
    let learned = steps.iter().find(|step| step["name"] == "learned");
    let reason = learned.map_or("", |step| step["reason"].as_str().unwrap());
    (answer["actual_max_tokens"].clone(), reason.to_owned())
}

#[test]
fn models_that_do_not_write_alike_are_told_apart() {
    let sandbox = two_models();
    let target = ["--target-truncation", "0.02"];
    insta::assert_snapshot!("finer_console", calibrate(&sandbox, &target));
    let document = calibrate(&sandbox, &[&target[..], &["--json"]].concat()).json();
    let groups = document["groups"].as_array().unwrap();
    assert_eq!(groups[2]["within"], json!({"model": "gpt-5-mini"}));
    assert_eq!(groups[0]["own_certificate"]["certificate"], "passed");
}

#[test]
fn a_finer_row_decides_the_calls_it_names() {
    let sandbox = two_models();
    let done = calibrate(&sandbox, &["--target-truncation", "0.02", "--apply"]);
    assert_eq!(done.code, Some(0), "{done}");
    let shown = sandbox.json(&["policy", "show", "--json"]);
    let row = &shown["document"]["ceiling"]["docs"]["low"]["openai"];
    assert_eq!(row["model"]["gpt-5-mini"]["exactly"], 2048, "{shown}");
    let whole = &row["exactly"];
    let by_group = "learned from the lengths of its group";
    let by_model = "learned from the lengths of its group by model";
    for (fields, ceiling, reason) in [
        (json!({"model": "gpt-5-mini"}), &json!(2048), by_model),
        (
            json!({"model": "gpt-5-mini", "effort": "high", "template": "prose", "estimated_input_tokens": 70}),
            &json!(2048),
            by_model,
        ),
        (json!({"model": "gpt-5"}), whole, by_group),
        (json!({"model": "new"}), whole, by_group),
    ] {
        let found = decided(&sandbox, &[], &fields);
        assert_eq!(found, (ceiling.clone(), reason.to_owned()), "{fields}");
    }
    let explained = sandbox.run(&["explain", "plan.toml"]);
    assert!(explained.stdout.contains(by_group), "{explained}");
}

#[test]
fn a_run_writes_down_what_it_knew_and_a_replay_looks_it_up() {
    let sandbox = two_models();
    let done = calibrate(&sandbox, &["--target-truncation", "0.02", "--apply"]);
    assert_eq!(done.code, Some(0), "{done}");
    let mut database = database(&sandbox);
    database.execute("DELETE FROM token_estimation_v2_events");
    let run = ["run", "plan.toml", "--simulate", "--provider", "openai"];
    let done = sandbox.run(&[&run[..], &["--model", "gpt-5-mini"]].concat());
    assert_eq!(done.code, Some(0), "{done}");
    let columns = [
        "actual_max_tokens",
        "effort",
        "template",
        "estimated_input_tokens",
    ];
    // A token for each four bytes of instructions and question that are begun.
    let expected = json!({
        "actual_max_tokens": 2048, "effort": "default", "template": "prose", "estimated_input_tokens": 54,
    });
    assert_eq!(database.calls(&columns), [expected]);
    for (model, ceiling) in [("gpt-5-mini", 1500), ("gpt-5", 1800)] {
        let text = format!(
            "extends = \"build-142\"\nname = \"mine\"\nsource = \"by hand\"\n\
             [ceiling.docs.low.openai]\nexactly = 1800\n\
             model.{model}.effort.default.template.prose.input.256.exactly = 1500\n"
        );
        sandbox.write("mine.toml", text);
        let replayed = sandbox.json(&["replay", "--policy", "mine.toml", "--json"]);
        let reserved = &replayed["total"]["candidate"]["reserved_tokens"];
        assert_eq!(*reserved, ceiling, "{replayed}");
    }
    // Of a call of which less is known, nobody knows which row would decide it.
    database.execute("UPDATE token_estimation_v2_events SET template = NULL");
    let row =
        "ceiling.docs.low.openai.model.gpt-5-mini.effort.default.template.prose.exactly = 1500";
    sandbox.write(
        "finer.toml",
        format!("extends = \"build-142\"\nname = \"finer\"\n{row}\n"),
    );
    let refused = sandbox.run(&["replay", "--policy", "finer.toml"]);
    assert!(
        refused
            .stderr
            .contains("do not show what the other policy would look at"),
        "{refused}"
    );
}

/// All four levels in one row, as a person may write it.
#[test]
fn every_level_is_decided_by_where_it_is_known() {
    let sandbox = two_models();
    sandbox.write(
        "mine.toml",
        "extends = \"build-142\"\nname = \"mine\"\nsource = \"by hand\"\n\
         [ceiling.docs.low.openai.model.\"meta/llama-4.1\".effort.high]\nat_least = 9000\n\
         template.prose.input.8192.exactly = 5000\n",
    );
    let asked = |effort: &str, input: u64| {
        let fields = json!({
            "model": "meta/llama-4.1", "effort": effort, "template": "prose", "estimated_input_tokens": input,
        });
        decided(&sandbox, &["--policy", "mine.toml"], &fields).0
    };
    assert_eq!([asked("high", 8192), asked("high", 9000)], [5000, 9000]);
    assert_eq!(asked("low", 8192), 4096);
    let set = |key: &str| sandbox.run(&["policy", "stage", "--share", "0.5", "--set", key]);
    let refused = [
        set("ceiling.docs.low.openai.effort.high.exactly=9"),
        set("ceiling.docs.low.openai.model.m.effort.e.template.t.input.8000.exactly=9"),
    ];
    insta::assert_snapshot!(
        "finer_refused",
        refused.map(|done| done.to_string()).join("\n")
    );
}
