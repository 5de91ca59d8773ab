//! `autopack calibrate --method ratio`: what the reference's script said, and what it should have.

mod quantile;

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::Value;

use crate::support::{Database, Done, ONE_PHASE, Sandbox};

/// The columns that calibration reads, as the Python Autopack before the split had them.
const PYTHON_TABLE: &str = "
    CREATE TABLE token_estimation_v2_events (
        event_id INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL,
        timestamp DATETIME NOT NULL,
        category TEXT NOT NULL,
        complexity TEXT NOT NULL,
        predicted_output_tokens INTEGER,
        actual_output_tokens INTEGER,
        selected_budget INTEGER,
        success BOOLEAN NOT NULL,
        truncated BOOLEAN NOT NULL
    );";

/// A file of the reference calibration.
fn reference(name: &str) -> Vec<u8> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../autopack-calibrate/tests/data/reference-calibration"
    );
    std::fs::read(format!("{folder}/{name}")).unwrap()
}

/// The database of the reference calibration, where the command looks for one.
fn with_reference() -> Sandbox {
    let sandbox = Sandbox::new();
    let mut database = Vec::new();
    let packed = reference("telemetry.db.gz");
    let mut unpacking = GzDecoder::new(&packed[..]);
    unpacking.read_to_end(&mut database).unwrap();
    sandbox.write("autopack.db", database);
    sandbox
}

/// A database of the Python Autopack with these rows.
fn with_rows(rows: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let mut database = Database::open(&sandbox.path("autopack.db"));
    database.execute(PYTHON_TABLE);
    if !rows.is_empty() {
        database.execute(&format!(
            "INSERT INTO token_estimation_v2_events VALUES {rows}"
        ));
    }
    sandbox
}

fn calibrate(sandbox: &Sandbox, args: &[&str]) -> Done {
    sandbox.run(&[&["calibrate", "--method", "ratio"], args].concat())
}

/// The reference keeps `testing` apart; for us it is `tests`.
fn ours(name: &str) -> String {
    name.replace("testing", "tests")
}

/// An object with the keys in our spelling.
fn in_our_spelling(object: &Value) -> BTreeMap<String, Value> {
    let object = object.as_object().unwrap();
    let pairs = object.iter().map(|(key, value)| (ours(key), value.clone()));
    pairs.collect()
}

/// Numbers that are printed the same are the same: `16.0` and `16`.
fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours.as_f64(), theirs.as_f64()) {
        (Some(ours), Some(theirs)) => (ours - theirs).abs() < 1e-9,
        _ => ours == theirs,
    }
}

#[test]
fn every_number_is_that_of_the_reference() {
    let expected: Value = serde_json::from_slice(&reference("expected.json")).unwrap();
    let found = calibrate(&with_reference(), &["--json"]);
    assert_eq!(found.code, Some(0), "{found}");
    let found = found.json();
    for key in ["actual_max_tokens_present", "clean_samples"] {
        assert_eq!(found[key], expected[key], "{key}");
    }
    for (key, value) in expected["metadata"].as_object().unwrap() {
        assert_eq!(&found["metadata"][key], value, "{key}");
    }
    assert_eq!(
        in_our_spelling(&found["below_min_samples"]),
        in_our_spelling(&expected["below_min_samples"])
    );
    let waste = in_our_spelling(&expected["budget_waste"]);
    assert_eq!(
        found["budget_waste"].as_object().unwrap().len(),
        waste.len()
    );
    for (group, figures) in waste {
        for (name, figure) in figures.as_object().unwrap() {
            let ours = &found["budget_waste"][&group][name];
            assert!(same(ours, figure), "{group} {name}: {ours} and {figure}");
        }
    }
}

