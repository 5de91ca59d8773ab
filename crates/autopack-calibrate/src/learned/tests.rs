mod state;

use super::*;
use proptest::prelude::*;

const BASE: Tokens = Tokens::new(8192);

fn settings(target: f64) -> LearnedSettings {
    LearnedSettings::new(TargetTruncation::new(target).expect("a rate"))
}

/// Runs true lengths by group through a learner and returns the ceilings.
fn run(learner: &mut Learner, calls: &[(&str, u64, Option<u64>)]) -> Vec<Tokens> {
    let mut ceilings = Vec::new();
    for (chain, (group, length, estimate)) in (0..).zip(calls) {
        let call = Call {
            group: learner.group(group).expect("room"),
            chain,
            estimate: estimate.map(Tokens::new),
            base: BASE,
            limit: None,
        };
        let ceiling = learner.decide(&call).ceiling;
        let length = Tokens::new(*length);
        let outcome = if length > ceiling {
            Outcome::CutOff
        } else {
            Outcome::Ended(length)
        };
        learner.observe(&call, ceiling, outcome);
        ceilings.push(ceiling);
    }
    ceilings
}

/// Numbers that are even in 0 to 1 and the same every time.
fn even(seed: u64) -> impl Iterator<Item = f64> {
    let mut state = seed;
    std::iter::from_fn(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Some((f64::from((mixed >> 32) as u32) + 0.5) / (f64::from(u32::MAX) + 1.0))
    })
}

