use super::*;

fn record(message: &str) -> Option<Parsed<'_>> {
    parse(message.as_bytes())
}

fn read(message: &str) -> Record<'_> {
    record(message).expect(message).expect(message)
}

#[test]
fn usage_with_its_truncation() {
    assert_eq!(
        read(
            "[TOKEN_BUDGET] phase=write docs complexity=medium input=47526 output=4968/16384 total=52494 utilization=30.3% model=claude-sonnet-4-5"
        ),
        Record::Usage(Usage {
            phase: "write docs",
            complexity: "medium",
            input: 47_526,
            output: 4_968,
            ceiling: 16_384,
            model: "claude-sonnet-4-5",
        })
    );
    assert_eq!(
        read(
            "[TOKEN_BUDGET] TRUNCATION: phase=a used 16384/16384 tokens (100% utilization) - consider increasing max_tokens for this complexity level"
        ),
        Record::Truncation(Truncation {
            phase: "a",
            output: 16_384,
            ceiling: 16_384,
        })
    );
}

#[test]
fn estimates_in_their_three_forms() {
    let estimate = Estimate {
        predicted: 5_200,
        actual: Some(1_218),
        selected: Some(8_192),
        category: "implementation",
        complexity: "low",
        n_deliverables: 1,
        success: Some(true),
        stop_reason: Some("end_turn"),
        truncated: Some(false),
        model: "claude-sonnet-4-5",
    };
    assert_eq!(
        read(
            "[TokenEstimationV2] predicted_output=5200 actual_output=1218 smape=124.1% selected_budget=8192 category=implementation complexity=low deliverables=1 success=True stop_reason=end_turn truncated=False model=claude-sonnet-4-5"
        ),
        Record::Estimate(estimate)
    );
    assert_eq!(
        read(
            "[TokenEstimationV2] predicted_output=5200 actual_total=99000 selected_budget=None category=implementation complexity=low deliverables=1 success=None model=claude-sonnet-4-5"
        ),
        Record::Estimate(Estimate {
            actual: None,
            selected: None,
            success: None,
            stop_reason: None,
            truncated: None,
            ..estimate
        })
    );
    assert_eq!(
        read(
            "[TokenEstimation] Predicted: 300 output tokens, Actual: 128 output tokens, Error: 57.3%"
        ),
        Record::EstimateV1 {
            predicted: 300,
            actual: 128
        }
    );
}

#[test]
fn enforcement_and_escalation() {
    assert_eq!(
        read("[BUILD-129:P4] Final max_tokens enforcement: 16384 (token_selected_budget=8192)"),
        Record::Enforcement(Enforcement {
            ceiling: 16_384,
            selected: 8_192
        })
    );
    let escalation = Escalation {
        phase: "a",
        attempt: 1,
        base: 16_384,
        base_source: "actual_max_tokens",
        retry: 20_480,
        factor: 1.25,
        utilization_percent: Some(97.5),
    };
    for arrow in ["→", "->"] {
        let line = format!(
            "[BUILD-129:P10] ESCALATE-ONCE: phase=a attempt=1 base=16384 (from actual_max_tokens) {arrow} retry=20480 (1.25x, 97.5% utilization)"
        );
        assert_eq!(read(&line), Record::Escalation(escalation));
    }
    assert_eq!(
        read(
            "[BUILD-129:P10] ESCALATE-ONCE: phase=a attempt=1 base=16384 (from actual_max_tokens) → retry=20480 (1.25x, truncation)"
        ),
        Record::Escalation(Escalation {
            utilization_percent: None,
            ..escalation
        })
    );
}

