use super::super::rows::row;
use super::*;
use autopack_core::Tokens;
use proptest::prelude::*;

fn at(text: &str) -> EstimationRow {
    EstimationRow {
        timestamp: text.parse().expect("a time"),
        ..row()
    }
}

fn timeline(rows: &[EstimationRow], period: Option<Period>) -> Timeline {
    let mut hours = Hours::default();
    for row in rows {
        hours.add(row);
    }
    hours.finish(period)
}

/// The periods with their numbers of calls.
fn periods(timeline: &Timeline) -> Vec<(String, u64)> {
    let period = |span: &Span| (timeline.period.name(span.start), span.figures.n_calls);
    timeline.spans.iter().map(period).collect()
}

fn expected(periods: &[(&str, u64)]) -> Vec<(String, u64)> {
    periods
        .iter()
        .map(|(name, n)| ((*name).to_owned(), *n))
        .collect()
}

#[test]
fn calls_fall_into_hours_days_and_weeks_of_utc() {
    // 2026-01-05 is a Monday.
    let rows = [
        at("2026-01-04T23:59:59.999Z"),
        at("2026-01-05T00:00:00Z"),
        at("2026-01-05T00:30:00Z"),
        at("2026-01-11T12:00:00Z"),
        at("2026-01-12T00:00:00Z"),
    ];
    assert_eq!(
        periods(&timeline(&rows, Some(Period::Hour))),
        expected(&[
            ("2026-01-04 23:00", 1),
            ("2026-01-05 00:00", 2),
            ("2026-01-11 12:00", 1),
            ("2026-01-12 00:00", 1),
        ])
    );
    assert_eq!(
        periods(&timeline(&rows, Some(Period::Day))),
        expected(&[
            ("2026-01-04", 1),
            ("2026-01-05", 2),
            ("2026-01-11", 1),
            ("2026-01-12", 1),
        ])
    );
    assert_eq!(
        periods(&timeline(&rows, Some(Period::Week))),
        expected(&[("2025-12-29", 1), ("2026-01-05", 3), ("2026-01-12", 1)])
    );
}

#[test]
fn hours_join_to_the_figures_of_the_day() {
    let rows = [
        at("2026-01-05T08:00:00Z"),
        EstimationRow {
            truncated: true,
            actual_output_tokens: Some(Tokens::new(4096)),
            ..at("2026-01-05T09:00:00Z")
        },
        EstimationRow {
            actual_output_tokens: Some(Tokens::new(2048)),
            ..at("2026-01-05T21:00:00Z")
        },
    ];
    let day = timeline(&rows, Some(Period::Day));
    let figures = &day.spans[0].figures;
    // Wastes are 3.4133, 1 and 2.
    assert_eq!(figures.median_waste, Some(2.0));
    assert_eq!((figures.truncated.n_hits, figures.truncated.n), (1, 3));
    assert_eq!(figures.reserved_tokens, 3 * 4096);
    assert_eq!(figures.used_tokens, 1200 + 4096 + 2048);
}

#[test]
fn the_period_fits_the_span_where_none_is_asked_for() {
    for (last, period) in [
        ("2026-01-05T08:00:00Z", Period::Hour),
        ("2026-01-07T07:59:59Z", Period::Hour),
        ("2026-01-07T08:00:00Z", Period::Day),
        ("2026-03-06T07:00:00Z", Period::Day),
        ("2026-03-06T08:00:00Z", Period::Week),
    ] {
        let rows = [at("2026-01-05T08:00:00Z"), at(last)];
        assert_eq!(timeline(&rows, None).period, period, "{last}");
    }
}

#[test]
fn times_before_the_epoch_and_at_the_ends_of_time_have_their_periods() {
    let rows = [at("1969-12-31T23:30:00Z")];
    assert_eq!(
        periods(&timeline(&rows, Some(Period::Week))),
        expected(&[("1969-12-29", 1)])
    );
    let first = EstimationRow {
        timestamp: Timestamp::MIN,
        ..row()
    };
    let ends = timeline(&[first], Some(Period::Week));
    assert_eq!(ends.spans[0].figures.n_calls, 1);
}

proptest! {
    #[test]
    fn no_call_is_lost_whatever_the_period(seconds in prop::collection::vec(-4_000_000_000_i64..4_000_000_000, 1..40)) {
        let rows: Vec<EstimationRow> = seconds
            .iter()
            .map(|second| EstimationRow {
                timestamp: Timestamp::from_second(*second).expect("a time"),
                ..row()
            })
            .collect();
        for period in [Period::Hour, Period::Day, Period::Week] {
            let timeline = timeline(&rows, Some(period));
            let n_calls: u64 = timeline.spans.iter().map(|span| span.figures.n_calls).sum();
            prop_assert_eq!(n_calls, rows.len() as u64);
            for span in &timeline.spans {
                prop_assert_eq!(span.start.as_second().rem_euclid(HOUR_SECONDS), 0);
            }
            prop_assert!(timeline.spans.is_sorted_by_key(|span| span.start));
        }
    }
}
