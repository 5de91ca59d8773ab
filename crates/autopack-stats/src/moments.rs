//! The mean and the spread of a stream of numbers.

use crate::count::as_f64;

/// Mean and population deviation, number by number, in constant memory.
///
/// Welford, Technometrics 4 (1962): it does not subtract large sums from each other, and so keeps
/// its digits where all numbers are large and close together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    n: u64,
    mean: f64,
    /// The sum of squared distances from the mean.
    spread: f64,
}

impl Moments {
    /// Takes a number in. NaN and infinities never get in.
    pub fn add(&mut self, number: f64) {
        if !number.is_finite() {
            return;
        }
        self.n += 1;
        let before = number - self.mean;
        self.mean += before / as_f64(self.n);
        self.spread += before * (number - self.mean);
    }

    /// How many numbers there were.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.n
    }

    /// Whether there were none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// The mean; `None` without numbers.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (!self.is_empty()).then_some(self.mean)
    }

    /// The standard deviation of these very numbers, taken as a whole population; `None` without
    /// numbers.
    #[must_use]
    pub fn population_deviation(&self) -> Option<f64> {
        (!self.is_empty()).then(|| (self.spread / as_f64(self.n)).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn moments(numbers: &[f64]) -> Moments {
        let mut moments = Moments::default();
        for number in numbers {
            moments.add(*number);
        }
        moments
    }

    #[test]
    fn nothing_has_no_mean_and_one_number_no_spread() {
        assert_eq!(moments(&[]).mean(), None);
        assert_eq!(moments(&[]).population_deviation(), None);
        let one = moments(&[f64::NAN, 3.0, f64::INFINITY]);
        assert_eq!((one.len(), one.mean()), (1, Some(3.0)));
        assert_eq!(one.population_deviation(), Some(0.0));
    }

    proptest! {
        #[test]
        fn two_passes_say_the_same(numbers in prop::collection::vec(0.001_f64..1000.0, 1..200)) {
            let n = as_f64(numbers.len() as u64);
            let mean = numbers.iter().sum::<f64>() / n;
            let squares = numbers.iter().map(|number| (number - mean).powi(2));
            let deviation = (squares.sum::<f64>() / n).sqrt();
            let found = moments(&numbers);
            let close = |found: Option<f64>, wanted: f64| {
                found.is_some_and(|found| (found - wanted).abs() <= 1e-9 * wanted.max(1.0))
            };
            prop_assert!(close(found.mean(), mean));
            prop_assert!(close(found.population_deviation(), deviation));
        }
    }
}
