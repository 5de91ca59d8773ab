//! A curve in few bytes: numbers that follow each other and are the same are written once.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::residuals::N_RESIDUAL_BINS;

/// A number, and how many times it stands there.
type Run = (u16, f64);

pub(super) fn serialize<S: Serializer>(curve: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    let same = |a: &f64, b: &f64| a.to_bits() == b.to_bits();
    let runs = curve.chunk_by(same).filter_map(|run| {
        let length = u16::try_from(run.len()).ok()?;
        Some((length, *run.first()?))
    });
    runs.collect::<Vec<Run>>().serialize(serializer)
}

/// What is longer than any curve is left out, and so seen not to be one.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<f64>, D::Error> {
    let runs = Vec::<Run>::deserialize(deserializer)?;
    let numbers = runs
        .into_iter()
        .flat_map(|(length, number)| std::iter::repeat_n(number, usize::from(length)));
    Ok(numbers.take(N_RESIDUAL_BINS + 1).collect())
}
