//! `autopack explain`: how the ceiling of one phase comes about, on the three providers side by side.

use anyhow::Context as _;
use autopack_core::{
    CallFacts, Category, Complexity, Decision, Phase, Provider, Question, Step, Target,
    ThinkingSetting, Tokens, decide,
};
use serde_json::{Value, json};

use super::input;
use crate::args::ExplainArgs;
use crate::exit::{Exit, Failure, Fault, usage};
use crate::output::{self, Align, Table};
use crate::settings::{NoPolicy, Settings};

/// What one provider's decision is, with the model it was made for.
struct Explained {
    provider: Provider,
    model: String,
    parameter: &'static str,
    decision: Decision,
}

pub(super) async fn run(args: &ExplainArgs, settings: &Settings) -> Result<Exit, Failure> {
    let phase = phase(args)?;
    let policies = settings.policy(&args.policy, &args.database).await;
    let policies = policies.map_err(NoPolicy::or_name_it)?.value;
    if let Some(stage) = policies.stage() {
        output::say(format_args!(
            "`{0}` is staged for a share of {1}: see what it does with --policy {0}",
            stage.policy.name(),
            stage.share
        ));
    }
    let policy = policies.current();
    let catalogue = settings.catalogue()?;
    let workspace = input::workspace(args.workspace.as_deref())?;
    let models = settings.models();
    let explain = |provider| {
        let model = models
            .get(&provider)
            .map_or(catalogue.default_model(provider), String::as_str);
        let entry = catalogue.find(provider, model).entry;
        let thinking = phase.thinking.of(entry.thinking_control);
        let thinking = thinking.unwrap_or_else(|bad| {
            output::warn(format_args!("model `{model}` of {provider} {bad}"));
            None
        });
        let facts = CallFacts {
            model: Some(model),
            effort: Some(CallFacts::effort_of(thinking)),
            template: args.template.as_deref(),
            estimated_input: args.input_tokens.map(Tokens::new),
        };
        let thinking_budget = thinking.and_then(ThinkingSetting::budget);
        let target = Target {
            provider,
            model_limit: entry.max_output_tokens,
            thinking_budget,
        };
        let question = Question {
            phase: &phase,
            policy,
            workspace: workspace.as_ref(),
            context: None,
            target,
            facts,
        };
        Explained {
            provider,
            model: model.to_owned(),
            parameter: entry.ceiling_parameter.as_str(),
            decision: decide(question),
        }
    };
    let explained = Provider::ALL.map(explain);
    for warning in &explained[0].decision.warnings {
        output::warn(warning);
    }
    if args.json {
        output::json(&to_json(&phase, policy.name(), &explained))?;
    } else {
        print(&phase, policy.name(), &explained)?;
    }
    Ok(Exit::Done)
}

/// The phase of the plan, or the one the flags describe.
fn phase(args: &ExplainArgs) -> Result<Phase, Failure> {
    let Some(path) = &args.plan else {
        return described(args);
    };
    let plan = input::plan(path)?;
    let Some(wanted) = &args.phase else {
        return plan
            .phases
            .into_iter()
            .next()
            .context("a plan has phases")
            .usage();
    };
    let found = plan.phases.iter().find(|phase| phase.phase_id == *wanted);
    if let Some(phase) = found {
        return Ok(phase.clone());
    }
    let ids: Vec<&str> = plan
        .phases
        .iter()
        .map(|phase| phase.phase_id.as_str())
        .collect();
    usage(format_args!(
        "the plan has no phase `{wanted}`: it has {}",
        ids.join(", ")
    ))
}

fn described(args: &ExplainArgs) -> Result<Phase, Failure> {
    let complexity = match &args.complexity {
        None => Complexity::default(),
        Some(word) => match Complexity::canonical(word) {
            Some(complexity) => complexity,
            None => {
                return usage(format_args!(
                    "--complexity is `{word}`: allowed are low, medium, high, maintenance"
                ));
            }
        },
    };
    let given = args.category.clone().unwrap_or_default();
    Ok(Phase {
        phase_id: "described".to_owned(),
        category: Category::canonical(&given),
        category_spelling: given.trim().to_lowercase(),
        complexity,
        deliverables: args.deliverable.iter().collect(),
        description: args.description.clone().unwrap_or_default(),
        ..Phase::default()
    })
}

