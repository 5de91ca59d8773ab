//! Ratios of what was sent, predicted and used.

use crate::tokens::Tokens;

/// Waste: ceiling ÷ output tokens. `None` where nothing came out.
#[must_use]
pub fn waste(ceiling: Tokens, output: Tokens) -> Option<f64> {
    (output.get() > 0).then(|| ceiling.as_f64() / output.as_f64())
}

/// Symmetric error of a prediction in percent, 0 to 200: `200·|p − a| / (p + a)`. `None` where both
/// are zero.
#[must_use]
pub fn smape_percent(predicted: Tokens, actual: Tokens) -> Option<f64> {
    let (predicted, actual) = (predicted.as_f64(), actual.as_f64());
    let sum = predicted + actual;
    (sum > 0.0).then(|| 200.0 * (predicted - actual).abs() / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_figures_come_out() {
        let rounded = |ceiling, actual| {
            let ratio =
                waste(Tokens::new(ceiling), Tokens::new(actual)).expect("something came out");
            format!("{ratio:.2}")
        };
        assert_eq!(rounded(4096, 1252), "3.27");
        assert_eq!(rounded(4096, 1092), "3.75");
        assert_eq!(rounded(4096, 1198), "3.42");
        assert_eq!(waste(Tokens::new(4096), Tokens::new(0)), None);
    }

    #[test]
    fn smape_is_symmetric_and_bounded() {
        // The first row of the real log in the data folder: predicted 5200, actual 1218, 124.1 %.
        let smape = smape_percent(Tokens::new(5200), Tokens::new(1218)).expect("a figure");
        assert_eq!(format!("{smape:.1}"), "124.1");
        assert_eq!(smape_percent(Tokens::new(0), Tokens::new(7)), Some(200.0));
        assert_eq!(smape_percent(Tokens::new(0), Tokens::new(0)), None);
    }
}
