//! Ceilings that the target share of calls is likely not to exceed, group by group.

use autopack_core::Tokens;
use autopack_stats::survival::bin::{self, N_BINS};
use autopack_stats::{Survival, beta_below};

use super::key::GroupKey;
use super::lengths::GroupLengths;
use super::pool::Pool;
use crate::learned::TargetTruncation;

/// How many calls the pooled curve counts for in a group.
const POOLED_CALLS: f64 = 20.0;
/// How likely the rate has to be below the target, where a group has few calls …
const SURE: f64 = 0.8;
/// … and where it has so many that its own curve says it all.
const EVEN: f64 = 0.5;
const MANY_CALLS: f64 = 300.0;
/// Shares below this are none: the beta distribution needs something on both sides.
const LEAST_COUNT: f64 = 1e-9;

/// The lengths of all groups, with what each learns from the others.
///
/// At every edge u of a bin, what a group knows of the share of its calls beyond u is a beta distribution:
/// its own calls that were not cut off before u, shared out by their Kaplan-Meier curve, and twenty calls
/// more by the pooled curve of the groups around it.
#[derive(Clone, Debug)]
pub struct Fit<'a> {
    groups: &'a [GroupLengths],
    curves: Vec<Survival>,
    pool: Pool,
    target: TargetTruncation,
}

impl<'a> Fit<'a> {
    /// Fits groups, each with its key. A group comes after the one around it, whose lengths are also those of
    /// the groups in it.
    ///
    /// # Panics
    /// Unless there are as many keys as groups.
    #[must_use]
    pub fn of(keys: &[GroupKey], groups: &'a [GroupLengths], target: TargetTruncation) -> Self {
        assert_eq!(keys.len(), groups.len(), "each group has a key");
        let curves: Vec<Survival> = groups
            .iter()
            .map(|group| group.sketch().survival())
            .collect();
        Self {
            pool: Pool::of(keys, groups, &curves),
            groups,
            curves,
            target,
        }
    }

    /// The ceiling of a group: the least edge of a bin beyond which the share of calls is likely to be at
    /// most the target. `None` where there is none, because nothing is known or the longest were cut off.
    #[must_use]
    pub fn ceiling(&self, group: usize) -> Option<f64> {
        let shares = self.shares(group);
        let sure = if shares.weight < MANY_CALLS {
            SURE
        } else {
            EVEN
        };
        let is_within = |bin: usize| {
            let (beyond, within) = shares.counts(bin)?;
            Some(beta_below(beyond, within, self.target.get())? >= sure)
        };
        let (mut low, mut high) = (0, N_BINS);
        while low < high {
            let middle = usize::midpoint(low, high);
            if is_within(middle)? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        (low < N_BINS).then(|| bin::edge(low))
    }

    /// The share of a group's calls that is expected beyond a ceiling; `None` where nothing is known.
    #[must_use]
    pub fn expected_beyond(&self, group: usize, ceiling: Tokens) -> Option<f64> {
        let shares = self.shares(group);
        // Of the bin that holds the ceiling, the part beyond it is beyond it.
        let position = bin::position_of(ceiling.as_f64());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positions lie among a few hundred bins"
        )]
        let below = (position as usize).min(N_BINS - 1);
        let share = |bin: usize| {
            let (beyond, within) = shares.counts(bin)?;
            Some(beyond / (beyond + within))
        };
        let (left, right) = (share(below)?, share((below + 1).min(N_BINS - 1))?);
        Some(left + (right - left) * position.fract())
    }

    /// The length that half of a group's calls exceed, by its own curve.
    #[must_use]
    pub fn median(&self, group: usize) -> Option<f64> {
        self.curves[group].quantile_above(0.5)
    }

    /// The group's own Kaplan-Meier curve.
    pub(super) fn curve(&self, group: usize) -> &Survival {
        &self.curves[group]
    }

    fn shares(&self, group: usize) -> Shares<'_> {
        let sketch = self.groups[group].sketch();
        let weight = sketch.weight();
        let mut left = weight;
        let at_risk = std::array::from_fn(|bin| {
            let here = left;
            left = (left - sketch.censored(bin)).max(0.0);
            here
        });
        Shares {
            fit: self,
            group,
            weight,
            at_risk,
        }
    }
}

/// What a group knows of the shares of its calls.
struct Shares<'a> {
    fit: &'a Fit<'a>,
    group: usize,
    weight: f64,
    /// Calls that were not cut off before the edge of each bin.
    at_risk: [f64; N_BINS],
}

impl Shares<'_> {
    /// The calls beyond the edge of a bin, and those within it.
    fn counts(&self, bin: usize) -> Option<(f64, f64)> {
        let own = self.at_risk[bin];
        let share = self.fit.curves[self.group].beyond(bin);
        let pooled = self.fit.pool.beyond(self.group, bin)?;
        let beyond = own * share + POOLED_CALLS * pooled;
        let within = own * (1.0 - share) + POOLED_CALLS * (1.0 - pooled);
        Some((beyond.max(LEAST_COUNT), within.max(LEAST_COUNT)))
    }
}
