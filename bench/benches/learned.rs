//! What a learned ceiling costs: deciding, taking a call in, and both over a long trace.

use autopack_calibrate::backtest::{Policy, Trace, TraceCall};
use autopack_calibrate::learned::{Call, LearnedSettings, Learner, Outcome, TargetTruncation};
use autopack_core::Tokens;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

const N_CALLS: u64 = 200_000;
const BASE: Tokens = Tokens::new(8192);

fn settings() -> LearnedSettings {
    LearnedSettings::new(TargetTruncation::new(0.02).expect("a rate"))
}

/// Lengths of 200 to 6,600 tokens, most of them short, the same every time.
fn lengths() -> impl Iterator<Item = u64> {
    let mut state = 1_u64;
    std::iter::from_fn(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let even = (state >> 33) % 6400;
        Some(200 + even * even / 6400)
    })
}

fn trace(n_groups: u64) -> Trace {
    let mut trace = Trace::default();
    for (row, length) in (0..N_CALLS).zip(lengths()) {
        let call = TraceCall {
            group: trace.group(&format!("kind/{}", row * 7919 % n_groups)),
            length: Tokens::new(length),
            input: None,
            estimate: None,
        };
        trace.push(call);
    }
    trace
}

/// The goal is 1,000,000 calls a second.
#[divan::bench(args = [1, 70, 1000])]
fn a_trace_of_so_many_groups(bencher: Bencher, n_groups: u64) {
    let trace = trace(n_groups);
    let learned = Policy::Learned(settings());
    bencher
        .counter(ItemsCount::new(N_CALLS))
        .bench(|| learned.ceilings(black_box(&trace), &[BASE], None));
}

/// The goal is 2 µs.
#[divan::bench]
fn one_decision(bencher: Bencher) {
    let mut learner = Learner::new(settings());
    let call = Call {
        group: learner.group("kind/0").expect("room"),
        chain: 0,
        estimate: Some(Tokens::new(1000)),
        base: BASE,
        limit: Some(Tokens::new(64_000)),
    };
    for length in lengths().take(1000) {
        let sent = learner.decide(&call).ceiling;
        let length = Tokens::new(length);
        let outcome = if length > sent {
            Outcome::CutOff
        } else {
            Outcome::Ended(length)
        };
        learner.observe(&call, sent, outcome);
    }
    bencher.bench(|| learner.decide(black_box(&call)));
}
