use super::*;
use proptest::prelude::*;

fn trace(rows: &[(&str, u64)]) -> Trace {
    let mut trace = Trace::default();
    for (group, length) in rows {
        let call = TraceCall {
            group: trace.group(group),
            length: Tokens::new(*length),
            input: Some(Tokens::new(100)),
            estimate: None,
        };
        trace.push(call);
    }
    trace
}

fn target() -> TargetTruncation {
    TargetTruncation::new(0.25).expect("a rate")
}

fn figures(trace: &Trace, policy: &Policy) -> Figures {
    let ceilings = policy.ceilings(trace, &[Tokens::new(8192)], None);
    let economics = Economics {
        quota_tokens_per_minute: Some(10_000),
        ..Economics::default()
    };
    FiguresOf {
        trace,
        oracle: &oracle(trace, target()),
        target: target(),
        n_warm_up: 0,
        economics,
    }
    .figures(&ceilings.expect("few groups"))
    .expect("calls")
}

#[test]
fn the_oracle_cuts_off_what_it_may_and_no_more() {
    let trace = trace(&[("a", 100), ("a", 400), ("a", 200), ("a", 300), ("b", 5)]);
    assert_eq!(oracle(&trace, target()), [Tokens::new(300), Tokens::new(5)]);
    let figures = figures(&trace, &Policy::Oracle(target()));
    assert_eq!((figures.n_calls, figures.n_truncated), (5, 1));
    assert!((figures.ceiling_to_oracle - 1.0).abs() < 1e-12);
    assert_eq!(figures.pinball_to_oracle, Some(1.0));
    assert!(figures.truncation_bound > figures.truncation_rate);
    assert_eq!(figures.worst_group, None);
}

#[test]
fn figures_of_a_fixed_ceiling_by_hand() {
    let trace = trace(&[("a", 100), ("a", 400), ("a", 200), ("a", 300)]);
    let figures = figures(&trace, &Policy::Fixed(Tokens::new(300)));
    assert_eq!((figures.reserved_tokens, figures.n_truncated), (1200, 1));
    // Ceiling over output: 3, 1 (cut off), 1.5, 1.
    assert!((figures.waste.median - 1.5).abs() < 1e-12);
    assert!((figures.waste.p90 - 3.0).abs() < 1e-12);
    // 0.05 · 1200, and of the second: its 300, half the median of 300, 0.05 · 900; over 1000.
    assert!((figures.excess_cost - (60.0 + 300.0 + 150.0 + 45.0) / 1000.0).abs() < 1e-12);
    assert_eq!(figures.calls_per_minute, Some(25.0));
}

#[test]
fn a_group_that_the_bases_do_not_know_has_the_last() {
    let trace = trace(&[("a", 1), ("b", 1)]);
    let table = Policy::Table(vec![Tokens::new(7)]);
    let ceilings = table.ceilings(&trace, &[], None).expect("few groups");
    assert_eq!(ceilings, [Tokens::new(7), Tokens::new(7)]);
}

#[test]
fn a_second_attempt_shows_what_the_first_did_not() {
    let of = |length, retry| outcome(Tokens::new(length), Tokens::new(10), retry);
    assert_eq!(of(10, Some(3)), Outcome::Ended(Tokens::new(10)));
    assert_eq!(of(11, None), Outcome::CutOff);
    assert_eq!(of(30, Some(3)), Outcome::EndedWhenRetried(Tokens::new(30)));
    assert_eq!(of(31, Some(3)), Outcome::CutOffWhenRetried(Tokens::new(30)));
}

proptest! {
    #[test]
    fn live_policies_see_only_the_past(
        rows in prop::collection::vec((0_usize..3, 1_u64..40_000), 1..300),
        cut in 0_usize..300,
    ) {
        let names = ["a/b", "a", "c"];
        let rows: Vec<_> = rows.iter().map(|(group, length)| (names[*group], *length)).collect();
        let cut = cut.min(rows.len());
        let learned = Policy::Learned(LearnedSettings::new(target()));
        for policy in [learned, Policy::Ratio, Policy::DroppedQuantile(target())] {
            for retry in [None, Some(3)] {
                let bases = [Tokens::new(8192)];
                let whole = policy.ceilings(&trace(&rows), &bases, retry).expect("few groups");
                let prefix = policy.ceilings(&trace(&rows[..cut]), &bases, retry).expect("few");
                prop_assert_eq!(&whole[..cut], &prefix[..]);
            }
        }
    }
}
