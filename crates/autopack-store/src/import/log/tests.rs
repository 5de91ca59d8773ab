use autopack_core::Complexity;
use jiff::tz::{self, Offset};

use super::*;
use crate::column::Value;
use crate::import::SourceFormat;

fn assumed() -> Assumed {
    Assumed {
        run_id: "log".to_owned(),
        utc_offset: tz::offset(11),
        category: None,
        complexity: None,
    }
}

/// What is known of each row, and what was come across.
fn read_assuming(text: &str, assumed: &Assumed) -> (Vec<String>, ImportReport) {
    let mut log = Log::new(Lines::new(text.as_bytes()));
    let mut batch = Batch::new("now");
    let mut report = ImportReport::new(SourceFormat::Log);
    while log.read(&mut batch, &mut report, assumed).expect("read") {}
    let mut rows = Vec::new();
    for table in [&batch.calls, &batch.escalations] {
        for row in &table.rows {
            let known = table.names.iter().zip(row).filter_map(|(name, value)| {
                let hidden = ["created_at", "import_key", "smape_percent", "waste_ratio"];
                let value = shown(value)?;
                (!hidden.contains(&name.as_str())).then(|| format!("{name}={value}"))
            });
            rows.push(known.collect::<Vec<_>>().join(" "));
        }
    }
    (rows, report)
}

fn read(text: &str) -> (Vec<String>, ImportReport) {
    read_assuming(text, &assumed())
}

fn shown(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Integer(number) => number.map(|number| number.to_string()),
        Value::Real(number) => number.map(|number| number.to_string()),
        Value::Boolean(flag) => flag.map(|flag| flag.to_string()),
        Value::Text(text) => text.as_ref().map(ToString::to_string),
    }
}

const RUN: &str = "[2025-12-29 19:38:49] INFO: Initialized autonomous executor for run: my-run\n";
const SELECT: &str = "[2025-12-29 19:39:46] INFO: [MODEL-SELECT] Builder: model=sonnet, complexity=low->low, attempt=0, category=implementation\n";
const P4: &str = "[2025-12-29 19:39:46] INFO: [BUILD-129:P4] Final max_tokens enforcement: 16384 (token_selected_budget=8192)\n";
const USAGE: &str = "[2025-12-29 19:40:01] INFO: [TOKEN_BUDGET] phase=p1 complexity=low input=1164 output=1218/16384 total=2382 utilization=7.4% model=sonnet\n";
const ESTIMATE: &str = "[2025-12-29 19:40:02] INFO: [TokenEstimationV2] predicted_output=5200 actual_output=1218 smape=124.1% selected_budget=8192 category=implementation complexity=low deliverables=1 success=True stop_reason=end_turn truncated=False model=sonnet\n";
const CUT: &str = "[2025-12-29 20:14:55] INFO: [TOKEN_BUDGET] phase=p2 complexity=medium input=100 output=16384/16384 total=16484 utilization=100.0% model=opus\n";
const TRUNCATION: &str = "[2025-12-29 20:14:55] WARNING: [TOKEN_BUDGET] TRUNCATION: phase=p2 used 16384/16384 tokens (100% utilization) - consider increasing max_tokens for this complexity level\n";
const P10: &str = "[2025-12-29 20:14:55] INFO: [BUILD-129:P10] ESCALATE-ONCE: phase=p2 attempt=1 base=16384 (from actual_max_tokens) → retry=20480 (1.25x, 100.0% utilization)\n";

#[test]
fn the_lines_of_a_call_make_one_row() {
    let text = [RUN, SELECT, P4, USAGE, ESTIMATE].concat();
    let (rows, report) = read(&text);
    let row = "run_id=my-run phase_id=p1 timestamp=2025-12-29 08:40:01.000000 category=implementation complexity=low deliverable_count=1 predicted_output_tokens=5200 actual_output_tokens=1218 selected_budget=8192 actual_max_tokens=16384 success=true truncated=false stop_reason=end_turn model=sonnet underestimated=false is_truncated_output=false provider=anthropic input_tokens=1164 native_stop_reason=end_turn attempt=1";
    assert_eq!(rows, [row]);
    assert_eq!((report.n_lines, report.n_joined), (5, 1));
    assert_eq!((report.bad.len(), report.passed_over.len()), (0, 0));
    let (with_cr, _) = read(&text.replace('\n', "\r\n"));
    assert_eq!(with_cr, rows);
}

