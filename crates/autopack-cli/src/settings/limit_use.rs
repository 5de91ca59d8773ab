//! Of which routes the rate limit is nearly used up.

use autopack_calibrate::LimitUse;
use autopack_core::{Provider, UpstreamName};

use super::{Settings, Source, Sourced};

/// The flag that says so of whatever a command is about.
const FLAG: &str = "--near-limit";

impl Settings {
    /// How much of the rate limit of a route is in use, by flag, file, or default.
    pub(crate) fn limit_use(&self, route: &str, flag: bool) -> Sourced<LimitUse> {
        if flag {
            return Sourced {
                value: LimitUse::Near,
                source: Source::Flag(FLAG),
            };
        }
        let provider = route.parse::<Provider>().ok();
        let provider = provider.and_then(|provider| self.file.providers.get(&provider)?.near_limit);
        let upstream = || {
            let name = route.parse::<UpstreamName>().ok()?;
            self.file.upstreams.get(&name)?.near_limit
        };
        let filed = self.filed(provider.or_else(upstream));
        let is_near = filed.unwrap_or(Sourced {
            value: false,
            source: Source::Default,
        });
        is_near.map(|is_near| {
            if is_near {
                LimitUse::Near
            } else {
                LimitUse::Below
            }
        })
    }
}
