//! Which phase goes to which upstream and model.

use std::collections::BTreeSet;

use autopack_builder::Job;
use autopack_core::{Catalogue, Phase, Plan, Provider, ThinkingSetting, UpstreamName};

use crate::args::RunArgs;
use crate::exit::{Failure, Fault, usage};
use crate::output;
use crate::settings::{Settings, Upstream};

/// Where phases go.
pub(super) struct Route {
    pub(super) upstream: Upstream,
    model: String,
}

/// The upstreams of a run and the model on each, in order.
pub(super) fn routes(
    args: &RunArgs,
    plan: &Plan,
    settings: &Settings,
    catalogue: &Catalogue,
) -> Result<Vec<Route>, Failure> {
    let names = names(args, plan, settings)?;
    if args.call.model.is_some() && names.len() > 1 {
        return usage(format_args!(
            "--model goes with one provider, and this run has {}: add --provider, or name models in the plan",
            names.len()
        ));
    }
    if args.build.apply && names.len() > 1 {
        return usage(format_args!(
            "--apply goes with one provider, and this run has {}: add --provider",
            names.len()
        ));
    }
    for name in plan.models.keys() {
        // A slip of the keyboard there would leave a model unused without a word.
        settings.upstream(name)?;
    }
    let mut routes = Vec::new();
    for name in names {
        let upstream = settings.upstream(&name)?;
        let model = args.call.model.as_ref().or_else(|| plan.models.get(&name));
        let model = model_on(&upstream, model, catalogue)?;
        warn_of_unknown(upstream.provider(), &model, catalogue);
        routes.push(Route { upstream, model });
    }
    Ok(routes)
}

/// The model that is named, or the settings' or the catalogue's.
fn model_on(
    upstream: &Upstream,
    named: Option<&String>,
    catalogue: &Catalogue,
) -> Result<String, Failure> {
    let name = &upstream.name;
    let of_vendor = || {
        let is_vendor = upstream.is_vendor();
        is_vendor.then(|| catalogue.default_model(upstream.provider()).to_owned())
    };
    let model = named
        .or(upstream.model.as_ref())
        .cloned()
        .or_else(of_vendor);
    match model {
        Some(model) if model.trim().is_empty() => usage(format_args!(
            "the model of {name} is blank: name one, or leave it out"
        )),
        Some(model) => Ok(model),
        None => usage(format_args!(
            "no model is named for {name}: add --model, or `model` under [upstreams.{name}]"
        )),
    }
}

/// A job for each phase on each route, in plan order.
pub(super) fn jobs(
    plan: &Plan,
    routes: &[Route],
    catalogue: &Catalogue,
) -> Result<Vec<Job>, Failure> {
    let levels = levels(plan);
    let mut jobs = Vec::new();
    for (number, phase) in plan.phases.iter().enumerate() {
        for Route { upstream, model } in routes {
            let after = plan.order.after(number).iter();
            jobs.push(Job {
                phase: phase.clone(),
                upstream: upstream.name.clone(),
                provider: upstream.provider(),
                ceiling_parameter: upstream.ceiling_parameter(model, catalogue),
                thinking: thinking(phase, upstream, model, catalogue)?,
                model: model.clone(),
                level: levels[number],
                after: after
                    .map(|before| plan.phases[*before].phase_id.clone())
                    .collect(),
            });
        }
    }
    Ok(jobs)
}

/// How the model is asked to think, where the phase asks for it.
fn thinking(
    phase: &Phase,
    upstream: &Upstream,
    model: &str,
    catalogue: &Catalogue,
) -> Result<Option<ThinkingSetting>, Failure> {
    let entry = catalogue.find(upstream.provider(), model).entry;
    phase.thinking.of(entry.thinking_control).or_else(|bad| {
        usage(format_args!(
            "phase `{}` asks for thinking, and model `{model}` of {} {bad}",
            phase.phase_id, upstream.name
        ))
    })
}

/// For each phase the level it stands on.
fn levels(plan: &Plan) -> Vec<usize> {
    let mut levels = vec![0; plan.phases.len()];
    for (level, phases) in plan.order.levels().iter().enumerate() {
        for phase in phases {
            levels[*phase] = level;
        }
    }
    levels
}

fn warn_of_unknown(provider: Provider, model: &str, catalogue: &Catalogue) {
    let found = catalogue.find(provider, model);
    if !found.known {
        output::warn(unknown_model(
            provider,
            model,
            found.entry.max_output_tokens,
        ));
    }
}

/// What is said of a model that the catalogue does not list.
pub(crate) fn unknown_model(
    provider: Provider,
    model: &str,
    limit: autopack_core::Tokens,
) -> String {
    format!(
        "model `{model}` of {provider} is not in the catalogue: a limit of {limit} tokens is assumed; \
         add it under [[models]] in autopack.toml"
    )
}

/// The upstreams of a run: `--provider`, else the plan's, else the one whose key is there, else all
/// three vendors where they are simulated.
fn names(args: &RunArgs, plan: &Plan, settings: &Settings) -> Result<Vec<UpstreamName>, Failure> {
    let mut names = Vec::new();
    for name in &args.call.provider {
        match name.as_str() {
            "all" => names.extend(Provider::ALL.map(UpstreamName::from)),
            name => names.push(name.parse().usage()?),
        }
    }
    if names.is_empty() {
        names.clone_from(&plan.providers);
    }
    if names.is_empty() && args.call.simulate.is_some() {
        names.extend(Provider::ALL.map(UpstreamName::from));
    }
    if names.is_empty() {
        for provider in Provider::ALL {
            if settings.key(provider)?.is_some() {
                names.push(provider.into());
            }
        }
        if names.len() != 1 {
            return usage(
                "no provider is named: add --provider (anthropic, openai, gemini, all), or \
                 `providers = […]` to the plan, or --simulate to try it without a key",
            );
        }
    }
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    Ok(names)
}

/// The failure of an upstream without its key.
pub(super) fn no_key<T>(upstream: &Upstream) -> Result<T, Failure> {
    usage(format_args!(
        "no key for {}: set {}, or add --simulate to try it without one",
        upstream.name,
        upstream.key_variables.join(" or ")
    ))
}
