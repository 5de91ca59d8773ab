use super::*;
use proptest::prelude::*;

fn sketch(lengths: &[(u32, bool)]) -> SurvivalSketch {
    let mut sketch = SurvivalSketch::default();
    for (length, is_censored) in lengths {
        if *is_censored {
            sketch.add_censored(f64::from(*length));
        } else {
            sketch.add_event(f64::from(*length));
        }
    }
    sketch
}

fn close(left: &SurvivalSketch, right: &SurvivalSketch) -> bool {
    (0..N_BINS).all(|bin| {
        (left.events(bin) - right.events(bin)).abs() < 1e-3
            && (left.censored(bin) - right.censored(bin)).abs() < 1e-3
    })
}

#[test]
fn without_censoring_the_curve_is_the_share_of_longer_lengths() {
    let curve = sketch(&[(16, false), (32, false), (64, false), (128, false)]).survival();
    let bin = |length: f64| bin::of(length).expect("a bin");
    assert!((curve.beyond(bin(15.0)) - 0.75).abs() < 1e-9);
    assert!((curve.beyond(bin(64.0)) - 0.25).abs() < 1e-9);
    assert!(curve.beyond(bin(128.0)).abs() < 1e-9);
    let quantile = curve.quantile_above(0.25).expect("a quantile");
    assert!((quantile - 64.0).abs() < 1e-9);
}

#[test]
fn a_curve_whose_longest_were_cut_off_does_not_come_down() {
    let curve = sketch(&[(16, false), (64, true), (64, true)]).survival();
    assert!((curve.beyond(N_BINS - 1) - 2.0 / 3.0).abs() < 1e-9);
    assert_eq!(curve.quantile_above(0.5), None);
    assert_eq!(curve.quantile_above(f64::NAN), None);
    // Two thirds are left at 16; with index 2 they halve in half a doubling.
    let tail = curve.with_tail(2.0).quantile_above(1.0 / 3.0);
    let wanted = 16.0 * std::f64::consts::SQRT_2;
    assert!((tail.expect("a quantile") / wanted - 1.0).abs() < 0.01);
}

#[test]
fn a_sketch_fits_in_two_kilobytes_and_takes_no_nan() {
    assert!(size_of::<SurvivalSketch>() <= 2048);
    let mut sketch = SurvivalSketch::default();
    sketch.add_event(f64::NAN);
    sketch.decay(f32::NAN);
    assert!(sketch.is_empty());
}

fn lengths() -> impl Strategy<Value = Vec<(u32, bool)>> {
    prop::collection::vec((1_u32..200_000, any::<bool>()), 0..60)
}

proptest! {
    #[test]
    fn merging_is_counting_together_in_any_order(a in lengths(), b in lengths(), c in lengths()) {
        let (mut left, mut right) = (sketch(&a), sketch(&b));
        left.merge(&sketch(&b));
        left.merge(&sketch(&c));
        right.merge(&sketch(&c));
        let mut right_first = sketch(&a);
        right_first.merge(&right);
        prop_assert!(close(&left, &right_first));
        prop_assert!(close(&left, &sketch(&[a, b, c].concat())));
    }

    #[test]
    fn decay_scales_the_weight_and_not_the_curve(a in lengths(), factor in 0.01_f32..1.0, times in 1..60) {
        let fresh = sketch(&a);
        let mut old = fresh.clone();
        for _ in 0..times {
            old.decay(factor);
        }
        let wanted = fresh.weight() * f64::from(factor).powi(times);
        prop_assert!((old.weight() - wanted).abs() <= 1e-4 * wanted + 1e-12);
        if wanted > 1e-20 {
            let (fresh, old) = (fresh.survival(), old.survival());
            for bin in 0..N_BINS {
                prop_assert!((fresh.beyond(bin) - old.beyond(bin)).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn curves_fall_from_one_and_quantiles_follow(a in lengths(), alpha in 0.0_f64..0.9) {
        let curve = sketch(&a).survival();
        let mut before = 1.0;
        for bin in 0..N_BINS {
            let share = curve.beyond(bin);
            prop_assert!((0.0..=before).contains(&share));
            before = share;
        }
        let (strict, lax) = (curve.quantile_above(alpha), curve.quantile_above(alpha + 0.05));
        if let (Some(strict), Some(lax)) = (strict, lax) {
            prop_assert!(lax <= strict * (1.0 + 1e-12));
        }
    }

    #[test]
    fn cutting_off_never_shortens(a in lengths(), which in 0_usize..60) {
        let mut cut = a.clone();
        if let Some(length) = cut.get_mut(which) {
            length.1 = true;
        }
        let (whole, cut) = (sketch(&a).survival(), sketch(&cut).survival());
        for bin in 0..N_BINS {
            prop_assert!(cut.beyond(bin) >= whole.beyond(bin) - 1e-9);
        }
    }
}

#[test]
fn bins_are_those_from_the_first_count_to_the_last() {
    let mut sketch = SurvivalSketch::default();
    assert!(sketch.bins().is_empty());
    sketch.add_event(100.0);
    sketch.add_censored(4000.0);
    let (first, last) = (
        bin::of(100.0).expect("a bin"),
        bin::of(4000.0).expect("a bin"),
    );
    assert_eq!(sketch.bins().start, first);
    assert!(sketch.bins().end.abs_diff(last + 1) <= 1);
}
