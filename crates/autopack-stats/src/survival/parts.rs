//! A sketch as it is written down: its counts that are not zero.

use serde::{Deserialize, Serialize};

use super::{LEAST_UNIT, N_BINS, SurvivalSketch};

/// A bin and what is stored there.
type Count = (u8, f32);

#[derive(Serialize, Deserialize)]
pub(super) struct Parts {
    unit: f32,
    events: Vec<Count>,
    censored: Vec<Count>,
}

/// Numbers that no sketch has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sketch has counts from 0 in its bins, and a unit of 0 to 1")]
pub(super) struct NoSketch;

impl From<SurvivalSketch> for Parts {
    fn from(sketch: SurvivalSketch) -> Self {
        let counts = |counts: &[f32; N_BINS]| {
            let counts = (0_u8..).zip(counts.iter().copied());
            counts.filter(|(_, count)| *count > 0.0).collect()
        };
        Self {
            unit: sketch.unit,
            events: counts(&sketch.events),
            censored: counts(&sketch.censored),
        }
    }
}

impl TryFrom<Parts> for SurvivalSketch {
    type Error = NoSketch;

    fn try_from(parts: Parts) -> Result<Self, NoSketch> {
        let counts = |counts: &[Count]| {
            let mut all = [0.0; N_BINS];
            for (bin, count) in counts {
                let is_count = count.is_finite() && *count >= 0.0;
                let place = all.get_mut(usize::from(*bin)).filter(|_| is_count);
                *place.ok_or(NoSketch)? = *count;
            }
            Ok(all)
        };
        if !(LEAST_UNIT..=1.0).contains(&parts.unit) {
            return Err(NoSketch);
        }
        Ok(Self {
            events: counts(&parts.events)?,
            censored: counts(&parts.censored)?,
            unit: parts.unit,
        })
    }
}
