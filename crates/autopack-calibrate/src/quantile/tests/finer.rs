//! Groups inside groups: by model, effort, template and input size.

use super::*;

/// Calls to a model, and what else is known of them.
fn known(model: &'static str, attempt: Attempt<'static>) -> Attempt<'static> {
    Attempt {
        facts: CallFacts {
            model: Some(model),
            ..CallFacts::default()
        },
        ..attempt
    }
}

/// Lengths from `shortest` on that spread evenly over half of it, in no order.
fn lengths(n: u64, shortest: u64) -> impl Iterator<Item = Attempt<'static>> {
    (0..n).map(move |n| whole(shortest + 181 * n % (shortest / 2)))
}

/// One call of each in turn, as long as there are any: all are spread evenly over time.
fn interleaved(groups: &[Vec<Attempt<'static>>]) -> Vec<Attempt<'static>> {
    let longest = groups.iter().map(Vec::len).max().unwrap_or_default();
    let mut all: Vec<(u64, Attempt<'static>)> = groups
        .iter()
        .flat_map(|group| {
            let step = (longest / group.len().max(1)) as u64;
            (0..).map(move |n| n * step).zip(group.iter().copied())
        })
        .collect();
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, attempt)| attempt).collect()
}

fn of_models(models: &[(&'static str, u64, u64)]) -> Vec<Attempt<'static>> {
    let of = |(model, n, shortest): &(&'static str, u64, u64)| {
        lengths(*n, *shortest)
            .map(|call| known(model, call))
            .collect()
    };
    interleaved(&models.iter().map(of).collect::<Vec<_>>())
}

fn actions(calibration: &QuantileCalibration) -> Vec<(String, Action)> {
    let groups = calibration.groups.iter();
    groups
        .map(|figures| (figures.group.to_string(), figures.action))
        .collect()
}

fn policy_of(calibration: &QuantileCalibration, parent: &Policy) -> Policy {
    let made =
        calibration
            .proposal("a test asks for it")
            .policy(parent, "next", "now", Damping::Linear);
    made.expect("a policy")
}

/// What a policy sends to a model for documents of low complexity.
fn sent(policy: &Policy, model: &str) -> Option<(Option<Tokens>, Option<Tokens>)> {
    let facts = CallFacts {
        model: Some(model),
        ..CallFacts::default()
    };
    let ceiling = &policy.numbers().ceiling;
    let learned = ceiling.of(&Category::Docs, Complexity::Low, Provider::OpenAi, facts)?;
    Some((learned.rule.exactly, learned.rule.at_least))
}

#[test]
fn calls_of_one_kind_are_one_group_whatever_is_known_of_them() {
    let facts = CallFacts {
        model: Some("gpt-5"),
        effort: Some("high"),
        template: Some("operations"),
        estimated_input: Some(Tokens::new(3000)),
    };
    for n in [60, 300, 1000] {
        let told = calibrated(spread(n).map(|call| Attempt { facts, ..call }));
        assert_eq!(told, calibrated(spread(n)), "{n}");
    }
}

#[test]
fn models_of_unlike_lengths_get_rows_of_their_own() {
    let calls = of_models(&[("short", 600, 900), ("long", 600, 2400), ("rare", 30, 2300)]);
    let calibration = calibrated(calls);
    let actions = actions(&calibration);
    let [
        (docs, Action::Lower(all)),
        (_, Action::Follow(long)),
        (short, Action::Lower(few)),
    ] = &actions[..]
    else {
        panic!("{actions:?}");
    };
    assert_eq!([docs, short], ["docs/low/openai", "docs/low/openai/short"]);
    assert!((3600..4000).contains(&all.get()), "{all}");
    let own = calibration.groups[0].own_certificate;
    assert!(
        matches!(own, Some(Certificate::Passed { n_calls: 252, .. })),
        "{own:?}"
    );
    assert_eq!(long, all);
    assert_eq!(*few, Tokens::new(2048), "half of what was sent");
    let policy = policy_of(&calibration, &Policy::build_142());
    assert_eq!(sent(&policy, "short"), Some((Some(*few), None)));
    // Long ones are what the row above was fitted to; of rare ones too little is known.
    for model in ["long", "rare", "unheard-of"] {
        assert_eq!(sent(&policy, model), Some((Some(*all), None)), "{model}");
    }
    let text = policy.to_toml();
    assert!(
        text.contains("[ceiling.docs.low.openai.model.short]"),
        "{text}"
    );
    assert_eq!(Policy::parse(&text).as_ref(), Ok(&policy));
    // The next step of the finer row starts from itself.
    let again = of_models(&[("short", 600, 900), ("long", 600, 2400)]);
    let next = calibrate(&observed(again), settings(0.02), &policy);
    let figures = next
        .groups
        .iter()
        .find(|figures| !figures.group.within.is_empty());
    let figures = next
        .groups
        .iter()
        .find(|figures| figures.group.within.to_string() == "/short")
        .or(figures)
        .expect("a finer group");
    assert_eq!(figures.current, Tokens::new(2048));
    assert!(matches!(figures.action, Action::Lower(ceiling) if ceiling < Tokens::new(1600)));
}

/// All of one size but for what goes in: the deepest level.
#[test]
fn calls_are_told_apart_by_the_size_of_what_goes_in() {
    let with_input = |input: u64, call| Attempt {
        facts: CallFacts {
            model: Some("gpt-5"),
            effort: Some("default"),
            template: Some("prose"),
            estimated_input: Some(Tokens::new(input)),
        },
        ..call
    };
    let small = lengths(700, 900)
        .map(|call| with_input(900, call))
        .collect();
    let large = lengths(700, 2400)
        .map(|call| with_input(6000, call))
        .collect();
    let calibration = calibrated(interleaved(&[small, large]));
    let policy = policy_of(&calibration, &Policy::build_142());
    let text = policy.to_toml();
    let path = "[ceiling.docs.low.openai.model.gpt-5.effort.default.template.prose.input.1024]";
    assert!(text.contains(path), "{text}");
    assert!(
        text.contains("input = \"1024\""),
        "the evidence names it: {text}"
    );
}

#[test]
fn too_few_calls_of_a_model_stay_with_the_row_above() {
    // One over the target is expected of fifty calls, and the older three fifths have to be as many.
    for (n, expected) in [(80, 1), (90, 2)] {
        let calls = of_models(&[("long", 900, 2400), ("short", n, 900)]);
        let calibration = calibrated(calls);
        assert_eq!(
            calibration.moved().count(),
            expected,
            "{n}: {calibration:?}"
        );
    }
}

/// A group that needs what it has is held where the row above is lowered for the others.
#[test]
fn a_model_that_needs_its_ceiling_keeps_it() {
    let calls = of_models(&[("short", 2000, 900), ("long", 60, 2700)]);
    let calibration = calibrate(&observed(calls), settings(0.05), &Policy::build_142());
    let actions = actions(&calibration);
    let [(_, whole), (long, held), _] = &actions[..] else {
        panic!("{actions:?}");
    };
    assert_eq!(*whole, Action::Lower(Tokens::new(2048)));
    assert_eq!(
        (long.as_str(), *held),
        ("docs/low/openai/long", Action::Hold(Tokens::new(4096)))
    );
    assert_eq!(
        words(&calibration.groups[1]),
        ["the group around it is lowered, and its own calls ask for the ceiling in use"]
    );
    let policy = policy_of(&calibration, &Policy::build_142());
    assert_eq!(sent(&policy, "long"), Some((None, Some(Tokens::new(4096)))));
    assert_eq!(
        sent(&policy, "short"),
        Some((Some(Tokens::new(2048)), None))
    );
}

/// Of one model a fifth is cut off; the ceiling of the other is more than it needs.
fn one_model_cut_off_and_one_fine() -> Vec<Attempt<'static>> {
    let long = (0..100).map(|n| match n % 5 {
        0 => known("long", cut()),
        _ => known("long", whole(3000 + 7 * n)),
    });
    let fine = lengths(400, 2500).map(|call| known("fine", call));
    interleaved(&[long.collect(), fine.collect()])
}

#[test]
fn what_is_cut_off_in_one_model_is_raised_there() {
    let calls = one_model_cut_off_and_one_fine();
    let calibration = calibrated(calls);
    let raised: Vec<String> = calibration
        .moved()
        .map(|figures| format!("{} {}", figures.group, figures.action.as_str()))
        .collect();
    assert_eq!(
        raised,
        ["docs/low/openai/fine lower", "docs/low/openai/long raise"]
    );
    let policy = policy_of(&calibration, &Policy::build_142());
    assert_eq!(sent(&policy, "long"), Some((None, Some(Tokens::new(8192)))));
    assert_eq!(sent(&policy, "unheard-of"), None);
    // Where all are cut off alike, one row is enough.
    let both = (0..200).map(|n| {
        let call = if n % 5 < 2 { cut() } else { whole(3000 + n) };
        known(if n % 2 == 0 { "a" } else { "b" }, call)
    });
    let calibration = calibrated(both);
    let raised: Vec<String> = calibration
        .moved()
        .map(|figures| figures.group.to_string())
        .collect();
    assert_eq!(raised, ["docs/low/openai"]);
}

#[test]
fn a_raised_model_under_an_exact_row_is_exact_too() {
    let parent = Policy::build_142()
        .with("ceiling.docs.low.openai.exactly", 4096)
        .expect("a policy");
    let calls = one_model_cut_off_and_one_fine();
    let calibration = calibrate(&observed(calls), settings(0.02), &parent);
    let policy = policy_of(&calibration, &parent);
    assert_eq!(sent(&policy, "long"), Some((Some(Tokens::new(8192)), None)));
}

/// The row above was fitted on all calls; of those it would decide there are too few to be sure.
#[test]
fn a_row_above_is_lowered_only_for_calls_it_decides() {
    let calls = of_models(&[
        ("a", 700, 900),
        ("b", 700, 1700),
        ("c", 40, 2500),
        ("d", 30, 2500),
    ]);
    let calibration = calibrated(calls);
    let whole = &calibration.groups[0];
    assert_eq!(
        (whole.group.to_string().as_str(), whole.action),
        ("docs/low/openai", Action::Keep)
    );
    assert!(
        words(whole)[0].ends_with("not certain enough for the calls that finer groups leave to it"),
        "{:?}",
        words(whole)
    );
    let policy = policy_of(&calibration, &Policy::build_142());
    assert_eq!(sent(&policy, "c"), None);
    assert!(sent(&policy, "a").is_some() && sent(&policy, "b").is_some());
}

fn any_call() -> impl Strategy<Value = (u8, u8, u8, Option<u64>, u64, u64, u8)> {
    (
        0_u8..4,
        0_u8..3,
        0_u8..3,
        proptest::option::of(0_u64..9000),
        100_u64..5000,
        0_u64..6000,
        0_u8..8,
    )
}

proptest! {
    /// A policy that is made of a proposal decides each call as the proposal says, and none of them gets less
    /// that is not in a group that is lowered.
    #[test]
    fn every_call_is_decided_by_a_row_that_was_proposed_for_it(
        rows in prop::collection::vec(any_call(), 0..600), target in 0.02_f64..0.3,
    ) {
        const NAMES: [Option<&str>; 4] = [None, Some("a"), Some("b"), Some("c/d")];
        let attempts = rows.iter().map(|(model, effort, template, input, length, ceiling, ending)| {
            let facts = CallFacts {
                model: NAMES[usize::from(*model)],
                effort: NAMES[usize::from(*effort)],
                template: NAMES[usize::from(*template)],
                estimated_input: input.map(Tokens::new),
            };
            // What is foretold says something of some calls, and nothing of others.
            let estimate = if *effort == 0 { *length } else { 1000 + ceiling };
            let is_cut = *ending == 0;
            let ceiling = Tokens::new(if is_cut { *length } else { length + ceiling });
            Attempt {
                facts,
                predicted: Some(Tokens::new(estimate)),
                ceiling: Some(ceiling),
                ..attempt(*length, if is_cut { Ending::CutOff } else { Ending::Whole })
            }
        });
        let attempts: Vec<_> = attempts.collect();
        let parent = Policy::build_142();
        let calibration = calibrate(&observed(attempts.iter().copied()), settings(target), &parent);
        let Ok(policy) = calibration.proposal("a test asks for it").policy(&parent, "next", "now", Damping::Linear) else {
            prop_assert_eq!(calibration.moved().count(), 0);
            return Ok(());
        };
        for attempt in attempts {
            let ceiling = &policy.numbers().ceiling;
            let Some(learned) = ceiling.of(&Category::Docs, Complexity::Low, Provider::OpenAi, attempt.facts)
            else {
                continue;
            };
            let within = Within::of(attempt.facts);
            let names: Vec<_> = within.names().collect();
            let depth = learned.level.map_or(0, |level| level as usize + 1);
            let mut groups = calibration.groups.iter();
            let figures = groups.find(|figures| {
                figures.group.within.names().collect::<Vec<_>>() == names[..depth]
            });
            let figures = figures.expect("a row was proposed");
            match figures.action {
                Action::Lower(ceiling) => {
                    prop_assert_eq!(learned.rule.exactly, Some(ceiling));
                    prop_assert_eq!(learned.rule.relative, figures.relative);
                    let own = figures.own_certificate.unwrap_or(calibration.certificate);
                    prop_assert!(own.factor().is_some());
                }
                Action::Raise(ceiling) | Action::Hold(ceiling) => {
                    prop_assert_eq!(learned.rule.at_least, Some(ceiling));
                    prop_assert!(ceiling >= figures.current);
                }
                Action::Keep | Action::Follow(_) => prop_assert!(false, "{figures:?}"),
            }
        }
    }
}
