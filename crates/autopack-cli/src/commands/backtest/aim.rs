//! What is aimed at, why, and what it costs to miss it.

use autopack_calibrate::backtest::Economics;
use autopack_calibrate::learned::TargetTruncation;
use autopack_calibrate::{ChosenTarget, CutCosts, LimitUse};
use autopack_core::Economics as Routes;

use crate::args::BacktestArgs;
use crate::exit::{Failure, usage};
use crate::settings::Settings;

/// A second attempt has so many times the ceiling.
pub(super) const RETRY_FACTOR: u64 = 3;

/// The target, why it is that, and the prices that policies are judged by.
pub(super) struct Aim {
    pub(super) target: TargetTruncation,
    pub(super) why: String,
    pub(super) economics: Economics,
}

impl Aim {
    pub(super) fn of(args: &BacktestArgs, settings: &Settings) -> Result<Self, Failure> {
        let asked = args.target_truncation.map(target).transpose()?;
        let of_route = args.route.as_deref().map(|name| {
            let limit = settings.limit_use(name, args.near_limit);
            on(name, limit.value)
        });
        let of_route = of_route.transpose()?;
        let costs = of_route.as_ref().and_then(|chosen| chosen.costs);
        let chosen = match (asked, of_route) {
            (Some(target), _) => ChosenTarget::asked(target, "--target-truncation"),
            (None, Some(of_route)) => of_route,
            (None, None) => {
                ChosenTarget::default_as("neither --target-truncation nor --route is given")
            }
        };
        let prices = Economics::default();
        let reserved_token = costs.map_or(prices.reserved_token, CutCosts::reserved_token);
        Ok(Self {
            target: chosen.target,
            why: chosen.why,
            economics: Economics {
                reserved_token,
                quota_tokens_per_minute: args.quota_tokens_per_minute,
                reserve: args.reserve.into(),
                retry_factor: RETRY_FACTOR,
                ..prices
            },
        })
    }
}

fn target(share: f64) -> Result<TargetTruncation, Failure> {
    let (least, most) = TargetTruncation::RANGE;
    TargetTruncation::new(share).map_or_else(
        || {
            usage(format_args!(
                "--target-truncation is `{share}`: give a share of {least} to {most}, such as 0.02"
            ))
        },
        Ok,
    )
}

/// What the economics of the route of this name ask for.
fn on(name: &str, limit: LimitUse) -> Result<ChosenTarget, Failure> {
    let routes = Routes::embedded();
    if let Some(route) = routes.find(name) {
        return Ok(ChosenTarget::on(route, limit));
    }
    let names: Vec<&str> = routes
        .routes()
        .iter()
        .map(|route| route.id.as_str())
        .collect();
    usage(format_args!(
        "--route is `{name}`, and what a ceiling costs there is not known: name one of `{}`",
        names.join("`, `")
    ))
}
