mod finer;
mod relative;

use super::*;
use crate::Damping;
use autopack_core::{CallFacts, Category, Complexity, Provider, Tokens};
use proptest::prelude::*;

/// An attempt at a document of low complexity on OpenAI, sent with a ceiling of 4096.
fn attempt(output: u64, ending: Ending) -> Attempt<'static> {
    Attempt {
        category: &Category::Docs,
        complexity: Complexity::Low,
        provider: Some(Provider::OpenAi),
        facts: CallFacts::default(),
        chain: None,
        number: 1,
        extent: Extent::Whole,
        predicted: Some(Tokens::new(2600)),
        has_thinking_budget: false,
        ceiling: Some(Tokens::new(4096)),
        output: Some(Tokens::new(output)),
        ending,
    }
}

fn whole(output: u64) -> Attempt<'static> {
    attempt(output, Ending::Whole)
}

fn cut() -> Attempt<'static> {
    attempt(4096, Ending::CutOff)
}

fn settings(target: f64) -> QuantileSettings {
    QuantileSettings {
        target: TargetTruncation::new(target).expect("a rate"),
        min_calls: 8,
    }
}

fn observed<'a>(attempts: impl IntoIterator<Item = Attempt<'a>>) -> Observations {
    let mut observations = Observations::new(0);
    for attempt in attempts {
        observations.read(&attempt);
    }
    observations
}

fn calibrated<'a>(attempts: impl IntoIterator<Item = Attempt<'a>>) -> QuantileCalibration {
    calibrate(&observed(attempts), settings(0.02), &Policy::build_142())
}

/// Lengths that spread evenly over a few hundred tokens, in no order.
fn spread(n: u64) -> impl Iterator<Item = Attempt<'static>> {
    (0..n).map(|n| whole(1000 + 181 * n % 600))
}

/// The only group.
fn only(calibration: &QuantileCalibration) -> &GroupFigures {
    let [figures] = &calibration.groups[..] else {
        panic!("one group: {calibration:?}");
    };
    figures
}

fn words(figures: &GroupFigures) -> Vec<String> {
    figures.caveats.iter().map(ToString::to_string).collect()
}

#[test]
fn a_ceiling_just_above_the_edge_of_a_bin_is_raised_like_any_other() {
    // 1600 lies in the bin from 1552 to 1692, and so do some of the answers that ended before it.
    let attempts = (0..1000).map(|n| match n % 12 {
        0 => attempt(1600, Ending::CutOff),
        _ => whole(900 + 181 * n % 700),
    });
    let attempts = attempts.map(|attempt| Attempt {
        ceiling: Some(Tokens::new(1600)),
        ..attempt
    });
    let calibration = calibrated(attempts);
    let action = only(&calibration).action;
    assert!(
        matches!(action, Action::Raise(ceiling) if ceiling > Tokens::new(1700)),
        "{action:?}"
    );
}

#[test]
fn without_calls_the_policy_stays_what_it_is() {
    let calibration = calibrated([]);
    assert_eq!(calibration.groups, []);
    assert_eq!(calibration.certificate, Certificate::NothingToLower);
    let parent = Policy::build_142();
    let made =
        calibration
            .proposal("a test asks for it")
            .policy(&parent, "next", "now", Damping::Linear);
    assert_eq!(
        made.expect_err("nothing").to_string(),
        "nothing would change in `build-142`: keep it"
    );
}

#[test]
fn enough_calls_certify_a_lower_ceiling() {
    let calibration = calibrated(spread(1000));
    let figures = only(&calibration);
    let Action::Lower(ceiling) = figures.action else {
        panic!("{figures:?}");
    };
    // No further than by a half in one step.
    assert_eq!(ceiling, Tokens::new(2048));
    assert_eq!(
        words(figures),
        ["held at half the ceiling in use: no step goes further"]
    );
    assert!(figures.expected_truncation.is_some_and(|rate| rate < 0.01));
    assert!(figures.truncation_at_most.is_some_and(|rate| rate < 0.004));
    assert!(matches!(
        calibration.certificate,
        Certificate::Passed {
            n_calls: 400,
            n_beyond: 0,
            ..
        }
    ));
    let parent = Policy::build_142();
    let proposal = calibration.proposal("a test asks for it");
    let policy = proposal
        .policy(&parent, "next", "now", Damping::Linear)
        .expect("a policy");
    let rule =
        policy
            .numbers()
            .ceiling
            .row(&Category::Docs, Complexity::Low, Some(Provider::OpenAi), []);
    assert_eq!(rule.and_then(|rule| rule.exactly), Some(Tokens::new(2048)));
    assert_eq!(
        policy.evidence().expect("evidence")["basis"]["certificate"]["certificate"].as_str(),
        Some("passed")
    );
    // The next step starts from there.
    let next = calibrate(&observed(spread(1000)), settings(0.02), &policy);
    assert_eq!(only(&next).current, Tokens::new(2048));
    assert!(matches!(only(&next).action, Action::Lower(ceiling) if ceiling < Tokens::new(1900)));
}

