//! Intervals against numbers computed by SciPy; `scipy_intervals.py` prints them.

use autopack_stats::exact_interval;

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
