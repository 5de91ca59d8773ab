//! A sample of finite numbers and its quantiles.

/// Finite numbers, sorted. NaN and infinities never get in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample(Vec<f64>);

impl FromIterator<f64> for Sample {
    fn from_iter<I: IntoIterator<Item = f64>>(numbers: I) -> Self {
        let mut numbers: Vec<f64> = numbers
            .into_iter()
            .filter(|number| number.is_finite())
            .collect();
        numbers.sort_by(f64::total_cmp);
        Self(numbers)
    }
}

impl Sample {
    /// The middle number, or the mean of the two middle ones; `None` of an empty sample.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        self.quantile(0.5)
    }

    /// The quantile at `level` (0 to 1), interpolated between neighbours: type 7 of Hyndman and Fan,
    /// The American Statistician 50 (1996), which R and NumPy use by default. `None` of an empty
    /// sample or outside 0 to 1.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positions in a sample are far below 2^53"
    )]
    pub fn quantile(&self, level: f64) -> Option<f64> {
        if !(0.0..=1.0).contains(&level) {
            return None;
        }
        let last = self.0.len().checked_sub(1)?;
        let position = level * last as f64;
        let below = self.0[position as usize];
        let above = self.0[(position as usize + 1).min(last)];
        Some(below + (above - below) * position.fract())
    }

    /// The mean; `None` of an empty sample.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "sizes of samples are far below 2^53"
    )]
    pub fn mean(&self) -> Option<f64> {
        (!self.0.is_empty()).then(|| self.0.iter().sum::<f64>() / self.0.len() as f64)
    }

    /// How many numbers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate() {
        let sample: Sample = [4.0, 1.0, 3.0, 2.0, f64::NAN].into_iter().collect();
        assert_eq!(sample.len(), 4);
        assert_eq!(sample.median(), Some(2.5));
        assert_eq!(
            sample.quantile(0.9).map(|q| (q * 1e9).round() / 1e9),
            Some(3.7)
        );
        assert_eq!(sample.quantile(0.0), Some(1.0));
        assert_eq!(sample.quantile(1.0), Some(4.0));
        assert_eq!(sample.quantile(1.1), None);
        assert_eq!(sample.mean(), Some(2.5));
        assert_eq!(Sample::default().median(), None);
    }
}
