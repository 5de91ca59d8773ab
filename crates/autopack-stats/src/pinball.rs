//! The loss whose least mean is a quantile.

/// The pinball loss of forecasting the quantile at `level` (0 to 1) as `forecast` where `outcome`
/// came: `level` for each unit that was missing, 1 − `level` for each that was too much. Koenker
/// and Bassett, Econometrica 46 (1978).
///
/// ```
/// use autopack_stats::pinball_loss;
///
/// assert!(pinball_loss(100.0, 90.0, 0.98) < pinball_loss(90.0, 100.0, 0.98));
/// ```
#[must_use]
pub fn pinball_loss(forecast: f64, outcome: f64, level: f64) -> f64 {
    let missing = outcome - forecast;
    if missing > 0.0 {
        level * missing
    } else {
        (level - 1.0) * missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_mean_loss_is_at_the_quantile() {
        let outcomes: Vec<f64> = (1..=100).map(f64::from).collect();
        let mean = |forecast: f64| {
            let losses = outcomes.iter().map(|y| pinball_loss(forecast, *y, 0.895));
            losses.sum::<f64>()
        };
        let best = (1..=100)
            .map(f64::from)
            .min_by(|a, b| mean(*a).total_cmp(&mean(*b)));
        assert_eq!(best, Some(90.0));
        assert!(pinball_loss(5.0, 5.0, 0.3).abs() < f64::EPSILON);
    }
}
