//! Lengths that go with the estimate, and lengths that do not.

use super::*;
use autopack_core::policy::Exponent;

const TARGET: f64 = 0.02;

/// Estimates over four doublings, and something else that spreads by a third, in no order.
fn draws(n: u64) -> impl Iterator<Item = (u64, u64)> {
    (0..n).map(|n| (400 << (n * 7 % 5), n * 181 % 400))
}

fn estimated(estimate: u64, length: u64) -> Attempt<'static> {
    Attempt {
        predicted: Some(Tokens::new(estimate)),
        ceiling: Some(Tokens::new(16_384)),
        ..whole(length)
    }
}

/// Answers of 0.8 to 1.2 times the estimate.
fn in_proportion(n: u64) -> Vec<Attempt<'static>> {
    let call = |(estimate, spread)| estimated(estimate, estimate * (800 + spread) / 1000);
    draws(n).map(call).collect()
}

/// The same answers, of which nothing was foretold.
fn unforetold(n: u64) -> Vec<Attempt<'static>> {
    let call = |attempt| Attempt {
        predicted: Some(Tokens::new(2600)),
        ..attempt
    };
    in_proportion(n).into_iter().map(call).collect()
}

/// The rule of the only group after so many steps, each from the policy of the one before.
fn rule_after(n_steps: usize, calls: &[Attempt<'static>]) -> autopack_core::policy::CeilingRule {
    let mut policy = Policy::build_142();
    for _ in 0..n_steps {
        let calibration = calibrate(&observed(calls.iter().copied()), settings(TARGET), &policy);
        let made = calibration.proposal("a test asks for it").policy(
            &policy,
            "next",
            "now",
            Damping::Linear,
        );
        match made {
            Ok(next) => policy = next,
            Err(_) => break,
        }
    }
    let ceiling = &policy.numbers().ceiling;
    let rule = ceiling.row(&Category::Docs, Complexity::Low, Some(Provider::OpenAi), []);
    rule.expect("a rule")
}

/// The sum of what is reserved for calls under a rule, and the share that is cut off.
fn reserved_and_cut(
    rule: autopack_core::policy::CeilingRule,
    calls: &[Attempt<'static>],
) -> (f64, f64) {
    let (mut reserved, mut n_cut) = (0.0, 0.0);
    for call in calls {
        let estimate = call.predicted.expect("an estimate");
        let ceiling = rule.exactly_at(estimate).expect("exactly");
        reserved += ceiling.as_f64();
        n_cut += f64::from(u8::from(call.output > Some(ceiling)));
    }
    (reserved, n_cut / Tokens::new(calls.len() as u64).as_f64())
}

#[test]
fn lengths_in_proportion_get_lower_ceilings_at_the_same_truncation() {
    let (calls, unforetold) = (in_proportion(1500), unforetold(1500));
    let (rule, flat) = (rule_after(8, &calls), rule_after(8, &unforetold));
    assert_eq!(flat.relative, None);
    let relative = rule.relative.expect("it goes with the estimate");
    assert_eq!(relative.exponent, Exponent::One);
    assert_eq!(relative.at_estimate, Tokens::new(1600));
    assert!(
        relative.down_to < Some(Tokens::new(600)),
        "low estimates follow: {relative:?}"
    );
    let (reserved, cut) = reserved_and_cut(rule, &calls);
    let (reserved_flat, cut_flat) = reserved_and_cut(flat, &unforetold);
    assert!(cut <= TARGET && cut_flat <= TARGET, "{cut} {cut_flat}");
    assert!(
        reserved < 0.5 * reserved_flat,
        "{reserved} of {reserved_flat}"
    );
}

#[test]
fn estimates_that_say_nothing_count_for_nothing() {
    let calls = draws(1500).map(|(estimate, spread)| estimated(estimate, 1000 + 3 * spread));
    let calls: Vec<_> = calls.collect();
    let rule = rule_after(8, &calls);
    assert_eq!(rule.relative, None);
    // Nor do those that are right by half a power less than they should.
    let roots = [20, 28, 40, 57, 80];
    let calls = draws(1500).map(|(estimate, spread)| {
        let place = (estimate / 400).ilog2() as usize;
        estimated(estimate, roots[place] * (800 + spread) / 20)
    });
    let rule = rule_after(8, &calls.collect::<Vec<_>>());
    let exponent = rule.relative.map(|relative| relative.exponent);
    assert_eq!(exponent, Some(Exponent::Half));
}

/// Half of the ceiling in use is as far as a step goes, for each call, however low its estimate.
#[test]
fn no_step_takes_more_than_half_from_any_call() {
    let calls = in_proportion(1500);
    let first = calibrate(
        &observed(calls.iter().copied()),
        settings(TARGET),
        &Policy::build_142(),
    );
    let figures = only(&first);
    assert!(
        words(figures)[0].starts_with("held at half the ceiling in use"),
        "{:?}",
        words(figures)
    );
    assert!(words(figures)[1].starts_with(
        "its lengths go with the estimate: all of this is at an estimate of 1600, in proportion, down to 8192"
    ));
    let policy = first.proposal("a test asks for it").policy(
        &Policy::build_142(),
        "next",
        "now",
        Damping::Linear,
    );
    let policy = policy.expect("a policy");
    let text = policy.to_toml();
    assert!(
        text.contains("at_estimate = 1600\nexponent = 1.0\ndown_to = 8192\n"),
        "{text}"
    );
    assert_eq!(Policy::parse(&text).as_ref(), Ok(&policy));
    let second = calibrate(&observed(calls.iter().copied()), settings(TARGET), &policy);
    let relative = only(&second).relative.expect("it goes with the estimate");
    assert_eq!(relative.down_to, Some(Tokens::new(4096)));
}

/// Nor where what went with the estimate no longer does: then it is the highest that lose the most.
#[test]
fn no_step_takes_more_than_half_from_high_estimates_either() {
    let parent = Policy::parse(
        "extends = \"build-142\"\nname = \"p\"\n[ceiling.docs.low.openai]\n\
         exactly = 4000\nat_estimate = 1600\nexponent = 1.0\ndown_to = 3000\n",
    );
    let parent = parent.expect("a policy");
    let calls = draws(3000).map(|(estimate, spread)| estimated(estimate, 1000 + 3 * spread));
    let calibration = calibrate(&observed(calls), settings(TARGET), &parent);
    let figures = only(&calibration);
    assert_eq!(
        (figures.relative, figures.current),
        (None, Tokens::new(4000))
    );
    // The highest estimate has a ceiling of 16,000: half of that is more than what all have now.
    assert_eq!(figures.action, Action::Keep);
}

#[test]
fn what_goes_with_the_estimate_is_raised_in_its_form() {
    let parent = Policy::parse(
        "extends = \"build-142\"\nname = \"p\"\n[ceiling.docs.low.openai]\n\
         exactly = 2048\nat_estimate = 2048\nexponent = 1.0\ndown_to = 300\n",
    );
    let parent = parent.expect("a policy");
    // Of each estimate a tenth is longer than it.
    let calls = draws(1000).map(|(estimate, spread)| {
        // A ceiling at the edge of a bin.
        let estimate = estimate / 400 * 512;
        let length = estimate * (700 + spread * 330 / 400) / 1000;
        let attempt = estimated(estimate, length.min(estimate));
        Attempt {
            ceiling: Some(Tokens::new(estimate)),
            ending: if length > estimate {
                Ending::CutOff
            } else {
                Ending::Whole
            },
            ..attempt
        }
    });
    let calibration = calibrate(&observed(calls), settings(TARGET), &parent);
    let figures = only(&calibration);
    assert_eq!(figures.current, Tokens::new(2048));
    assert_eq!(figures.action, Action::Raise(Tokens::new(4096)));
    let policy =
        calibration
            .proposal("a test asks for it")
            .policy(&parent, "next", "now", Damping::Linear);
    let policy = policy.expect("a policy");
    let ceiling = &policy.numbers().ceiling;
    let rule = ceiling.row(&Category::Docs, Complexity::Low, Some(Provider::OpenAi), []);
    let rule = rule.expect("a rule");
    assert_eq!(rule.exactly, Some(Tokens::new(4096)));
    assert_eq!(
        rule.relative.and_then(|relative| relative.down_to),
        Some(Tokens::new(300))
    );
}

/// A finer group that is too small to choose is measured as the one around it.
#[test]
fn finer_groups_go_with_the_estimate_as_the_one_around_them() {
    let calls = in_proportion(1500)
        .into_iter()
        .zip(0..)
        .map(|(call, n)| Attempt {
            facts: CallFacts {
                model: Some(if n % 20 == 0 { "rare" } else { "usual" }),
                ..CallFacts::default()
            },
            ..call
        });
    let calibration = calibrate(&observed(calls), settings(TARGET), &Policy::build_142());
    for figures in &calibration.groups {
        let exponent = figures.relative.map(|relative| relative.exponent);
        assert_eq!(exponent, Some(Exponent::One), "{}", figures.group);
    }
    assert_eq!(calibration.moved().count(), 1, "one row is enough");
}

fn any_call() -> impl Strategy<Value = (u64, u64, u8)> {
    (100_u64..6000, 0_u64..1000, 0_u8..12)
}

/// Calls whose lengths go with the estimate by this power.
fn by_power(rows: &[(u64, u64, u8)], power: f64) -> Vec<Attempt<'static>> {
    let call = |(estimate, spread, ending): &(u64, u64, u8)| {
        let scale = (Tokens::new(*estimate).as_f64() / 1000.0).powf(power);
        let length = Tokens::new(600 + spread).scaled_by(scale).get().max(1);
        let attempt = estimated(*estimate, length);
        let is_cut = *ending == 0;
        Attempt {
            ceiling: Some(Tokens::new(if is_cut { length } else { length + 3000 })),
            ending: if is_cut {
                Ending::CutOff
            } else {
                Ending::Whole
            },
            ..attempt
        }
    };
    rows.iter().map(call).collect()
}

proptest! {
    /// Whatever calls have gone with, and go with now: a step takes at most half from each, and what is
    /// raised takes nothing from any.
    #[test]
    fn no_step_takes_more_than_it_may_from_any_call(
        rows in prop::collection::vec(any_call(), 150..500), powers in prop::array::uniform3(0_u8..3),
        target in 0.02_f64..0.3,
    ) {
        let mut policy = Policy::build_142();
        let rule_of = |policy: &Policy| {
            let ceiling = &policy.numbers().ceiling;
            ceiling.row(&Category::Docs, Complexity::Low, Some(Provider::OpenAi), [])
        };
        for power in powers {
            let calls = by_power(&rows, f64::from(power) / 2.0);
            let calibration = calibrate(&observed(calls.iter().copied()), settings(target), &policy);
            let made = calibration.proposal("a test asks for it").policy(&policy, "next", "now", Damping::Linear);
            let Ok(next) = made else { continue };
            let (before, after) = (rule_of(&policy), rule_of(&next).expect("a row"));
            let action = only(&calibration).action;
            for call in &calls {
                let estimate = call.predicted.expect("an estimate");
                let of = |rule: autopack_core::policy::CeilingRule| {
                    rule.exactly_at(estimate).or(rule.at_least_at(estimate)).unwrap_or_default()
                };
                let Some(before) = before else { break };
                let is_exact = before.exactly.is_some();
                let (before, after) = (of(before).as_f64(), of(after).as_f64());
                match action {
                    Action::Raise(_) => prop_assert!(after + 1.0 >= before, "{before} {after}"),
                    Action::Lower(_) if is_exact => {
                        prop_assert!(after + 1.0 >= before / 2.0, "{before} {after}");
                    }
                    _ => {}
                }
            }
            policy = next;
        }
    }
}