#[test]
fn a_call_that_is_cut_off_escalates() {
    let (rows, _) = read(&[CUT, TRUNCATION, P10].concat());
    assert_eq!(
        rows,
        [
            "run_id=log phase_id=p2 timestamp=2025-12-29 09:14:55.000000 category=unknown complexity=medium actual_output_tokens=16384 actual_max_tokens=16384 truncated=true stop_reason=max_tokens model=opus is_truncated_output=true provider=anthropic input_tokens=100 native_stop_reason=max_tokens attempt=1",
            "run_id=log phase_id=p2 timestamp=2025-12-29 09:14:55.000000 attempt_index=1 reason=utilization was_truncated=true output_utilization=100 escalation_factor=1.25 base_value=16384 base_source=actual_max_tokens retry_max_tokens=20480 actual_max_tokens=16384 tokens_used=16384 provider=anthropic",
        ]
    );
}

#[test]
fn each_line_alone_tells_what_it_tells() {
    let (rows, report) = read(ESTIMATE);
    assert_eq!(rows.len(), 1);
    assert!(rows[0].contains("phase_id=unknown"), "{rows:?}");
    assert!(!rows[0].contains("actual_max_tokens"), "{rows:?}");
    assert_eq!(report.n_joined, 0);

    let (rows, _) = read(&[P4, ESTIMATE].concat());
    assert!(
        rows[0].contains("selected_budget=8192 actual_max_tokens=16384"),
        "{rows:?}"
    );

    let (rows, report) = read(&[P4, TRUNCATION].concat());
    assert_eq!(rows, [""; 0]);
    let reasons: Vec<(&str, &[u64])> = report
        .passed_over
        .iter()
        .map(|(reason, skipped)| (reason.as_str(), skipped.first.as_slice()))
        .collect();
    assert_eq!(
        reasons,
        [
            ("a ceiling ([BUILD-129:P4]) without its call", &[1_u64][..]),
            ("a truncation without its [TOKEN_BUDGET] line", &[2]),
        ]
    );

    let (rows, _) = read(P10);
    assert!(
        rows[0].contains("was_truncated=false output_utilization=100 "),
        "{rows:?}"
    );
    assert!(!rows[0].contains("tokens_used"), "{rows:?}");
}

#[test]
fn the_first_form_of_an_estimate() {
    let v1 = "2025-12-29 19:40:01,624 - autopack.anthropic_clients - INFO - [TokenEstimation] Predicted: 5200 output tokens, Actual: 1218 output tokens, Error: 57.3%\n";
    let (rows, report) = read(&[USAGE, v1].concat());
    assert_eq!(rows.len(), 1);
    assert!(
        rows[0].contains("predicted_output_tokens=5200 actual_output_tokens=1218"),
        "{rows:?}"
    );
    assert_eq!(report.n_joined, 1);

    let (rows, report) = read(v1);
    assert_eq!(
        (rows.len(), report.n_bad()),
        (0, 1),
        "nothing tells its complexity"
    );
    let told = Assumed {
        complexity: Some(Complexity::Low),
        ..assumed()
    };
    let (rows, _) = read_assuming(v1, &told);
    assert!(
        rows[0].contains("category=unknown complexity=low"),
        "{rows:?}"
    );
}

#[test]
fn calls_side_by_side_are_told_apart() {
    let other = |line: &str| {
        line.replace("1218", "999")
            .replace("p1", "p9")
            .replace("8192", "4096")
    };
    let text = [
        P4.to_owned(),
        other(P4),
        USAGE.to_owned(),
        other(USAGE),
        other(ESTIMATE),
        ESTIMATE.to_owned(),
    ];
    let (rows, report) = read(&text.concat());
    assert_eq!((rows.len(), report.n_joined), (2, 2));
    for (row, parts) in rows.iter().zip([
        "phase_id=p1 actual_output_tokens=1218 selected_budget=8192 actual_max_tokens=16384",
        "phase_id=p9 actual_output_tokens=999 selected_budget=4096 actual_max_tokens=16384",
    ]) {
        for part in parts.split(' ') {
            assert!(row.contains(part), "{part}: {row}");
        }
    }
}

#[test]
fn a_call_after_one_that_failed_does_not_take_its_ceiling() {
    let without = USAGE.replace("sonnet", "opus");
    let (rows, report) = read(&[P4, SELECT, &without].concat());
    assert!(!rows[0].contains("selected_budget"), "{rows:?}");
    assert_eq!(report.passed_over.len(), 1);
}