fn print(phase: &Phase, policy: &str, explained: &[Explained; 3]) -> Result<(), Failure> {
    output::data(format_args!(
        "phase {}, {}/{}, {} deliverables, policy {policy}",
        phase.phase_id,
        phase.category_or_inferred(),
        phase.complexity,
        phase.deliverables.len(),
    ))?;
    let mut columns = vec![("step", Align::Left)];
    columns.extend(
        explained
            .iter()
            .map(|on| (on.provider.as_str(), Align::Right)),
    );
    columns.push(("why", Align::Left));
    let mut table = Table::new(&columns);
    for row in rows(explained) {
        table.row(row);
    }
    let sent = |on: &Explained| on.decision.actual_max_tokens.to_string();
    let mut last = vec!["sent".to_owned()];
    last.extend(explained.iter().map(sent));
    last.push("what goes on the wire".to_owned());
    table.row(last);
    output::data(table)?;
    for on in explained {
        output::data(format_args!(
            "{}: {} as {}",
            on.provider, on.model, on.parameter
        ))?;
    }
    Ok(())
}

/// The steps of the three decisions in order, one row for each distinct step: the numbers of those
/// providers that took it, and why. A reason that is not everybody's names whose it is.
fn rows(explained: &[Explained; 3]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut next = [0; 3];
    loop {
        let steps: Vec<Option<&Step>> = explained
            .iter()
            .zip(next)
            .map(|(on, at)| on.decision.steps().get(at))
            .collect();
        // The step that stands earliest in the order of steps goes first.
        let Some(name) = steps.iter().flatten().map(|step| step.name).min() else {
            return rows;
        };
        let taking = |place: usize| steps[place].filter(|step| step.name == name);
        let mut row = vec![name.as_str().to_owned()];
        row.extend((0..3).map(|place| output::known(taking(place).map(|step| step.after))));
        row.push(reasons(explained, taking));
        rows.push(row);
        for (place, next) in next.iter_mut().enumerate() {
            *next += usize::from(taking(place).is_some());
        }
    }
}

fn reasons<'a>(explained: &[Explained; 3], taking: impl Fn(usize) -> Option<&'a Step>) -> String {
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    for (place, on) in explained.iter().enumerate() {
        let Some(step) = taking(place) else { continue };
        let words = step.reason.to_string();
        match told.iter_mut().find(|(known, _)| *known == words) {
            Some((_, whose)) => whose.push(on.provider.as_str()),
            None => told.push((words, vec![on.provider.as_str()])),
        }
    }
    match told.as_slice() {
        [(words, _)] => words.clone(),
        many => {
            let lines: Vec<String> = many
                .iter()
                .map(|(words, whose)| format!("{}: {words}", whose.join(", ")))
                .collect();
            lines.join("\n")
        }
    }
}

fn to_json(phase: &Phase, policy: &str, explained: &[Explained; 3]) -> Value {
    let step = |step: &Step| {
        json!({
            "name": step.name.as_str(),
            "before": step.before,
            "after": step.after,
            "reason": step.reason.to_string(),
        })
    };
    let decisions: Vec<Value> = explained
        .iter()
        .map(|on| {
            let estimate = on.decision.estimate.as_ref();
            json!({
                "provider": on.provider,
                "model": on.model,
                "wire_parameter": on.parameter,
                "predicted_output_tokens": estimate.map(|estimate| estimate.output_tokens),
                "confidence": estimate.map(|estimate| estimate.confidence),
                "selected_budget": on.decision.selected_budget,
                "actual_max_tokens": on.decision.actual_max_tokens,
                "steps": on.decision.steps().iter().map(step).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "phase_id": phase.phase_id,
        "category": phase.category_or_inferred().as_str(),
        "complexity": phase.complexity.as_str(),
        "policy": policy,
        "decisions": decisions,
    })
}
