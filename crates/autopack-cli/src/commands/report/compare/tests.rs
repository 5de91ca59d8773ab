use super::super::rows::row;
use super::*;

fn call(policy: &str, provider: Provider, phase: &str, ceiling: u64, used: u64) -> EstimationRow {
    EstimationRow {
        policy_version: Some(policy.to_owned()),
        provider: Some(provider),
        phase_id: phase.to_owned(),
        actual_max_tokens: Some(Tokens::new(ceiling)),
        actual_output_tokens: Some(Tokens::new(used)),
        ..row()
    }
}

fn comparison(rows: &[EstimationRow]) -> Comparison {
    let mut comparing = Comparing::new(["old".to_owned(), "new".to_owned()]);
    for row in rows {
        comparing.add(row);
    }
    comparing.finish()
}

#[test]
fn the_impact_of_the_seed_comes_out() {
    let comparison = comparison(&[
        call("old", Provider::OpenAi, "guide", 16_384, 1200),
        call("new", Provider::OpenAi, "guide", 4096, 1200),
        call("old", Provider::Gemini, "guide", 8192, 1200),
        call("new", Provider::Gemini, "guide", 4096, 1200),
        call("other", Provider::Gemini, "guide", 1, 1),
    ]);
    let cells: Vec<Vec<String>> = comparison.lines.iter().map(Line::cells).collect();
    assert_eq!(
        cells[0][..7],
        [
            "openai",
            "1 → 1",
            "16,384 → 4,096",
            "16,384 → 4,096",
            "−75.0 %",
            "1,200 → 1,200",
            "13.65 → 3.41"
        ]
    );
    assert_eq!(cells[1][4..7], ["−50.0 %", "1,200 → 1,200", "6.83 → 3.41"]);
    assert_eq!(comparison.missing(), None);
    assert_eq!(comparison.json()["recorded_policies"]["other"], 1);
    assert_eq!(comparison.json()["paired"]["total"]["n_paired_phases"], 2);
}

#[test]
fn a_phase_weighs_the_same_however_often_it_ran() {
    let mut rows = vec![
        call("old", Provider::OpenAi, "small", 1000, 500),
        call("new", Provider::OpenAi, "small", 500, 500),
        call("old", Provider::OpenAi, "large", 9000, 3000),
        // Only the old policy decided this one.
        call("old", Provider::OpenAi, "alone", 90_000, 10),
    ];
    rows.extend((0..9).map(|_| call("new", Provider::OpenAi, "large", 6000, 3000)));
    let comparison = comparison(&rows);
    let paired = &comparison.json()["paired"]["total"];
    assert_eq!(paired["n_paired_phases"], 2);
    assert_eq!(paired["n_phases"], 3);
    // (1000 + 9000) / 2 and (500 + 6000) / 2.
    assert_eq!(paired["before"]["reserved_per_phase_tokens"], 5000.0);
    assert_eq!(paired["after"]["reserved_per_phase_tokens"], 3250.0);
    assert_eq!(paired["reserved_per_phase_change"], -0.35);
    // 3250 / 1750.
    let waste = paired["after"]["waste_ratio"].as_f64().expect("a number");
    assert_eq!(format!("{waste:.4}"), "1.8571");
}

#[test]
fn a_second_attempt_is_a_cost_of_its_phase() {
    let again = EstimationRow {
        attempt: Some(2),
        ..call("new", Provider::OpenAi, "guide", 1250, 1100)
    };
    let comparison = comparison(&[
        call("old", Provider::OpenAi, "guide", 4096, 1100),
        EstimationRow {
            truncated: true,
            ..call("new", Provider::OpenAi, "guide", 1000, 1000)
        },
        again,
    ]);
    let after = &comparison.json()["paired"]["total"]["after"];
    assert_eq!(after["calls_per_phase"], 2.0);
    assert_eq!(after["reserved_per_phase_tokens"], 2250.0);
    assert_eq!(after["used_per_phase_tokens"], 2100.0);
}

#[test]
fn a_second_attempt_alone_pairs_with_nothing() {
    let comparison = comparison(&[
        call("old", Provider::OpenAi, "guide", 4096, 1100),
        EstimationRow {
            attempt: Some(2),
            ..call("new", Provider::OpenAi, "guide", 1250, 1100)
        },
    ]);
    assert_eq!(comparison.json()["paired"]["total"]["n_paired_phases"], 0);
    assert!(comparison.text().contains("no phase was decided by both"));
}

#[test]
fn a_failed_call_reserves_and_wastes_nothing_that_is_known() {
    let comparison = comparison(&[
        EstimationRow {
            actual_output_tokens: None,
            success: Some(false),
            ..call("old", Provider::OpenAi, "guide", 4096, 0)
        },
        call("old", Provider::OpenAi, "guide", 4096, 1024),
        call("new", Provider::OpenAi, "guide", 2048, 1024),
    ]);
    let before = &comparison.json()["total"]["before"];
    assert_eq!(before["reserved_tokens"], 8192);
    assert_eq!(before["waste_ratio"], 4.0);
    assert_eq!(before["n_failed"], 1);
}

#[test]
fn a_policy_without_calls_is_told_with_those_that_have_some() {
    let row = |policy: &str| call(policy, Provider::OpenAi, "guide", 4096, 1200);
    assert_eq!(
        comparison(&[row("old"), row("other")]).missing().as_deref(),
        Some(
            "no call was decided by `new`: run the plan under it with `autopack run PLAN --policy …`; \
             policies with calls: `old`, `other`"
        )
    );
    let unnamed = EstimationRow {
        policy_version: None,
        ..row("old")
    };
    assert_eq!(
        comparison(&[unnamed]).missing().as_deref(),
        Some(
            "no call was decided by `old`, `new`: run the plan under it with `autopack run PLAN \
             --policy …`; policies with calls: none"
        )
    );
    let many: Vec<EstimationRow> = (0..11).map(|n| row(&format!("p{n:02}"))).collect();
    let missing = comparison(&many).missing().expect("both are missing");
    assert!(missing.ends_with("`p07` and 3 more"), "{missing}");
}
