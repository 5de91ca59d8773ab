//! Bins of lengths whose edges grow by the same factor: bin j holds what is above u(j − 1) and up
//! to u(j) = 2^(j/8), so that an edge is at most 9.1 % above what it stands for.

/// How many bins there are. The last edge is 2^(151/8), about 480,000, and the last bin holds
/// whatever is longer too: no model writes that much in one reply.
pub const N_BINS: usize = 152;

/// Bins in a doubling.
pub const BINS_PER_OCTAVE: usize = 8;

/// The same, as a double.
#[expect(clippy::cast_precision_loss, reason = "eight")]
const OCTAVE: f64 = BINS_PER_OCTAVE as f64;

/// 2^(k/8) for k from 0 to 7, to the last digit of a double.
const ROOTS: [f64; BINS_PER_OCTAVE] = [
    1.0,
    1.090_507_732_665_257_7,
    1.189_207_115_002_721,
    1.296_839_554_651_009_6,
    std::f64::consts::SQRT_2,
    1.542_210_825_407_940_7,
    1.681_792_830_507_429,
    1.834_008_086_409_342_4,
];

/// The upper edge of a bin.
#[must_use]
#[inline]
pub const fn edge(bin: usize) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a power of two is exact however large"
    )]
    let octave = (1_u64 << (bin / BINS_PER_OCTAVE)) as f64;
    octave * ROOTS[bin % BINS_PER_OCTAVE]
}

/// The bin of a length: the first whose edge is not below it, or the last. `None` for NaN.
#[must_use]
#[inline]
pub fn of(length: f64) -> Option<usize> {
    if length.is_nan() {
        return None;
    }
    if length <= 1.0 {
        return Some(0);
    }
    let exponent = (length.to_bits() >> 52) - 1023;
    let octave = usize::try_from(exponent).unwrap_or(usize::MAX);
    if octave >= N_BINS / BINS_PER_OCTAVE {
        return Some(N_BINS - 1);
    }
    let first = octave * BINS_PER_OCTAVE;
    let above = ROOTS.iter().filter(|root| length > edge(first) * **root);
    Some((first + above.count()).min(N_BINS - 1))
}

/// The length at a position: whole numbers are the edges of bins.
///
/// ```
/// use autopack_stats::survival::bin;
///
/// assert_eq!(bin::length_at(8.0), 2.0);
/// ```
#[must_use]
pub fn length_at(position: f64) -> f64 {
    (position / OCTAVE).exp2()
}

/// The position of a length; what is below 1 counts as 1.
#[must_use]
pub fn position_of(length: f64) -> f64 {
    OCTAVE * length.max(1.0).log2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_powers_of_two_are_edges() {
        for octave in 0..18_u32 {
            let length = f64::from(1_u32 << octave);
            let bin = of(length).expect("a bin");
            assert!((edge(bin) - length).abs() < f64::EPSILON);
            assert_eq!(of(length + 0.001), Some(bin + 1));
        }
    }

    #[test]
    fn whatever_is_out_of_range_has_a_bin_but_nan() {
        assert_eq!(of(f64::NAN), None);
        assert_eq!(of(-5.0), Some(0));
        assert_eq!(of(0.0), Some(0));
        assert_eq!(of(f64::INFINITY), Some(N_BINS - 1));
        assert_eq!(of(1e300), Some(N_BINS - 1));
    }

    proptest! {
        #[test]
        fn a_length_lies_between_the_edges_of_its_bin(length in 1.0001_f64..400_000.0) {
            let bin = of(length).expect("a bin");
            prop_assert!(length <= edge(bin));
            prop_assert!(length > edge(bin - 1));
            prop_assert!((length_at(position_of(length)) / length - 1.0).abs() < 1e-9);
        }
    }
}