#[test]
fn lines_too_far_apart_are_not_of_one_call() {
    let late = ESTIMATE.replace("19:40:02", "20:40:02");
    let (rows, report) = read(&[P4, USAGE, &late].concat());
    assert_eq!((rows.len(), report.n_joined), (2, 1));
    assert!(!rows[0].contains("predicted"), "{rows:?}");
    assert!(!rows[1].contains("actual_max_tokens"), "{rows:?}");
}

#[test]
fn what_the_builder_made_of_it_tells_success() {
    let verdict = "[2025-12-29 20:14:55] ERROR: [p2] Builder failed: no good\n";
    let (rows, _) = read(&[CUT, TRUNCATION, verdict].concat());
    assert!(rows[0].contains("success=false"), "{rows:?}");
    let other = verdict.replace("p2", "p3");
    let (rows, _) = read(&[CUT, TRUNCATION, &other].concat());
    assert!(!rows[0].contains("success"), "{rows:?}");
}

#[test]
fn a_line_that_is_printed_twice_counts_once() {
    let again = |line: &str| {
        let plain = line
            .replace(['[', ']'], "|")
            .replacen("| INFO: ", ",537 - a.b - INFO - ", 1);
        let message = line.split_once(" INFO: ").map(|(_, message)| message);
        let time = plain.trim_start_matches('|').split(',').next();
        format!(
            "{},537 - a.b - INFO - {}",
            time.expect("a time"),
            message.expect("one")
        )
    };
    let lines = [P4, USAGE, ESTIMATE];
    let twice: String = lines
        .iter()
        .flat_map(|line| [(*line).to_owned(), again(line)])
        .collect();
    let (rows, report) = read(&twice);
    let (once, _) = read(&lines.concat());
    assert_eq!(rows, once);
    assert_eq!(report.passed_over["printed twice"].first, [2, 4, 6]);
    let an_hour_later = ESTIMATE.replace("19:40:02", "20:41:02");
    let (rows, _) = read(&[ESTIMATE, &an_hour_later].concat());
    assert_eq!(rows.len(), 2, "no echo takes that long");
}

#[test]
fn bad_lines_are_told_by_number_and_the_rest_goes_on() {
    let other = "[2025-12-29 20:00:00] INFO: [TOKEN_BUDGET] Context loading: ~19998 tokens (99% of 20000 budget)\n";
    let text = [
        "no time\n",
        USAGE.trim_start_matches("[2025-12-29 19:40:01] INFO: "),
        &USAGE.replace("input=1164", "input=many"),
        &USAGE.replace("2025-12-29", "2025-02-30"),
        other,
        &USAGE
            .replace("complexity=low", "complexity=epic")
            .replace("p1", "p3"),
        USAGE,
    ];
    let (rows, report) = read(&text.concat());
    assert_eq!(rows.len(), 1);
    let told = |by_reason: &std::collections::BTreeMap<String, super::super::Skipped>| {
        let line = |(reason, skipped): (&String, &super::super::Skipped)| {
            format!("{reason}: {:?}", skipped.first)
        };
        by_reason.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(
        told(&report.bad),
        [
            "[TOKEN_BUDGET] whose `input=` cannot be read: [3]",
            "a complexity that is none of low, medium, high, maintenance: [6]",
            "no such time: [4]",
            "no time before it: [2]",
        ]
    );
    assert_eq!(
        told(&report.passed_over),
        ["[TOKEN_BUDGET] with another meaning: [5]"]
    );
}

#[test]
fn times_are_what_their_offset_says() {
    for (offset, expected) in [
        (Offset::UTC, "timestamp=2025-12-29 19:40:01.000000"),
        (tz::offset(-8), "timestamp=2025-12-30 03:40:01.000000"),
    ] {
        let told = Assumed {
            utc_offset: offset,
            ..assumed()
        };
        let (rows, _) = read_assuming(USAGE, &told);
        assert!(rows[0].contains(expected), "{rows:?}");
    }
}

#[test]
fn many_calls_stay_in_order_and_none_is_kept_for_ever() {
    let line = |number: u64| USAGE.replace("input=1164", &format!("input={number}"));
    let text: String = (0..100).map(line).collect();
    let (rows, _) = read(&text);
    assert_eq!(rows.len(), 100);
    for (number, row) in rows.iter().enumerate() {
        assert!(
            row.contains(&format!("input_tokens={number} "))
                || row.ends_with(&format!("input_tokens={number}")),
            "{row}"
        );
    }
}