#[test]
fn every_proposal_is_that_of_the_reference() {
    let expected: Value = serde_json::from_slice(&reference("expected.json")).unwrap();
    let found = calibrate(&with_reference(), &["--json"]).json();
    let proposals = |document: &Value| -> BTreeMap<String, Value> {
        let changes = document["proposed_changes"].as_array().unwrap();
        let named = changes.iter().map(|change| {
            let word = |key: &str| change[key].as_str().unwrap().to_owned();
            (
                ours(&format!("{}/{}", word("category"), word("complexity"))),
                change.clone(),
            )
        });
        named.collect()
    };
    let (found, expected) = (proposals(&found), proposals(&expected));
    assert_eq!(found.len(), 21);
    assert!(found.keys().eq(expected.keys()));
    for (group, change) in &expected {
        for (name, value) in change.as_object().unwrap() {
            // The category is in the name; the reference's action is a sentence, the same for all.
            if !["category", "action"].contains(&name.as_str()) {
                let ours = &found[group][name];
                assert!(same(ours, value), "{group} {name}: {ours} and {value}");
            }
        }
        let ratio = change["median_ratio"].as_f64().unwrap();
        let action = match ratio {
            ratio if ratio > 1.2 => "increase",
            ratio if ratio < 0.8 => "decrease",
            _ => "none",
        };
        assert_eq!(found[group]["action"], action, "{group}");
    }
}

#[test]
fn the_screen_and_the_files_tell_all() {
    let sandbox = with_reference();
    insta::assert_snapshot!("console", calibrate(&sandbox, &[]));
    assert_eq!(
        sandbox.files(),
        ["autopack.db"],
        "nothing is written unasked"
    );
    let done = calibrate(&sandbox, &["--output-dir", "kept/here"]);
    assert_eq!(done.code, Some(0), "{done}");
    let files: Vec<String> = sandbox.files();
    let [_, json, markdown] = &files[..] else {
        panic!("two files: {files:?}");
    };
    let time = |name: &str, ending: &str| {
        let time = name.strip_prefix("kept/here/token_estimator_calibration_");
        time.and_then(|time| time.strip_suffix(ending))
            .unwrap()
            .to_owned()
    };
    assert_eq!(time(json, ".json"), time(markdown, ".md"));
    assert_eq!(time(json, ".json").len(), "20261124_123456".len());
    insta::assert_snapshot!("markdown", sandbox.read(markdown));
    insta::assert_snapshot!("json", sandbox.read(json));
    let last: Vec<&str> = done.stderr.lines().rev().take(2).collect();
    assert_eq!(
        last,
        [format!("written: {json}"), format!("written: {markdown}")]
    );
}

#[test]
fn what_is_there_is_never_written_over() {
    let sandbox = with_reference();
    let mut kept: BTreeMap<String, String> = BTreeMap::new();
    for n_files in [2, 4, 6] {
        let done = calibrate(&sandbox, &["--output-dir", "kept"]);
        assert_eq!(done.code, Some(0), "{done}");
        let files = sandbox.files();
        let reports = files.iter().filter(|name| name.starts_with("kept/"));
        let now: BTreeMap<String, String> = reports
            .map(|name| (name.clone(), sandbox.read(name)))
            .collect();
        assert_eq!(now.len(), n_files);
        for (name, text) in &kept {
            assert_eq!(&now[name], text);
        }
        kept = now;
    }
    sandbox.write("file", "");
    sandbox.write("file", "");
    let refused = calibrate(&sandbox, &["--json", "--output-dir", "file"]);
    assert_eq!(refused.code, Some(3), "{refused}");
    let error = refused.stderr.lines().last().unwrap();
    let said = "error: cannot make the folder `file`: choose another --output-dir: ";
    assert!(error.starts_with(said), "{error}");
}

