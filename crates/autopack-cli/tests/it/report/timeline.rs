//! `--over`: waste and truncation over time.

use super::{dated_sandbox, report};

#[test]
fn calls_are_told_by_the_period_that_is_asked_for() {
    let sandbox = dated_sandbox();
    for period in ["hour", "day", "week"] {
        let done = report(&sandbox, &["--by", "policy", "--over", period]);
        let done = done.to_string();
        let (_, timeline) = done.split_once("\n\n").unwrap();
        insta::assert_snapshot!(format!("over_{period}"), timeline);
    }
    insta::assert_snapshot!(report(&sandbox, &["--over", "year"]), @"
    exit 2
    --- stderr
    error: invalid value 'year' for '--over <PERIOD>'
      [possible values: hour, day, week]

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(report(&sandbox, &["--over", "day", "--csv"]), @"
    exit 2
    --- stderr
    error: the argument '--over <PERIOD>' cannot be used with '--csv'

    Usage: autopack report --over <PERIOD>

    For more information, try '--help'.
    ");
}

#[test]
fn json_has_the_period_that_fits_where_none_is_asked_for() {
    let sandbox = dated_sandbox();
    let timeline = |args: &[&str]| {
        let report = sandbox.json(&[&["report", "--json"], args].concat());
        let periods = report["timeline"]["periods"].as_array().unwrap();
        let from: Vec<String> = periods
            .iter()
            .map(|period| period["from"].as_str().unwrap().to_owned())
            .collect();
        (
            report["timeline"]["period"].as_str().unwrap().to_owned(),
            from,
        )
    };
    let (period, from) = timeline(&[]);
    assert_eq!(period, "day");
    assert_eq!(
        from,
        [
            "2026-01-05T00:00:00Z",
            "2026-01-06T00:00:00Z",
            "2026-01-14T00:00:00Z"
        ]
    );
    assert_eq!(timeline(&["--since", "2026-01-14"]).0, "hour");
    assert_eq!(timeline(&["--over", "week"]).1.len(), 2);
}