#[test]
fn too_few_calls_lower_nothing() {
    let calibration = calibrated(spread(300));
    let figures = only(&calibration);
    assert_eq!(figures.action, Action::Keep);
    assert_eq!(
        calibration.certificate,
        Certificate::TooFew {
            n_calls: 120,
            needed: 149
        }
    );
    assert!(words(figures)[0].ends_with("would do, and that is not certain enough"));
    let few = calibrated(spread(7));
    assert_eq!((few.groups.len(), few.too_small[0].1), (0, 7));
}

#[test]
fn what_cuts_off_too_much_is_raised_step_by_step() {
    let attempts = (0..200).map(|n| {
        if n % 10 == 0 {
            cut()
        } else {
            whole(2000 + 7 * n)
        }
    });
    let calibration = calibrated(attempts);
    let figures = only(&calibration);
    assert_eq!(figures.action, Action::Raise(Tokens::new(8192)));
    assert_eq!(
        words(figures),
        ["the longest were cut off, and no ceiling above 4096 was tried: twice that shows more"]
    );
    let parent = Policy::build_142();
    let policy =
        calibration
            .proposal("a test asks for it")
            .policy(&parent, "next", "now", Damping::Linear);
    let policy = policy.expect("a policy");
    let rule =
        policy
            .numbers()
            .ceiling
            .row(&Category::Docs, Complexity::Low, Some(Provider::OpenAi), []);
    assert_eq!(rule.and_then(|rule| rule.at_least), Some(Tokens::new(8192)));
}

#[test]
fn a_cut_of_known_length_resolves_the_ceiling() {
    let attempts = (0..200).flat_map(|n| {
        let first = if n % 10 == 0 {
            cut()
        } else {
            whole(2000 + 7 * n)
        };
        let second = Attempt {
            number: 2,
            ceiling: Some(Tokens::new(8192)),
            ..whole(4800)
        };
        let second = (n % 10 == 0).then_some(second);
        let chain: &'static str = Box::leak(format!("c{n}").into_boxed_str());
        [Some(first), second]
            .into_iter()
            .flatten()
            .map(move |attempt| Attempt {
                chain: Some(chain),
                ..attempt
            })
    });
    let calibration = calibrated(attempts);
    let figures = only(&calibration);
    assert_eq!((figures.n_calls, figures.n_censored), (200, 0));
    let Action::Raise(ceiling) = figures.action else {
        panic!("{figures:?}");
    };
    assert!((4800..6000).contains(&ceiling.get()), "{ceiling}");
}

#[test]
fn the_parts_of_an_answer_add_up() {
    let chain = |attempt: Attempt<'static>, number, extent| Attempt {
        chain: Some("c"),
        number,
        extent,
        ..attempt
    };
    let parts = [
        chain(cut(), 1, Extent::Whole),
        chain(cut(), 2, Extent::Rest),
        chain(whole(500), 3, Extent::Rest),
        // Asked again for another reason: the answer was whole.
        chain(whole(9000), 4, Extent::Whole),
    ];
    let observations = observed(parts);
    assert_eq!(
        observations.calls()[0].length,
        observations::Length::Exactly(Tokens::new(8692))
    );
    assert_eq!(observations.len(), 1);
    let again = [
        chain(cut(), 1, Extent::Whole),
        chain(whole(900), 2, Extent::Whole),
    ];
    let longer = observations::Length::Exactly(Tokens::new(4097));
    assert_eq!(
        observed(again).calls()[0].length,
        longer,
        "the first was longer than its ceiling"
    );
    let runaway = [
        chain(cut(), 1, Extent::Whole),
        chain(attempt(1, Ending::CutOffAnyway), 2, Extent::Whole),
    ];
    assert_eq!(
        observed(runaway).calls()[0].length,
        observations::Length::Runaway
    );
}

#[test]
fn what_data_cannot_carry_is_refused_in_words() {
    let all_cut = calibrated((0..500).map(|_| cut()));
    assert_eq!(only(&all_cut).action, Action::Keep);
    assert_eq!(
        words(only(&all_cut)),
        [
            "all 500 calls were cut off, so nobody knows how long answers are: raise the ceiling by hand"
        ]
    );
    let all_alike = calibrated((0..500).map(|_| whole(1040)));
    assert_eq!(only(&all_alike).action, Action::Keep);
    assert_eq!(
        words(only(&all_alike)),
        ["all 500 answers that ended are of one length, which says nothing of longer ones"]
    );
}

