//! `autopack decide`: one JSON object a line in, one a line out, in order.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::mpsc;

use serde_json::{Value, json};

use crate::support::{Done, PATIENCE, Sandbox};

fn question(id: impl Into<Value>, provider: &str) -> Value {
    json!({
        "id": id.into(),
        "provider": provider,
        "model": "a-model",
        "phase": {
            "task_category": "docs",
            "complexity": "low",
            "deliverables": ["docs/guide.md"],
        },
    })
}

fn decide(
    sandbox: &Sandbox,
    args: &[&str],
    input: impl Into<Vec<u8>>,
) -> (Option<i32>, Vec<Value>) {
    let mut command = sandbox.command(&[&["decide"], args].concat());
    let done = Done::from(command.write_stdin(input).output().unwrap());
    let lines = done.stdout.lines();
    (
        done.code,
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

fn decide_one(sandbox: &Sandbox, args: &[&str], question: &Value) -> Value {
    let (code, answers) = decide(sandbox, args, question.to_string());
    assert_eq!(code, Some(0), "{answers:?}");
    let [answer] = <[Value; 1]>::try_from(answers).unwrap();
    answer
}

#[test]
fn an_answer_has_everything_that_the_interface_promises() {
    let sandbox = Sandbox::new();
    let answer = decide_one(&sandbox, &[], &question("a", "openai"));
    assert_eq!(answer["id"], "a");
    assert_eq!(answer["provider"], "openai");
    assert_eq!(answer["category"], "docs");
    assert_eq!(answer["selected_budget"], 4096);
    assert_eq!(answer["actual_max_tokens"], 4096);
    assert_eq!(answer["wire_parameter"], "max_completion_tokens");
    assert_eq!(answer["change_size"], Value::Null);
    assert!(answer["predicted_output_tokens"].as_u64().unwrap() > 0);
    assert!(answer["confidence"].as_f64().unwrap() > 0.0);
    let steps = answer["steps"].as_array().unwrap();
    for step in steps {
        let keys: Vec<&String> = step.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["after", "before", "name", "reason"], "{step}");
    }
    assert_eq!(steps[0]["before"], Value::Null);
    assert_eq!(steps.last().unwrap()["after"], 4096);
    assert!(
        steps
            .windows(2)
            .all(|pair| pair[0]["after"] == pair[1]["before"])
    );
}

#[test]
fn a_callers_own_ceiling_and_a_bare_phase_are_answered() {
    let sandbox = Sandbox::new();
    let mut asked = question(1, "anthropic");
    asked["caller_max_tokens"] = json!(6000);
    assert_eq!(decide_one(&sandbox, &[], &asked)["actual_max_tokens"], 6000);
    let bare = json!({"id": null, "provider": "gemini", "model": "m", "phase": {}});
    let answer = decide_one(&sandbox, &[], &bare);
    assert_eq!(answer["predicted_output_tokens"], Value::Null);
    assert_eq!(answer["selected_budget"], Value::Null);
    assert!(answer["actual_max_tokens"].as_u64().unwrap() > 0);
}

#[test]
fn a_bad_line_is_answered_in_its_place_and_the_rest_go_on() {
    let sandbox = Sandbox::new();
    let mut input = Vec::new();
    writeln!(input, "{}", question(1, "openai")).unwrap();
    writeln!(input, "{{\"id\": 2, \"provider\": \"openai\"").unwrap();
    writeln!(input, "{}", question(3, "mistral")).unwrap();
    input.extend_from_slice(b"\xff\xfe\n\n");
    writeln!(input, "[]").unwrap();
    let mut negative = question("six", "openai");
    negative["caller_max_tokens"] = json!(-1);
    writeln!(input, "{negative}").unwrap();
    write!(input, "{}", question(json!({"any": ["id"]}), "gemini")).unwrap();
    let (code, answers) = decide(&sandbox, &[], input);
    assert_eq!(code, Some(1));
    let good: Vec<bool> = answers
        .iter()
        .map(|answer| answer["error"].is_null())
        .collect();
    assert_eq!(good, [true, false, false, false, false, false, true]);
    assert_eq!(answers[2]["id"], 3);
    assert_eq!(answers[5]["id"], "six");
    assert_eq!(answers[6]["id"], json!({"any": ["id"]}));
    for answer in answers.iter().filter(|answer| !answer["error"].is_null()) {
        let error = &answer["error"];
        assert!(!error["code"].as_str().unwrap().is_empty(), "{answer}");
        assert!(!error["message"].as_str().unwrap().is_empty(), "{answer}");
    }
    assert_eq!(answers[2]["error"]["code"], "unknown_provider");
}

#[test]
fn many_lines_are_answered_in_order() {
    let sandbox = Sandbox::new();
    let lines: Vec<String> = (0..2000)
        .map(|id| question(id, "openai").to_string())
        .collect();
    let input = lines.join("\n");
    let (code, answers) = decide(&sandbox, &[], input);
    assert_eq!(code, Some(0));
    let ids: Vec<u64> = answers
        .iter()
        .map(|answer| answer["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, (0..2000).collect::<Vec<_>>());
}

#[test]
fn no_input_is_no_fault() {
    assert_eq!(decide(&Sandbox::new(), &[], ""), (Some(0), Vec::new()));
    assert_eq!(
        decide(&Sandbox::new(), &[], "\n  \n"),
        (Some(0), Vec::new())
    );
}

#[test]
fn files_come_with_the_line_or_from_a_folder() {
    let sandbox = Sandbox::new();
    let text = "def f(x):\n    return x\n".repeat(400);
    sandbox.write("work/src/a.py", &text);
    let mut asked = question("a", "openai");
    asked["phase"]["deliverables"] = json!(["modify src/a.py"]);
    let new = decide_one(&sandbox, &[], &asked);
    let from_folder = decide_one(&sandbox, &["--workspace", "work"], &asked);
    asked["workspace_files"] = json!({"src/a.py": text});
    let from_line = decide_one(&sandbox, &[], &asked);
    assert_eq!(from_folder, from_line);
    assert_ne!(
        new["predicted_output_tokens"],
        from_line["predicted_output_tokens"]
    );
    let (code, _) = decide(&sandbox, &["--workspace", "nowhere"], "");
    assert_eq!(code, Some(2));
}

#[test]
fn each_line_is_answered_before_the_next_is_asked() {
    let sandbox = Sandbox::new();
    let mut process = sandbox.process(&["decide"]);
    process.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = process.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let (sender, answers) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in stdout.lines() {
            sender.send(line.unwrap()).unwrap();
        }
    });
    for id in 0..3 {
        writeln!(stdin, "{}", question(id, "gemini")).unwrap();
        let answer = answers
            .recv_timeout(PATIENCE)
            .expect("an answer before the next question");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["id"], id);
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    reader.join().unwrap();
}

#[test]
fn the_policy_is_the_one_that_is_asked_for() {
    let sandbox = Sandbox::new();
    let asked = question("a", "openai");
    let before = decide_one(&sandbox, &["--policy", "pre-142"], &asked);
    assert_eq!(before["actual_max_tokens"], 16384);
}
