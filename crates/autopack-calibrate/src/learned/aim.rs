//! What rate to ask of the curves, so that the target comes out.

use serde::{Deserialize, Serialize};

use super::target::TargetTruncation;

/// The rate that comes out is to be this share of the target: the last calls of a count fall on
/// either side of it.
pub(super) const SHARE_OF_TARGET: f64 = 0.97;
/// How far one truncation lowers the logarithm of the rate that is asked for. At 2 % it takes some
/// hundred calls to correct it by a tenth: slower than any group learns.
const STEP: f64 = 0.02;
/// The logarithm of the rate is corrected no further than to half or twice of it: what is beyond is
/// not the curves' fault, and groups have trackers of their own.
const FARTHEST: f64 = std::f64::consts::LN_2;
/// So many calls are waited for: the first are sent at bases, which the curves did not choose.
const FIRST_CALLS: u32 = 200;

/// The rate that is asked of the curves. They are wrong together where groups are small or all
/// change in the same way, and that shows in the calls of all groups long before it does in one.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Aim {
    target: f64,
    log_factor: f64,
    n_calls: u32,
}

impl Aim {
    pub(super) const fn new(target: TargetTruncation) -> Self {
        Self {
            target: target.get(),
            log_factor: 0.0,
            n_calls: 0,
        }
    }

    pub(super) fn add(&mut self, was_cut: bool) {
        if self.n_calls < FIRST_CALLS {
            self.n_calls += 1;
            return;
        }
        let hit = f64::from(u8::from(was_cut));
        let step = STEP * (self.target * SHARE_OF_TARGET - hit);
        self.log_factor = (self.log_factor + step).clamp(-FARTHEST, FARTHEST);
    }

    pub(super) fn rate(&self) -> f64 {
        self.target * self.log_factor.exp()
    }
}
