//! Counts as doubles.

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of calls are far below 2^53"
)]
pub(crate) const fn as_f64(count: u64) -> f64 {
    count as f64
}
