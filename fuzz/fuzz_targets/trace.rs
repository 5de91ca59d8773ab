//! A trace of calls for a backtest: read or refused, and whatever is read, every policy that sees only the
//! past has a ceiling for each call, which a prefix of the trace has too.
#![no_main]

use autopack_calibrate::backtest::{Economics, FiguresOf, Policy, oracle};
use autopack_calibrate::learned::{LearnedSettings, TargetTruncation};
use autopack_core::Tokens;
use libfuzzer_sys::fuzz_target;

// The reader is a part of the command, which is no library; its form is seen to there.
#[rustfmt::skip]
#[path = "../../crates/autopack-cli/src/commands/backtest/reading.rs"]
#[expect(dead_code, reason = "the command reads from a path")]
mod reading;

const BASES: [Tokens; 1] = [Tokens::new(8192)];

fuzz_target!(|bytes: &[u8]| {
    match reading::parse(bytes) {
        Ok(read) => check(&read.trace),
        Err(error) => assert!(!format!("{error:#}").is_empty()),
    }
});

fn check(trace: &autopack_calibrate::backtest::Trace) {
    let target = TargetTruncation::new(0.02).expect("a rate");
    let oracle = oracle(trace, target);
    let judge = FiguresOf {
        trace,
        oracle: &oracle,
        target,
        n_warm_up: 0,
        economics: Economics::default(),
    };
    for policy in [
        Policy::Learned(LearnedSettings::new(target)),
        Policy::Ratio,
        Policy::DroppedQuantile(target),
        Policy::Oracle(target),
    ] {
        for retry in [None, Some(3)] {
            let ceilings = policy.ceilings(trace, &BASES, retry).expect("few groups");
            assert_eq!(ceilings.len(), trace.calls().len());
            assert!(ceilings.iter().all(|ceiling| *ceiling >= Tokens::new(1)));
            let figures = judge.figures(&ceilings).expect("calls");
            assert!((0.0..=1.0).contains(&figures.truncation_rate));
            assert!(figures.truncation_rate <= figures.truncation_bound);
            assert!(figures.ceiling_to_oracle.is_finite());
        }
    }
}
