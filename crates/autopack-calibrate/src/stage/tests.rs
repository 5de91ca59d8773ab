use super::*;

fn arm(n_truncated: u64, n_calls: u64) -> Arm {
    Arm {
        n_calls,
        n_truncated,
    }
}

fn verdict(staged: (u64, u64), current: (u64, u64)) -> Verdict {
    let rule = FixedSizeRule::default();
    rule.judge(arm(staged.0, staged.1), arm(current.0, current.1))
}

fn word(staged: (u64, u64), current: (u64, u64)) -> &'static str {
    verdict(staged, current).as_str()
}

#[test]
fn a_look_needs_calls_on_both_sides() {
    for (staged, current) in [((9, 9), (0, 100)), ((10, 10), (0, 9)), ((0, 0), (0, 0))] {
        assert!(matches!(
            verdict(staged, current),
            Verdict::TooFew { needed: 10, .. }
        ));
    }
    assert_eq!(word((10, 10), (0, 10)), "revert");
    assert_eq!(
        verdict((9, 9), (0, 100)).to_string(),
        "9 calls staged and 100 current: a look needs 10 of each"
    );
}

#[test]
fn more_truncation_than_the_current_policy_reverts() {
    // p by SciPy 1.17.1, fisher_exact(..., alternative="greater").
    for (staged, current, p) in [
        ((4, 10), (0, 10), 0.043_343_653_250_774),
        ((3, 10), (0, 30), 0.012_145_748_987_854_25),
        ((5, 25), (3, 75), 0.022_119_600_205_503_544),
        ((10, 10), (0, 10), 5.412_544_112_234_515e-6),
    ] {
        let Verdict::Revert { p: found } = verdict(staged, current) else {
            panic!("{staged:?} against {current:?} reverts")
        };
        assert!((found - p).abs() < 1e-12, "{found}");
    }
    // One truncation fewer each, and it does not.
    for (staged, current) in [((3, 10), (0, 10)), ((1, 10), (0, 30)), ((4, 25), (3, 75))] {
        assert_eq!(word(staged, current), "keep watching", "{staged:?}");
    }
    assert_eq!(
        word((0, 10), (10, 10)),
        "keep watching",
        "better is not worse"
    );
    assert_eq!(
        verdict((4, 10), (0, 10)).to_string(),
        "it cuts off more than the current policy (Fisher's exact test, one-sided, p = 0.043)"
    );
    assert!(
        verdict((10, 10), (0, 10))
            .to_string()
            .ends_with("p = 5.4e-6)")
    );
}

#[test]
fn a_promotion_takes_as_many_calls_as_rule_a_twentieth_out() {
    // The exact upper bounds of 95 %, one-sided: the schedule of 59, 93 and 124 calls.
    for (n_truncated, n_calls) in [(0, 59), (1, 93), (2, 124), (3, 153)] {
        let current = (n_truncated, n_calls);
        assert_eq!(word((n_truncated, n_calls), current), "promote");
        let almost = verdict((n_truncated, n_calls - 1), current);
        assert!(
            matches!(
                almost,
                Verdict::Open {
                    n_more: Some(1),
                    ..
                }
            ),
            "{almost:?}"
        );
    }
    assert_eq!(
        verdict((0, 20), (0, 60)).to_string(),
        "it is not seen to be worse, but its truncation may still be 13.9 %, and less than 5 % is wanted: 39 more staged calls if none is cut off"
    );
    assert_eq!(
        verdict((0, 59), (0, 180)).to_string(),
        "its truncation is at most 5.0 %, below the 5 % that is wanted, and not seen to be worse than that of the current policy"
    );
}

#[test]
fn where_both_cut_off_much_the_stage_stays_open() {
    let verdict = verdict((30, 100), (90, 300));
    assert_eq!(verdict.as_str(), "keep watching");
    let hopeless = FixedSizeRule::default().judge(arm(9000, 30_000), arm(90_000, 300_000));
    assert!(
        matches!(hopeless, Verdict::Open { n_more: None, .. }),
        "{hopeless:?}"
    );
    assert!(hopeless.to_string().ends_with("less than 5 % is wanted"));
}

/// More truncations than this have no chance to speak of at the rates below.
const MOST: usize = 56;

/// The chances of 0, 1, 2, … truncations in `n` calls.
fn binomial(rate: f64, n: u32) -> Vec<f64> {
    let mut chances = vec![0.0; MOST];
    chances[0] = 1.0;
    for _ in 0..n {
        for k in (0..MOST).rev() {
            let one_fewer = if k > 0 { chances[k - 1] } else { 0.0 };
            chances[k] = chances[k] * (1.0 - rate) + one_fewer * rate;
        }
    }
    chances
}

/// The chances of sums.
fn convolved(a: &[f64], b: &[f64]) -> Vec<f64> {
    let sum = |k: usize| (0..=k).map(|part| a[part] * b[k - part]).sum();
    (0..MOST).map(sum).collect()
}

fn transposed(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let column = |k: usize| rows.iter().map(|row| row[k]).collect();
    (0..MOST).map(column).collect()
}

/// The chance that a stage which cuts off as much as the current policy, `rate`, is reverted at one of
/// `n_looks` looks, one after every ten calls of it and thirty of the current policy. Worked out exactly:
/// the chances of every pair of counts are carried from look to look.
fn chance_of_a_false_revert(rate: f64, n_looks: u64) -> f64 {
    let rule = FixedSizeRule::default();
    let (staged_step, current_step) = (binomial(rate, 10), binomial(rate, 30));
    let mut alive = vec![vec![0.0; MOST]; MOST];
    alive[0][0] = 1.0;
    let mut reverted = 0.0;
    for look in 1..=n_looks {
        let further = |rows: &[Vec<f64>], step: &[f64]| -> Vec<Vec<f64>> {
            rows.iter().map(|row| convolved(row, step)).collect()
        };
        alive = transposed(&further(&alive, &current_step));
        alive = transposed(&further(&alive, &staged_step));
        for (staged, row) in (0..).zip(&mut alive) {
            for (current, chance) in (0..).zip(row) {
                let (staged, current) = (arm(staged, 10 * look), arm(current, 30 * look));
                if *chance > 1e-9 && rule.p_where_worse(staged, current).is_some() {
                    reverted += std::mem::take(chance);
                }
            }
        }
    }
    reverted
}

#[test]
fn looking_again_and_again_costs_what_the_documentation_says() {
    for (rate, once, twelve_times) in [
        (0.01, 0.0001, 0.038),
        (0.02, 0.0008, 0.067),
        (0.05, 0.0066, 0.094),
    ] {
        let found = chance_of_a_false_revert(rate, 1);
        assert!((found - once).abs() < 0.0001, "{rate}: {found}");
        let found = chance_of_a_false_revert(rate, 12);
        assert!((found - twelve_times).abs() < 0.0005, "{rate}: {found}");
    }
}
