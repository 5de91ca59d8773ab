//! Tails, survival curves and evidence against numbers computed by SciPy; `scipy_survival.py` prints
//! them.

use autopack_stats::survival::bin;
use autopack_stats::{
    RateEvidence, RateHypothesis, SurvivalSketch, beta_below, binomial_at_least, binomial_at_most,
};

const NUMBERS: &str = include_str!("scipy_survival.csv");

fn rows(kind: &str) -> Vec<Vec<&'static str>> {
    let rows = NUMBERS.lines().filter(|line| !line.starts_with('#'));
    let rows = rows.map(|line| line.split(',').collect::<Vec<_>>());
    rows.filter(|fields| fields[0] == kind)
        .map(|fields| fields[1..].to_vec())
        .collect()
}

fn number(text: &str) -> f64 {
    text.parse().expect(text)
}

fn count(text: &str) -> u64 {
    text.parse().expect(text)
}

#[test]
fn tails_agree_with_scipy() {
    let betas = rows("beta");
    assert_eq!(betas.len(), 100);
    for fields in betas {
        let [a, b, x, wanted] = fields[..] else {
            panic!("four fields: {fields:?}")
        };
        let ours = beta_below(number(a), number(b), number(x)).expect(a);
        assert!((ours - number(wanted)).abs() < 1e-9, "{fields:?}: {ours}");
    }
    for (kind, tail) in [
        (
            "at_most",
            binomial_at_most as fn(u64, u64, f64) -> Option<f64>,
        ),
        ("at_least", binomial_at_least),
    ] {
        let tails = rows(kind);
        assert!(tails.len() > 50);
        for fields in tails {
            let [hits, n, rate, wanted] = fields[..] else {
                panic!("four fields: {fields:?}")
            };
            let ours = tail(count(hits), count(n), number(rate)).expect(rate);
            assert!((ours - number(wanted)).abs() < 1e-9, "{fields:?}: {ours}");
        }
    }
}

#[test]
fn curves_agree_with_scipy() {
    for sketched in rows("sketch") {
        let mut sketch = SurvivalSketch::default();
        for word in sketched[1].split(' ') {
            match word.strip_suffix('+') {
                Some(cut) => sketch.add_censored(bin::edge(cut.parse().expect(cut))),
                None => sketch.add_event(bin::edge(word.parse().expect(word))),
            }
        }
        let curve = sketch.survival();
        let wanted = rows("survival");
        let wanted = wanted.iter().filter(|fields| fields[0] == sketched[0]);
        let mut n_checked = 0;
        for fields in wanted {
            let ours = curve.beyond(fields[1].parse().expect(fields[1]));
            assert!(
                (ours - number(fields[2])).abs() < 1e-9,
                "{fields:?}: {ours}"
            );
            n_checked += 1;
        }
        assert_eq!(n_checked, 18);
    }
}

#[test]
fn evidence_agrees_with_numpy() {
    let all = rows("evidence");
    assert_eq!(all.len(), 36);
    for fields in all {
        let [side, bound, hits, n, wanted] = fields[..] else {
            panic!("five fields: {fields:?}")
        };
        let hypothesis = match side {
            "at_most" => RateHypothesis::AtMost,
            _ => RateHypothesis::AtLeast,
        };
        let mut evidence = RateEvidence::new(hypothesis, number(bound)).expect(bound);
        for trial in 0..count(n) {
            evidence.add(trial < count(hits));
        }
        let ours = evidence.log_e_value();
        assert!((ours - number(wanted)).abs() < 1e-9, "{fields:?}: {ours}");
    }
}