#[test]
fn values_are_checked_before_anything_is_opened() {
    let sandbox = Sandbox::new();
    let refusals = [
        ["--min-samples", "0"],
        ["--min-samples", "-3"],
        ["--confidence-threshold", "1.1"],
        ["--confidence-threshold", "NaN"],
        ["--min-output-tokens", "few"],
        ["--method", "guess"],
        ["--since", "yesterday"],
    ]
    .map(|args| {
        sandbox
            .run(&[&["calibrate"], &args[..]].concat())
            .to_string()
    });
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn without_calls_the_next_step_is_told() {
    let sandbox = with_rows("");
    sandbox.write("empty.db", "");
    let done = [
        calibrate(&sandbox, &["--database", "sqlite:///missing.db"]),
        calibrate(&sandbox, &["--database", "sqlite:///empty.db"]),
        calibrate(&sandbox, &[]),
        calibrate(&sandbox, &["--since", "7d"]),
        calibrate(&sandbox, &["--include-run-id", "a"]),
    ]
    .map(|done| done.to_string());
    insta::assert_snapshot!(done.join("\n"));
    assert_eq!(sandbox.files(), ["autopack.db", "empty.db"]);
}

#[test]
fn with_too_little_the_reasons_and_the_next_step_are_told() {
    let nothing_usable = with_rows(
        "(1, 'a', '2026-01-01', 'docs', 'low', 100, 100, 100, 1, 1),
        (2, 'a', '2026-01-01', 'docs', 'low', 100, 100, 100, 0, 0),
        (3, 'a', '2026-01-01', 'docs', 'low', 0, 100, 100, 1, 0),
        (4, 'a', '2026-01-01', 'docs', 'low', NULL, 100, 100, 1, 0),
        (5, 'a', '2026-01-01', 'docs', 'low', 100, 0, 100, 1, 0),
        (6, 'a', '2026-01-01', 'docs', 'low', 100, NULL, 100, 1, 0),
        (7, 'a', '2026-01-01', 'docs', 'low', 100, -5, 100, 1, 0)",
    );
    let few = with_rows(
        "(1, 'a', '2026-01-01', 'docs', 'low', 100, 100, 100, 1, 0),
        (2, 'a', '2026-01-01', 'docs', 'low', 100, 10000, 100, 1, 0),
        (3, 'b', '2026-01-01', 'testing', 'high', 100, 100, 100, 1, 0)",
    );
    let done = [
        calibrate(&nothing_usable, &[]),
        calibrate(&few, &["--output-dir", "unused"]),
        calibrate(&few, &["--min-samples", "2"]),
        calibrate(&few, &["--min-samples", "3", "--json"]),
    ]
    .map(|done| done.to_string());
    insta::assert_snapshot!(done.join("\n"));
    assert_eq!(few.files(), ["autopack.db"]);
}

#[test]
fn calls_can_be_left_out() {
    let sandbox = with_rows(
        "(1, 'a', '2026-01-01 12:00:00', 'docs', 'low', 100, 40, 100, 1, 0),
        (2, 'a', '2026-01-02 12:00:00', 'docs', 'low', 100, 60, 100, 1, 0),
        (3, 'b', '2026-01-03 12:00:00', 'DOCUMENTATION', 'low', 100, 80, 100, 1, 0),
        (4, 'c', '2026-01-04 12:00:00', 'docs', 'low', 100, 90, 100, 1, 0)",
    );
    let n_samples = |args: &[&str]| {
        let args = [&["--json", "--min-samples", "1"], args].concat();
        let done = calibrate(&sandbox, &args);
        done.json()["clean_samples"].as_u64().unwrap()
    };
    assert_eq!(n_samples(&[]), 4);
    assert_eq!(n_samples(&["--include-run-id", "a"]), 2);
    let both = ["--include-run-id", "a", "--include-run-id", "c"];
    assert_eq!(n_samples(&both), 3);
    assert_eq!(n_samples(&["--since", "2026-01-02"]), 3);
    assert_eq!(
        n_samples(&[&both[..], &["--since", "2026-01-02"]].concat()),
        2
    );
    assert_eq!(n_samples(&["--min-output-tokens", "60"]), 3);
    let short = ["--json", "--min-output-tokens", "50", "--min-samples", "1"];
    let document = calibrate(&sandbox, &short).json();
    assert_eq!(document["calls"]["excluded"]["short_output"], 1);
}

#[test]
fn our_own_telemetry_is_learned_from() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    for run in ["first", "second"] {
        sandbox.run(&["run", "plan.toml", "--simulate", "--run-id", run]);
    }
    insta::assert_snapshot!(calibrate(&sandbox, &[]));
}
