//! Chains of attempts, and runs of calls.

use super::*;

/// Calls of 4,096 tokens that another policy would have given 8,192.
struct World {
    before: Policy,
    after: Policy,
    steps: Vec<LoggedStep>,
    confidence: f64,
}

/// An attempt: its run, its chain, which it is, what came out, and what ended it.
type Attempt = (&'static str, &'static str, u32, u64, End);

const CEILING: u64 = 4096;
const CANDIDATE: u64 = 8192;

impl World {
    fn new() -> Self {
        let before = Policy::build_142();
        let after = before
            .with("base.docs.low", u32::try_from(CANDIDATE).expect("small"))
            .expect("a base");
        let (_, decision) = decided(&before, Complexity::Low);
        assert_eq!(decision.actual_max_tokens, Tokens::new(CEILING));
        let (_, other) = decided(&after, Complexity::Low);
        assert_eq!(other.actual_max_tokens, Tokens::new(CANDIDATE));
        let estimate = decision.estimate.as_ref().expect("an estimate");
        Self {
            confidence: estimate.confidence,
            steps: logged_steps(&decision),
            before,
            after,
        }
    }

    /// Replays attempts, each changed by `change`.
    fn replay(
        &self,
        attempts: &[Attempt],
        change: impl Fn(&mut LoggedCall<'_>, u32),
    ) -> (Replay, Replayed) {
        let mut replay = Replay::default();
        let redecision = Redecision::new(&self.before, &self.after);
        for (run, chain, number, output, end) in attempts {
            let decision = LoggedDecision {
                estimated_category: Some(&Category::Docs),
                confidence: Some(self.confidence),
                n_deliverables: 1,
                steps: &self.steps,
                ..BARE
            };
            let mut call = LoggedCall {
                run,
                chain: Some(chain),
                is_first: *number == 1,
                decision: Some(decision),
                redecision: Some(&redecision),
                output: Some(Tokens::new(*output)),
                end: *end,
                ..WHOLE
            };
            change(&mut call, *number);
            let expected = (*number > 1).then_some(Refusal::NotFirst);
            assert_eq!(replay.add(&cell(), &call), expected);
        }
        let replayed = replay.finish(Economics::default(), SEED);
        (replay, replayed)
    }

    fn figures(
        &self,
        attempts: &[Attempt],
        change: impl Fn(&mut LoggedCall<'_>, u32),
    ) -> ReplayFigures {
        self.replay(attempts, change).1.total.expect("calls")
    }
}

/// A first attempt that was cut off.
const FIRST: Attempt = ("a", "chain", 1, CEILING, End::Ceiling);

#[test]
fn a_retry_tells_how_long_the_answer_is() {
    let world = World::new();
    let exactly = |n_cut, written| (1, 0, Bounds::exactly(n_cut), Bounds::exactly(written));
    for (output, expected) in [
        (5000, exactly(0, 5000)),
        (CANDIDATE, exactly(0, CANDIDATE)),
        (CANDIDATE + 1, exactly(1, CANDIDATE)),
        // Written anew it came out shorter; the first was longer than its ceiling all the same.
        (300, exactly(0, CEILING + 1)),
    ] {
        let retry = ("a", "chain", 2, output, End::Itself);
        let figures = world.figures(&[FIRST, retry], |_, _| {});
        let Side {
            n_cut,
            written_tokens,
            ..
        } = figures.candidate;
        let seen = (
            figures.n_from_retries,
            figures.n_unknown,
            n_cut,
            written_tokens,
        );
        assert_eq!(seen, expected, "{output}");
        assert_eq!(
            figures.n_cut_expected.to_bits(),
            Tokens::new(n_cut.low).as_f64().to_bits()
        );
        assert_eq!(
            figures.logged.n_cut,
            Bounds::exactly(1),
            "it was cut off all the same"
        );
    }
}

#[test]
fn the_rest_of_an_answer_is_added_to_it() {
    let rest = ("a", "chain", 2, 1000, End::Itself);
    let is_rest = |call: &mut LoggedCall<'_>, number| {
        if number > 1 {
            call.extent = Extent::Rest;
        }
    };
    let figures = World::new().figures(&[FIRST, rest], is_rest);
    let written = Bounds::exactly(CEILING + 1000);
    assert_eq!(figures.candidate.written_tokens, written);
    let waste = Tokens::new(CANDIDATE).as_f64() / Tokens::new(CEILING + 1000).as_f64();
    assert_eq!(figures.candidate.median_waste, Some(waste));
}

#[test]
fn a_retry_that_was_cut_off_again_tells_how_long_the_answer_is_at_least() {
    let world = World::new();
    let cut = |output| ("a", "chain", 2, output, End::Ceiling);
    let short = world.figures(&[FIRST, cut(6000)], |_, _| {});
    assert_eq!((short.n_from_retries, short.n_unknown), (0, 1));
    let written = Bounds {
        low: 6000,
        high: CANDIDATE,
    };
    assert_eq!(short.candidate.written_tokens, written);
    let long = world.figures(&[FIRST, cut(CANDIDATE)], |_, _| {});
    assert_eq!((long.n_from_retries, long.n_unknown), (1, 0));
    assert_eq!(long.candidate.n_cut, Bounds::exactly(1));
    let third = ("a", "chain", 3, 7000, End::Itself);
    let whole = world.figures(&[FIRST, cut(6000), third], |_, _| {});
    assert_eq!(whole.candidate.written_tokens, Bounds::exactly(7000));
}

#[test]
fn what_is_no_attempt_at_the_same_answer_tells_nothing() {
    let world = World::new();
    let retry = ("a", "chain", 2, 5000, End::Itself);
    let unknown = |attempts: &[Attempt], change: fn(&mut LoggedCall<'_>, u32)| {
        let figures = world.figures(attempts, change);
        assert_eq!(
            (figures.n_from_retries, figures.n_unknown),
            (0, 1),
            "{attempts:?}"
        );
    };
    unknown(&[FIRST], |_, _| {});
    unknown(&[FIRST, ("a", "other", 2, 5000, End::Itself)], |_, _| {});
    unknown(&[FIRST, ("a", "chain", 2, 5000, End::Failure)], |_, _| {});
    unknown(&[retry, FIRST], |_, _| {});
    unknown(&[FIRST, retry], |call, number| {
        if number > 1 {
            call.model = "another model";
        }
    });
    unknown(&[FIRST, retry], |call, number| {
        if number > 1 {
            call.thinking_budget = Some(Tokens::new(2048));
        }
    });
    unknown(&[FIRST, retry], |call, _| call.chain = None);
    unknown(&[FIRST, retry], |call, number| {
        if number > 1 {
            call.output = None;
        }
    });
}

/// Of each run ten calls; those of the second half of runs were cut off, and nothing tells how long they are.
fn runs(names: &[&'static str]) -> Vec<Attempt> {
    let of_run = |(place, run): (usize, &&'static str)| {
        let whole = place < names.len() / 2;
        let run = *run;
        (0..10).map(move |_| {
            if whole {
                (run, "", 1, 2048, End::Itself)
            } else {
                (run, "", 1, CEILING, End::Ceiling)
            }
        })
    };
    names.iter().enumerate().flat_map(of_run).collect()
}

#[test]
fn differences_are_told_by_runs() {
    let world = World::new();
    let differences = |names: &[&'static str]| {
        let attempts = runs(names);
        let (_, replayed) = world.replay(&attempts, |call, _| call.chain = None);
        replayed.differences
    };
    assert_eq!(differences(&["a", "b"]), None, "twenty calls are too few");
    let four = differences(&["a", "b", "c", "d"]).expect("differences");
    assert_eq!(four, differences(&["a", "b", "c", "d"]).expect("the same"));
    assert_eq!((four.n_runs, four.seed), (4, SEED));
    // All that were cut off are expected to be cut off again: nothing longer was seen to end.
    assert_eq!(four.truncation_rate.value.to_bits(), 0.0_f64.to_bits());
    let reserved = four.reserved_tokens;
    assert_eq!(reserved.value.to_bits(), 4096.0_f64.to_bits());
    let interval = reserved.interval.expect("four runs");
    // Of every call it is the same.
    assert_eq!(
        (interval.low.to_bits(), interval.high.to_bits()),
        (reserved.value.to_bits(), reserved.value.to_bits())
    );
    let waste = four.median_waste.expect("whole answers");
    assert_eq!(waste.value.to_bits(), 2.0_f64.to_bits());
}

/// A run of which nothing was cut off, and one of which everything was and is known by its retries to be short enough.
#[test]
fn an_interval_is_as_wide_as_runs_differ_and_one_run_has_none() {
    let world = World::new();
    let attempts = |runs: &[&'static str], is_cut: fn(usize) -> bool| {
        let mut attempts = Vec::new();
        for (place, run) in runs.iter().enumerate() {
            for chain in ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"] {
                let output = if is_cut(place) { CEILING } else { 3000 };
                let end = if is_cut(place) {
                    End::Ceiling
                } else {
                    End::Itself
                };
                attempts.push((*run, chain, 1, output, end));
                if is_cut(place) {
                    attempts.push((*run, chain, 2, 5000, End::Itself));
                }
            }
        }
        attempts
    };
    let differences = |attempts: &[Attempt]| {
        let (_, replayed) = world.replay(attempts, |_, _| {});
        replayed.differences.expect("enough calls")
    };
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let uneven = differences(&attempts(&names, |place| place % 2 == 0));
    assert_eq!(uneven.truncation_rate.value.to_bits(), (-0.5_f64).to_bits());
    let interval = uneven.truncation_rate.interval.expect("runs");
    assert!(
        interval.low <= -0.85 && interval.high >= -0.15,
        "{interval:?}"
    );
    let even = differences(&attempts(&names, |_| true));
    let interval = even.truncation_rate.interval.expect("runs");
    assert_eq!(
        (interval.low.to_bits(), interval.high.to_bits()),
        ((-1.0_f64).to_bits(), (-1.0_f64).to_bits())
    );
    let one = differences(&attempts(&["a", "a", "a", "a"], |place| place % 2 == 0));
    assert_eq!(one.n_runs, 1);
    assert_eq!(one.truncation_rate.value.to_bits(), (-0.5_f64).to_bits());
    assert_eq!(
        (one.truncation_rate.interval, one.reserved_tokens.interval),
        (None, None)
    );
}

#[test]
fn the_older_half_makes_room() {
    let world = World::new();
    let whole = |run, chain| (run, chain, 1, 1000, End::Itself);
    let attempts = [
        ("a", "old", 1, CEILING, End::Ceiling),
        whole("b", "1"),
        ("b", "new", 1, CEILING, End::Ceiling),
        whole("c", "2"),
    ];
    let (mut replay, _) = world.replay(&attempts, |_, _| {});
    replay.make_room();
    assert_eq!(replay.refusals().get(&Refusal::TooOld), Some(&2));
    assert_eq!(replay.calls.len(), 2);
    assert_eq!(replay.runs.in_order().len(), 2, "`a` is forgotten");
    let retry = |chain| LoggedCall {
        chain: Some(chain),
        is_first: false,
        output: Some(Tokens::new(5000)),
        ..WHOLE
    };
    for chain in ["old", "new"] {
        assert_eq!(replay.add(&cell(), &retry(chain)), Some(Refusal::NotFirst));
    }
    let total = replay.finish(Economics::default(), SEED).total;
    let total = total.expect("calls");
    assert_eq!(
        (total.n_calls, total.n_from_retries, total.n_unknown),
        (2, 1, 0)
    );
}
