//! Intervals and tests against numbers computed by SciPy; `scipy_intervals.py` and `scipy_fisher.py` print
//! them.

use autopack_stats::{Hits, exact_interval, fisher_exact};

#[test]
fn exact_intervals_agree_with_scipy() {
    let mut n_checked = 0;
    for line in include_str!("scipy_intervals.csv")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let fields: Vec<&str> = line.split(',').collect();
        let [hits, n, level, low, high] = fields[..] else {
            panic!("five fields: {line}")
        };
        let number = |text: &str| text.parse::<f64>().expect(line);
        let count = |text: &str| text.parse::<u64>().expect(line);
        let ours = exact_interval(count(hits), count(n), number(level)).expect(line);
        assert!((ours.low - number(low)).abs() < 1e-9, "{line}: {ours:?}");
        assert!((ours.high - number(high)).abs() < 1e-9, "{line}: {ours:?}");
        n_checked += 1;
    }
    assert!(n_checked > 150, "{n_checked} rows");
}

#[test]
fn fishers_test_agrees_with_scipy() {
    let mut n_checked = 0;
    for line in include_str!("scipy_fisher.csv")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let (counts, p) = line.rsplit_once(',').expect(line);
        let counts = counts.split(',').map(|text| text.parse().expect(line));
        let [hits, n, other_hits, other_n] = counts.collect::<Vec<u64>>()[..] else {
            panic!("four counts: {line}")
        };
        let high = Hits { hits, n };
        let low = Hits {
            hits: other_hits,
            n: other_n,
        };
        let p: f64 = p.parse().expect(line);
        let ours = fisher_exact(high, low).expect(line);
        assert!((ours - p).abs() <= 1e-9 * p.max(1e-300), "{line}: {ours}");
        n_checked += 1;
    }
    assert!(n_checked > 200, "{n_checked} rows");
}
