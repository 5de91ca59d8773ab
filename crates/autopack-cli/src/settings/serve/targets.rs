//! What is aimed at on each upstream: `[serve.targets]`, `target_truncation`, or what a ceiling costs there.

use anyhow::anyhow;
use autopack_calibrate::Aim;
use autopack_calibrate::learned::TargetTruncation;
use autopack_core::{RouteEconomics, UpstreamName};

use super::ServeSection;
use crate::exit::{Failure, Fault};

impl ServeSection {
    /// The share of calls of an upstream that may be cut off at first, and why; what is said nearest to it
    /// counts; where nothing is, the economics of its route do.
    pub(super) fn aim(
        &self,
        name: &UpstreamName,
        route: Option<&RouteEconomics>,
    ) -> Result<Aim, Failure> {
        let own = self.targets.get(name);
        let own = own.map(|share| (*share, format!("serve.targets.{name}")));
        let all = self.target_truncation;
        let all = all.map(|share| (share, "serve.target_truncation".to_owned()));
        let Some((share, setting)) = own.or(all) else {
            return Ok(Aim::on(route, name.as_str()));
        };
        let (least, most) = TargetTruncation::RANGE;
        let target = TargetTruncation::new(share)
            .ok_or_else(|| anyhow!("{setting} is `{share}`: allowed is {least} to {most}"));
        Ok(Aim::asked(target.usage()?, &format!("`{setting}`")))
    }
}
