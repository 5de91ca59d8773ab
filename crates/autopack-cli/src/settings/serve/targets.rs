//! What is aimed at on each upstream: `[serve.targets]`, `target_truncation`, or what a ceiling costs there.

use anyhow::anyhow;
use autopack_calibrate::learned::TargetTruncation;
use autopack_calibrate::{ChosenTarget, target_on};
use autopack_core::{RouteEconomics, UpstreamName};

use crate::exit::{Failure, Fault};
use crate::settings::Settings;

impl Settings {
    /// The share of calls of an upstream that may be cut off at first, and why; what is said nearest to it
    /// counts; where nothing is, the economics of its route do.
    pub(super) fn target(
        &self,
        name: &UpstreamName,
        route: Option<&RouteEconomics>,
    ) -> Result<ChosenTarget, Failure> {
        let section = &self.file.serve;
        let own = section.targets.get(name);
        let own = own.map(|share| (*share, format!("serve.targets.{name}")));
        let all = section.target_truncation;
        let all = all.map(|share| (share, "serve.target_truncation".to_owned()));
        let Some((share, setting)) = own.or(all) else {
            let limit = self.limit_use(name.as_str(), false).value;
            return Ok(target_on(route, name.as_str(), limit));
        };
        let (least, most) = TargetTruncation::RANGE;
        let target = TargetTruncation::new(share)
            .ok_or_else(|| anyhow!("{setting} is `{share}`: allowed is {least} to {most}"));
        Ok(ChosenTarget::asked(
            target.usage()?,
            &format!("`{setting}`"),
        ))
    }
}
