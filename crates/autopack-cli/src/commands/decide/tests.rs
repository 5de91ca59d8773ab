use autopack_core::Policy;
use autopack_core::policy::{PolicyStage, StageShare};

use super::*;

fn decided(input: &[u8]) -> (bool, Vec<serde_json::Value>) {
    let decider = Decider {
        policies: Policy::build_142().into(),
        catalogue: Catalogue::embedded(),
        workspace: None,
    };
    let mut output = Vec::new();
    let all_good = decider.decide_all(input, &mut output).expect("memory");
    let lines = String::from_utf8(output).expect("JSON is UTF-8");
    (
        all_good,
        lines
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect(),
    )
}

const DOCS_LOW: &str = r#"{"id": {"n": 7}, "provider": "openai", "model": "gpt-5", "phase": {"task_category": "docs", "complexity": "low", "deliverables": ["Update docs/a.md"]}, "caller_max_tokens": null, "workspace_files": {"docs/a.md": "import x\n"}, "context_files": null}"#;

#[test]
fn a_line_is_answered_as_the_interface_says() {
    let (all_good, answers) = decided(DOCS_LOW.as_bytes());
    assert!(all_good);
    let answer = &answers[0];
    assert_eq!(answer["id"]["n"], 7, "the id comes back as it went");
    assert_eq!(answer["selected_budget"], 4096);
    assert_eq!(answer["actual_max_tokens"], 4096);
    assert_eq!(answer["wire_parameter"], "max_completion_tokens");
    // ⌊1.3 × (1500 + ⌊400 × 0.7 × 0.9 × 0.9⌋)⌋: the file is there and short.
    assert_eq!(answer["predicted_output_tokens"], 2243);
    let keys: Vec<&str> = answer
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    let mut expected = [
        "id",
        "provider",
        "predicted_output_tokens",
        "category",
        "confidence",
        "selected_budget",
        "actual_max_tokens",
        "wire_parameter",
        "change_size",
        "steps",
    ];
    expected.sort_unstable();
    let mut keys = keys;
    keys.sort_unstable();
    assert_eq!(keys, expected);
    let last = answer["steps"]
        .as_array()
        .and_then(|steps| steps.last())
        .expect("steps");
    assert_eq!(last["after"], 4096);
}

#[test]
fn a_bad_line_is_answered_in_its_place_and_the_rest_go_on() {
    let bad = [
        r#"{"id": "a", "provider": "mistral", "model": "m", "phase": {}}"#,
        r#"{"id": "b", "provider": "openai", "model": "gpt-5", "phase": {"max_tokens": -4}}"#,
        r#"{"id": "c", "provider": "openai", "phase": {}}"#,
        r#"{"id": "d", "#,
        r#"{"id": "e", "provider": "openai", "model": "m", "phase": {}, "workspace_files": {"a": 3}}"#,
    ];
    let input = format!("{}\n\n{DOCS_LOW}\n", bad.join("\n"));
    let (all_good, answers) = decided(input.as_bytes());
    assert!(!all_good);
    assert_eq!(answers.len(), 6);
    let told: Vec<(&str, &str)> = answers[..5]
        .iter()
        .map(|answer| {
            (
                answer["error"]["code"].as_str().unwrap_or(""),
                answer["error"]["message"].as_str().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(told[0].0, "unknown_provider");
    assert!(
        told[0]
            .1
            .contains("`mistral`: allowed are `anthropic`, `openai` and `gemini`")
    );
    assert_eq!(told[1].0, "invalid_request");
    assert!(
        told[1].1.contains("a ceiling of 1 to 10485760 tokens"),
        "{}",
        told[1].1
    );
    assert!(told[2].1.contains("missing field `model`"), "{}", told[2].1);
    assert_eq!(told[3].0, "invalid_json");
    assert_eq!(answers[3]["id"], serde_json::Value::Null);
    assert!(
        told[4].1.contains("the file `a` has no text"),
        "{}",
        told[4].1
    );
    assert_eq!(answers[4]["id"], "e");
    assert_eq!(answers[5]["actual_max_tokens"], 4096);
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let (all_good, answers) = decided(b"{\"id\": \"\xff\"}");
    assert!(!all_good);
    assert_eq!(answers[0]["error"]["code"], "invalid_json");
}

#[test]
fn a_line_above_the_limit_is_passed_over() {
    let mut input = vec![b'x'; lines::MAX_LINE_BYTES + 1];
    input.push(b'\n');
    input.extend_from_slice(DOCS_LOW.as_bytes());
    let (all_good, answers) = decided(&input);
    assert!(!all_good);
    assert_eq!(answers[0]["error"]["code"], "line_too_long");
    assert_eq!(answers[1]["actual_max_tokens"], 4096);
}

#[test]
fn an_unknown_model_is_answered_with_a_warning() {
    let line = DOCS_LOW.replace("gpt-5", "gpt-99");
    let (all_good, answers) = decided(line.as_bytes());
    assert!(all_good);
    let warning = answers[0]["warnings"][0].as_str().expect("a warning");
    assert!(
        warning.contains("`gpt-99` of openai is not in the catalogue: a limit of 64000"),
        "{warning}"
    );
}

#[test]
fn where_a_policy_is_staged_the_names_of_run_and_phase_say_which_decides() {
    let current = Policy::build_142();
    let stage = PolicyStage {
        policy: current.with("base.docs.low", 3584).expect("a policy"),
        share: StageShare::new(0.48).expect("a share"),
    };
    let decider = Decider {
        policies: PolicyChoice::staged(current, stage),
        catalogue: Catalogue::embedded(),
        workspace: None,
    };
    // The first two lie at 0.476 and 0.506 of the whole, one without a run at 0.459.
    let mut input = String::new();
    for names in [
        r#""run_id": "r", "phase_id": "guide", "#,
        r#""run_id": "v8b-1", "phase_id": "installation-steps", "#,
        r#""phase_id": "a", "#,
        "",
    ] {
        let line = DOCS_LOW.replace(r#""phase": {"#, &format!(r#""phase": {{{names}"#));
        input.push_str(&line);
        input.push('\n');
    }
    let mut output = Vec::new();
    assert!(
        decider
            .decide_all(input.as_bytes(), &mut output)
            .expect("memory")
    );
    let told: Vec<(u64, String)> = String::from_utf8(output)
        .expect("JSON is UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .map(|answer: serde_json::Value| {
            let policy = answer["policy"].as_str().expect("a name").to_owned();
            (
                answer["actual_max_tokens"].as_u64().expect("a ceiling"),
                policy,
            )
        })
        .collect();
    let (before, staged) = ("build-142", "build-142+base.docs.low=3584");
    let expected = [
        (3584, staged),
        (4096, before),
        (3584, staged),
        (4096, before),
    ];
    assert_eq!(
        told,
        expected.map(|(ceiling, name)| (ceiling, name.to_owned()))
    );
}
