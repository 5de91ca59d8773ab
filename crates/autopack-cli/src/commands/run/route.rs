//! Which phase goes to which provider and model.

use autopack_builder::Job;
use autopack_core::{Catalogue, Phase, Plan, Provider};

use crate::args::RunArgs;
use crate::exit::Fault;
use crate::exit::{Failure, usage};
use crate::output;
use crate::settings::{Settings, key_variables};

/// A job for each phase on each provider, in plan order.
pub(super) fn jobs(
    args: &RunArgs,
    plan: &Plan,
    settings: &Settings,
    catalogue: &Catalogue,
) -> Result<Vec<Job>, Failure> {
    let providers = providers(args, plan, settings)?;
    if args.model.is_some() && providers.len() > 1 {
        return usage(format_args!(
            "--model goes with one provider, and this run has {}: add --provider, or name models in the plan",
            providers.len()
        ));
    }
    let models = settings.models();
    let mut routes = Vec::new();
    for provider in providers {
        let model = args.model.as_ref().or_else(|| plan.models.get(&provider));
        let model = model.or_else(|| models.get(&provider));
        let model = model.map_or(catalogue.default_model(provider), String::as_str);
        if model.trim().is_empty() {
            return usage(format_args!(
                "the model of {provider} is blank: name one, or leave it out"
            ));
        }
        warn_of_unknown(provider, model, catalogue);
        routes.push((provider, model.to_owned()));
    }
    if args.apply && routes.len() > 1 {
        return usage(format_args!(
            "--apply goes with one provider, and this run has {}: add --provider",
            routes.len()
        ));
    }
    let levels = levels(plan);
    let job = |(number, phase): (usize, &Phase), (provider, model): &(Provider, String)| Job {
        phase: phase.clone(),
        provider: *provider,
        model: model.clone(),
        level: levels[number],
        after: plan
            .order
            .after(number)
            .iter()
            .map(|before| plan.phases[*before].phase_id.clone())
            .collect(),
    };
    Ok(plan
        .phases
        .iter()
        .enumerate()
        .flat_map(|phase| routes.iter().map(move |route| (phase, route)))
        .map(|(phase, route)| job(phase, route))
        .collect())
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

/// The providers of a run: `--provider`, else the plan's, else the one whose key is there, else all
/// three where they are simulated.
fn providers(args: &RunArgs, plan: &Plan, settings: &Settings) -> Result<Vec<Provider>, Failure> {
    let mut providers = Vec::new();
    for name in &args.provider {
        match name.as_str() {
            "all" => providers.extend(Provider::ALL),
            name => providers.push(name.parse().usage()?),
        }
    }
    if providers.is_empty() {
        providers.clone_from(&plan.providers);
    }
    if providers.is_empty() && args.simulate.is_some() {
        providers.extend(Provider::ALL);
    }
    if providers.is_empty() {
        for provider in Provider::ALL {
            if settings.key(provider)?.is_some() {
                providers.push(provider);
            }
        }
        if providers.len() != 1 {
            return usage(
                "no provider is named: add --provider (anthropic, openai, gemini, all), or \
                 `providers = […]` to the plan, or --simulate to try it without a key",
            );
        }
    }
    let mut seen = Vec::new();
    providers.retain(|provider| {
        let first = !seen.contains(provider);
        seen.push(*provider);
        first
    });
    Ok(providers)
}

/// The failure of a provider without a key.
pub(super) fn no_key<T>(provider: Provider) -> Result<T, Failure> {
    usage(format_args!(
        "no key for {provider}: set {}, or add --simulate to try it without one",
        key_variables(provider).join(" or ")
    ))
}
