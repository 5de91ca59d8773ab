use super::super::groups::{GroupBy, Grouping};
use super::super::rows::row;
use super::super::timeline::Hours;
use super::*;
use autopack_core::Tokens;

fn picture(rows: &[EstimationRow]) -> plot::Picture {
    let (mut drawing, mut hours) = (Drawing::default(), Hours::default());
    let mut groups = Grouping::new(&[GroupBy::Provider]);
    for row in rows {
        drawing.add(row);
        hours.add(row);
        groups.add(row);
    }
    drawing.finish(&groups.finish().total, &hours.finish(None))
}

fn cut_off() -> EstimationRow {
    EstimationRow {
        truncated: true,
        actual_output_tokens: Some(Tokens::new(4096)),
        ..row()
    }
}

#[test]
fn calls_become_points_bins_and_rates() {
    let later = EstimationRow {
        timestamp: "2026-01-07T07:00:00Z".parse().expect("a time"),
        ..cut_off()
    };
    let picture = picture(&[row(), row(), cut_off(), later]);
    assert_eq!(
        picture.title,
        "Output tokens and their ceilings: 4 calls, 2026-01-05 to 2026-01-07 (UTC)"
    );
    let call = plot::Call {
        predicted: 2600.0,
        actual: 1200.0,
        ceiling: Some(4096.0),
    };
    assert_eq!(picture.predictions.whole.drawn, [call, call]);
    assert_eq!(picture.predictions.truncated.n, 2);
    // Waste is 1 twice and 4096 / 1200 = 3.41 twice, between 2^1.75 and 4.
    let bins: Vec<(f64, f64, u64)> = picture
        .wastes
        .bins
        .iter()
        .map(|bin| (bin.low, bin.high, bin.n))
        .collect();
    assert_eq!(
        bins,
        [(1.0, 2.0_f64.powf(0.25), 2), (2.0_f64.powf(1.75), 4.0, 2)]
    );
    assert_eq!(picture.rates.period, "hour");
    let rates: Vec<(i32, f64)> = picture
        .rates
        .in_order
        .iter()
        .map(|rate| (rate.at, rate.share))
        .collect();
    assert_eq!(rates, [(0, 1.0 / 3.0), (47, 1.0)]);
    assert_eq!((picture.rates.name)(47).as_deref(), Some("01-07 07:00"));
    assert!(picture.notes.is_empty());
}

#[test]
fn what_is_not_drawn_is_noted() {
    let unknown = EstimationRow {
        predicted_output_tokens: None,
        ..row()
    };
    let failed = EstimationRow {
        actual_output_tokens: None,
        success: Some(false),
        ..row()
    };
    let mut rows = vec![row(); 2000];
    rows.extend([unknown, failed, cut_off()]);
    let picture = picture(&rows);
    assert_eq!(picture.predictions.whole.drawn.len(), MAX_POINTS);
    assert_eq!(
        picture.predictions.truncated.drawn.len(),
        1,
        "rare ones are not lost among the others"
    );
    assert_eq!(
        picture.notes,
        [
            "1,501 of 2,001 calls, chosen by lot, are drawn as points: at most 1,500 of a kind.",
            "2 calls without a prediction or without reported output are no points."
        ]
    );
}