/// Log-normal lengths around a median.
fn log_normal(seed: u64, median: f64, deviation: f64) -> impl Iterator<Item = u64> {
    let mut even = even(seed);
    std::iter::from_fn(move || {
        let (a, b) = (even.next()?, even.next()?);
        let normal = (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos();
        Some(Tokens::floor((median * (deviation * normal).exp()).max(1.0)).get())
    })
}

/// The share of calls in `calls` that were longer than their ceilings.
fn truncation(calls: &[(&str, u64, Option<u64>)], ceilings: &[Tokens]) -> f64 {
    let cut = calls.iter().zip(ceilings);
    let cut = cut.filter(|((_, length, _), ceiling)| *length > ceiling.get());
    cut.map(|_| 1.0).sum::<f64>() / f64::from(u32::try_from(calls.len()).expect("few"))
}

#[test]
fn without_data_the_base_stands_whatever_it_is() {
    let mut learner = Learner::new(settings(0.02));
    let group = learner.group("docs/low").expect("room");
    for base in [1, 4096, 8192, u64::MAX] {
        let call = Call {
            group,
            chain: 7,
            estimate: Some(Tokens::new(100)),
            base: Tokens::new(base),
            limit: None,
        };
        let decided = learner.decide(&call);
        assert_eq!(decided.ceiling, Tokens::new(base));
        assert_eq!(decided.source, Source::Base);
    }
}

#[test]
fn a_group_takes_two_kilobytes_at_most() {
    assert!(size_of::<Group>() <= 2048, "{} bytes", size_of::<Group>());
}

#[test]
fn the_rate_of_log_normal_lengths_is_met_and_the_ceiling_is_the_quantile() {
    for (target, normal_quantile) in [(0.05, 1.645), (0.02, 2.054), (0.01, 2.326)] {
        let lengths: Vec<u64> = log_normal(1, 700.0, 0.5).take(20_000).collect();
        let calls: Vec<_> = lengths.iter().map(|y| ("a", *y, None)).collect();
        let ceilings = run(&mut Learner::new(settings(target)), &calls);
        let (late, sent) = (&calls[4000..], &ceilings[4000..]);
        let rate = truncation(late, sent);
        assert!((0.85 * target..=target).contains(&rate), "{target}: {rate}");
        let oracle = 700.0 * (0.5_f64 * normal_quantile).exp();
        let logs = sent.iter().map(|ceiling| (ceiling.as_f64() / oracle).ln());
        let ratio = (logs.sum::<f64>() / 16_000.0).exp();
        assert!((0.97..1.08).contains(&ratio), "{target}: {ratio}");
    }
}

#[test]
fn lengths_that_double_are_followed() {
    let lengths = log_normal(2, 500.0, 0.4).take(4000);
    let doubled = log_normal(3, 1500.0, 0.4).take(4000);
    let lengths: Vec<u64> = lengths.chain(doubled).collect();
    let calls: Vec<_> = lengths.iter().map(|y| ("a", *y, None)).collect();
    let ceilings = run(&mut Learner::new(settings(0.02)), &calls);
    let after = truncation(&calls[4000..], &ceilings[4000..]);
    assert!(after < 0.03, "{after}");
    let left_out = LearnedSettings {
        left_out: LeftOut::default().and(Part::Tracker),
        ..settings(0.02)
    };
    let ceilings = run(&mut Learner::new(left_out), &calls);
    assert!(truncation(&calls[4000..], &ceilings[4000..]) > after);
}

#[test]
fn dropping_what_was_cut_off_is_a_ratchet() {
    let lengths: Vec<u64> = log_normal(4, 700.0, 0.7).take(10_000).collect();
    let calls: Vec<_> = lengths.iter().map(|y| ("a", *y, None)).collect();
    let rate = |left_out| {
        let settings = LearnedSettings {
            left_out,
            ..settings(0.02)
        };
        let ceilings = run(&mut Learner::new(settings), &calls);
        truncation(&calls[2000..], &ceilings[2000..])
    };
    let curves_alone = LeftOut::default().and(Part::Tracker).and(Part::Aim);
    let right = rate(curves_alone);
    assert!(rate(LeftOut::default()) <= 0.02);
    assert!((0.01..0.025).contains(&right), "{right}");
    let dropped = rate(curves_alone.and(Part::Censoring).and(Part::DriftReset));
    assert!(dropped > 1.5 * right, "{dropped}, not {right}");
}

#[test]
fn ten_calls_of_each_of_eight_groups_are_enough_for_the_rate() {
    let mut rates = Vec::new();
    for world in 0..50_u64 {
        let mut learner = Learner::new(settings(0.02));
        let names: Vec<String> = (0..8).map(|group| format!("g{group}")).collect();
        let medians: Vec<f64> = log_normal(100 + world, 800.0, 0.5)
            .take(8)
            .map(|median| Tokens::new(median).as_f64())
            .collect();
        let mut streams: Vec<_> = (0..)
            .zip(&medians)
            .map(|(group, median)| log_normal(1000 + world * 8 + group, *median, 0.5))
            .collect();
        for _ in 0..10 {
            for (name, stream) in names.iter().zip(&mut streams) {
                let length = stream.next().expect("endless");
                run(&mut learner, &[(name.as_str(), length, None)]);
            }
        }
        for (name, stream) in names.iter().zip(&mut streams) {
            let call = Call {
                group: learner.group(name).expect("room"),
                chain: 0,
                estimate: None,
                base: BASE,
                limit: None,
            };
            let ceiling = learner.decide(&call).ceiling.get();
            let cut = stream.take(500).filter(|length| *length > ceiling);
            rates.push(cut.map(|_| 1.0).sum::<f64>() / 500.0);
        }
    }
    let mean = rates.iter().sum::<f64>() / 400.0;
    assert!(mean <= 0.02, "{mean}");
}

#[test]
fn an_estimate_that_tells_earns_its_place_and_one_that_does_not_stays_out() {
    let estimates: Vec<u64> = log_normal(5, 1000.0, 0.8).take(6000).collect();
    let ratios: Vec<u64> = log_normal(6, 1000.0, 0.2).take(6000).collect();
    let by_estimate = |tells: bool| -> f64 {
        let rows = estimates.iter().zip(&ratios).map(|(estimate, ratio)| {
            let length = if tells {
                estimate * ratio / 1000
            } else {
                *ratio
            };
            ("a", length.max(1), Some(*estimate))
        });
        let calls: Vec<_> = rows.collect();
        let ceilings = run(&mut Learner::new(settings(0.02)), &calls);
        assert!(truncation(&calls[1000..], &ceilings[1000..]) < 0.022);
        let late = calls[1000..].iter().zip(&ceilings[1000..]);
        let waste = late.map(|((_, length, _), ceiling)| {
            (ceiling.as_f64() / Tokens::new(*length).as_f64()).ln()
        });
        (waste.sum::<f64>() / 5000.0).exp()
    };
    // The 98 % quantile of the ratio alone is e^(2.05 · 0.2) = 1.5 times its median.
    assert!(by_estimate(true) < 1.65);
    assert!(by_estimate(false) < 1.65);
}

#[test]
fn runaways_are_kept_apart_and_raise_nothing() {
    let lengths: Vec<u64> = log_normal(7, 300.0, 0.3).take(3000).collect();
    let calls: Vec<_> = (0..)
        .zip(&lengths)
        .map(|(row, length)| ("a", if row % 15 == 14 { 1_000_000 } else { *length }, None))
        .collect();
    let mut learner = Learner::new(settings(0.02));
    let ceilings = run(&mut learner, &calls);
    let group = learner.group("a").expect("room");
    let (n_runaways, n_calls) = learner.runaways(group);
    assert_eq!(n_calls, 3000);
    assert!(n_runaways > 20, "{n_runaways}");
    let most = ceilings.iter().max().copied().expect("ceilings");
    assert!(most < Tokens::new(20_000), "{most}");
}

#[test]
fn limits_hold_and_exploration_doubles_where_the_longest_were_cut_off() {
    let explores = LearnedSettings {
        exploration_share: 0.2,
        ..settings(0.02)
    };
    let mut learner = Learner::new(explores);
    let lengths: Vec<u64> = log_normal(8, 500.0, 0.6).take(3000).collect();
    let mut n_explored = 0;
    for (chain, length) in (0..).zip(&lengths) {
        let call = Call {
            group: learner.group("a").expect("room"),
            chain,
            estimate: None,
            base: BASE,
            limit: Some(Tokens::new(2000)),
        };
        let decided = learner.decide(&call);
        assert!(decided.ceiling <= Tokens::new(2000));
        n_explored += u32::from(decided.source == Source::Explored);
        let outcome = if *length > decided.ceiling.get() {
            Outcome::CutOff
        } else {
            Outcome::Ended(Tokens::new(*length))
        };
        learner.observe(&call, decided.ceiling, outcome);
    }
    assert!(n_explored > 0);
    assert!(n_explored < 900, "{n_explored}");
}

#[test]
fn there_is_an_end_to_groups() {
    let mut learner = Learner::new(settings(0.02));
    learner.groups = vec![Group::new(0, settings(0.02).target); MAX_GROUPS];
    assert_eq!(learner.group("one more"), Err(TooManyGroups));
}

proptest! {
    /// What comes later changes nothing that was decided before, and whatever comes is taken.
    #[test]
    fn ceilings_of_a_prefix_are_the_prefix_of_the_ceilings(
        rows in prop::collection::vec((0_usize..4, 0_u64..3_000_000, prop::option::of(0_u64..100_000)), 1..400),
        share in 0.0_f64..1.0,
    ) {
        let names = ["a", "a/b", "a/c/d", "e"];
        let calls: Vec<_> = rows.iter().map(|(group, y, e)| (names[*group], *y, *e)).collect();
        let cut = Tokens::new(calls.len() as u64).scaled_by(share).get();
        let cut = usize::try_from(cut).expect("few");
        let whole = run(&mut Learner::new(settings(0.05)), &calls);
        let prefix = run(&mut Learner::new(settings(0.05)), &calls[..cut]);
        prop_assert_eq!(&whole[..cut], &prefix[..]);
        prop_assert!(whole.iter().all(|ceiling| ceiling.get() >= 1));
    }

    /// How much longer a call would have been than its ceiling is seen by nobody.
    #[test]
    fn what_was_cut_off_is_not_seen(
        rows in prop::collection::vec((1_u64..30_000, 2_u64..9), 1..300),
    ) {
        let lengths: Vec<_> = rows.iter().map(|(y, _)| ("a", *y, None)).collect();
        let ceilings = run(&mut Learner::new(settings(0.05)), &lengths);
        let longer: Vec<_> = rows.iter().zip(&ceilings).map(|((y, factor), ceiling)| {
            ("a", if *y > ceiling.get() { y * factor } else { *y }, None)
        }).collect();
        prop_assert_eq!(run(&mut Learner::new(settings(0.05)), &longer), ceilings);
    }
}