#[test]
fn runaways_are_kept_apart() {
    let run = |n| {
        (n % 50 == 0).then(|| Attempt {
            ceiling: Some(Tokens::new(64_000)),
            ..attempt(64_000, Ending::CutOff)
        })
    };
    let attempts = spread(1000)
        .zip(0..)
        .map(|(call, n)| run(n).unwrap_or(call));
    let calibration = calibrated(attempts);
    let figures = only(&calibration);
    assert_eq!((figures.n_runaways, figures.n_censored), (20, 0));
    assert_eq!(figures.action, Action::Lower(Tokens::new(2048)));
    assert_eq!(
        words(figures),
        [
            "held at half the ceiling in use: no step goes further",
            "20 of 1000 calls (2.0 %) were cut off as no ceiling mends"
        ]
    );
}

#[test]
fn attempts_that_say_nothing_are_counted() {
    let said = [
        Attempt {
            ending: Ending::Failed,
            ..whole(1)
        },
        Attempt {
            predicted: None,
            ..whole(1)
        },
        Attempt {
            output: None,
            ..whole(1)
        },
        whole(0),
        Attempt {
            ceiling: None,
            ..whole(1)
        },
        Attempt {
            ceiling: Some(Tokens::new(0)),
            ..whole(1)
        },
        Attempt {
            has_thinking_budget: true,
            ..whole(1)
        },
        Attempt {
            number: 2,
            ..whole(1)
        },
    ];
    let observations = observed(said);
    assert!(observations.is_empty());
    let counts: Vec<_> = observations
        .exclusions()
        .iter()
        .map(|(reason, n)| (reason.as_str(), n))
        .collect();
    assert_eq!(
        counts,
        [
            ("failed", 1),
            ("no_prediction", 1),
            ("no_output", 1),
            ("zero_output", 1),
            ("no_ceiling", 2),
            ("thinking_budget", 1),
            ("later_attempt", 1)
        ]
    );
}

fn any_attempt() -> impl Strategy<Value = (u8, u8, u32, Option<u64>, Option<u64>, u8, bool)> {
    let tokens = || proptest::option::of(prop_oneof![0_u64..20_000, Just(u64::MAX), Just(0)]);
    (
        0_u8..4,
        0_u8..9,
        0_u32..4,
        tokens(),
        tokens(),
        0_u8..4,
        any::<bool>(),
    )
}

proptest! {
    /// Whatever comes in, nothing panics, and no proposal leaves what one step may do.
    #[test]
    fn no_data_makes_a_wild_proposal(
        rows in prop::collection::vec(any_attempt(), 0..200), target in 0.001_f64..0.3,
    ) {
        const CHAINS: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
        let attempts = rows.iter().map(|(group, chain, number, ceiling, output, ending, is_whole)| Attempt {
            category: if *group < 2 { &Category::Docs } else { &Category::Tests },
            complexity: if *group % 2 == 0 { Complexity::Low } else { Complexity::High },
            provider: None,
            facts: CallFacts::default(),
            chain: (*chain > 0).then(|| CHAINS[usize::from(*chain)]),
            number: *number,
            extent: if *is_whole { Extent::Whole } else { Extent::Rest },
            predicted: Some(Tokens::new(2600)),
            has_thinking_budget: false,
            ceiling: ceiling.map(Tokens::new),
            output: output.map(Tokens::new),
            ending: [Ending::Whole, Ending::CutOff, Ending::CutOffAnyway, Ending::Failed][usize::from(*ending)],
        });
        let parent = Policy::build_142();
        let calibration = calibrate(&observed(attempts), settings(target), &parent);
        for figures in &calibration.groups {
            let current = figures.current.as_f64();
            match figures.action {
                Action::Keep => {}
                Action::Hold(_) | Action::Follow(_) => prop_assert!(false, "a group with no other around it"),
                Action::Raise(ceiling) => {
                    prop_assert!(ceiling.as_f64() > current);
                    prop_assert!(ceiling <= parent.numbers().budget.limit_tokens);
                }
                Action::Lower(ceiling) => {
                    prop_assert!(ceiling.as_f64() < current && ceiling.as_f64() >= 0.5 * current);
                    prop_assert!(calibration.certificate.factor().is_some());
                }
            }
        }
        let made = calibration.proposal("a test asks for it").policy(&parent, "next", "now", Damping::Linear);
        prop_assert_eq!(made.is_ok(), calibration.moved().next().is_some(), "{:?}", made);
    }
}