#[test]
fn what_stands_around_a_call() {
    assert_eq!(
        read(
            "[MODEL-SELECT] Builder: model=claude-opus-4-5, complexity=MEDIUM->high, attempt=1, category=IMPLEMENT_FEATURE"
        ),
        Record::Selection(Selection {
            model: "claude-opus-4-5",
            attempt: 1,
            category: Some("IMPLEMENT_FEATURE"),
        })
    );
    let run = Record::Run("my-run");
    assert_eq!(
        read("[LOCK] Acquired executor lock for run_id=my-run (PID=92772, host=h)"),
        run
    );
    assert_eq!(read("Initialized autonomous executor for run: my-run"), run);
    for (line, success) in [
        ("[a-phase] Builder succeeded (2382 tokens)", true),
        ("[a-phase] Builder failed: LLM returned [nothing]", false),
    ] {
        let phase = "a-phase";
        assert_eq!(read(line), Record::Verdict { phase, success });
    }
}

#[test]
fn the_same_tag_may_mean_something_else() {
    for (line, kind) in [
        (
            "[TOKEN_BUDGET] Context loading: ~19998 tokens (99% of 20000 budget)",
            Kind::Usage,
        ),
        (
            "[TOKEN_BUDGET] HIGH UTILIZATION: phase=a used 15800/16384 tokens (96.4% utilization)",
            Kind::Usage,
        ),
        (
            "[BUILD-129:P4] Continuation max_tokens enforcement: 16384",
            Kind::Enforcement,
        ),
        (
            "[BUILD-129:P10] Failed to write DB escalation telemetry: x",
            Kind::Escalation,
        ),
        (
            "[TokenEstimationV2] Failed to write DB telemetry: x",
            Kind::Estimate,
        ),
        ("[TokenEstimation] off", Kind::EstimateV1),
    ] {
        assert_eq!(read(line), Record::OtherMeaning(kind), "{line}");
    }
}

#[test]
fn other_lines_tell_nothing() {
    for line in [
        "",
        "[",
        "[]",
        "Poll interval: 10s",
        "[MODEL-SELECT] Auditor: model=a, complexity=low->low, attempt=0, category=b",
        "[MODEL-SELECT] Builder: model=a",
        "[LOCK] Released executor lock for run_id=a (PID=1)",
        "[BUILD-129] Token estimate: 5200 output tokens (1 deliverables)",
        "[Builder] Output was truncated (stop_reason=max_tokens)",
        "see [TOKEN_BUDGET] phase=a complexity=low",
    ] {
        assert_eq!(record(line), None, "{line}");
    }
}

#[test]
fn a_field_that_cannot_be_read_is_named() {
    let usage = "[TOKEN_BUDGET] phase=a complexity=low input=1 output=2/3 total=3 model=m";
    let estimate = "[TokenEstimationV2] predicted_output=1 actual_output=2 smape=1% selected_budget=3 category=c complexity=low deliverables=1 success=True stop_reason=end_turn truncated=False model=m";
    let escalation = "[BUILD-129:P10] ESCALATE-ONCE: phase=a attempt=1 base=1 (from b) → retry=2 (1.25x, truncation)";
    for (line, part, other, field) in [
        (usage, "input=1", "input=-1", "input="),
        (usage, "output=2/3", "output=2", "output="),
        (usage, "output=2/3", "output=2/many", "output="),
        (usage, " model=m", "", "model="),
        (usage, " complexity=low", "", "complexity="),
        (
            estimate,
            "predicted_output=1",
            "predicted_output=1.5",
            "predicted_output=",
        ),
        (
            estimate,
            "selected_budget=3",
            "selected_budget=",
            "selected_budget=",
        ),
        (estimate, "success=True", "success=yes", "success="),
        (estimate, " truncated=False", "", "truncated="),
        (escalation, "attempt=1", "attempt=first", "attempt="),
        (escalation, "truncation)", "luck)", "utilization"),
        (escalation, " → retry=2", "", ") -> retry="),
    ] {
        assert!(record(line).is_some_and(|read| read.is_ok()), "{line}");
        let line = line.replace(part, other);
        let bad = record(&line).expect(&line).expect_err(&line);
        assert!(
            matches!(bad, Bad::Field { field: named, .. } if named == field),
            "{bad}: {line}"
        );
    }
    let bad = parse(b"[TOKEN_BUDGET] phase=\xff")
        .expect("ours")
        .expect_err("no text");
    assert_eq!(bad, Bad::NotUtf8(Kind::Usage));
}
