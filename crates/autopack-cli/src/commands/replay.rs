//! `autopack replay`: what another policy would have done to the calls in the database.

mod policies;
mod print;

use anyhow::Context as _;
use autopack_calibrate::Cell;
use autopack_calibrate::backtest::Economics;
use autopack_calibrate::quantile::Extent;
use autopack_calibrate::replay::{End, LoggedCall, Refusal, Replay};
use autopack_core::{LoggedDecision, Undecidable};
use autopack_store::{DecisionRow, Filter, OpenMode, Store};
use jiff::Timestamp;

use super::report::{observed, since};
use crate::args::ReplayArgs;
use crate::exit::{Exit, Failure, Fault};
use crate::output;
use crate::settings::{Settings, find_policy};
use policies::{Known, Redecisions};

/// What runs are drawn from, for the intervals: any number, so long as it is the same one every time.
const SEED: u64 = 142;

pub(super) async fn run(args: &ReplayArgs, settings: &Settings) -> Result<Exit, Failure> {
    let since = args
        .since
        .as_deref()
        .map(|text| since::parse(text, Timestamp::now()));
    let since = since.transpose().context("--since").usage()?;
    let database = settings.database(&args.database)?.value;
    let store = Store::open(&database, OpenMode::ReadOnly).await.outside()?;
    let policy = find_policy(&args.policy, Some(&store)).await?;
    let known = Known::read(&store).await?;
    let mut reading = Reading::new(known.redecisions(&policy));
    let filter = Filter {
        since,
        ..Filter::default()
    };
    let count = store
        .for_each_decision(&filter, |row| reading.add(&row))
        .await
        .outside()?;
    store.close().await.outside()?;
    if count.n_rows + count.n_unreadable == 0 {
        output::say(match &args.since {
            Some(since) => format!("no calls in {database} since {since}: go back further"),
            None => format!("no calls in {database}: run a plan first"),
        });
        return Ok(Exit::No);
    }
    let printed = print::Printed {
        policy: policy.name(),
        replayed: reading.replay.finish(Economics::default(), SEED),
        reading: &reading,
        n_unreadable: count.n_unreadable,
    };
    printed.print(args)
}

/// The calls on their way to the figures.
struct Reading<'a> {
    redecisions: Redecisions<'a>,
    replay: Replay,
    n_calls: u64,
}

impl<'a> Reading<'a> {
    fn new(redecisions: Redecisions<'a>) -> Self {
        Self {
            redecisions,
            replay: Replay::default(),
            n_calls: 0,
        }
    }

    fn add(&mut self, row: &DecisionRow) {
        let made = &row.call;
        self.n_calls += 1;
        let logged = LoggedCall {
            run: &made.run_id,
            chain: row.chain_id.as_deref(),
            is_first: observed::is_first_attempt(made),
            extent: extent(row),
            model: &made.model,
            thinking_budget: row.thinking_budget,
            decision: decision(row),
            redecision: self.redecisions.of(made.policy_version.as_deref()),
            actual_max_tokens: made.actual_max_tokens,
            output: made.actual_output_tokens,
            end: end(row),
        };
        let cell = Cell {
            category: made.category.clone(),
            complexity: made.complexity,
        };
        match self.replay.add(&cell, &logged) {
            Some(Refusal::UnknownPolicy) => self.redecisions.miss(made.policy_version.as_deref()),
            Some(Refusal::Undecidable(Undecidable::NeedsPhase)) => {
                self.redecisions.need_phase(made.policy_version.as_deref());
            }
            _ => {}
        }
    }
}

/// What is kept of a decision, where it is all there.
fn decision(row: &DecisionRow) -> Option<LoggedDecision<'_>> {
    Some(LoggedDecision {
        provider: row.call.provider?,
        category: &row.call.category,
        complexity: row.call.complexity,
        estimated_category: row.estimated_category.as_ref(),
        confidence: row.confidence,
        n_deliverables: row.n_deliverables?,
        caller_ceiling: row.requested_max_tokens,
        thinking_budget: row.thinking_budget,
        facts: row.facts(),
        steps: row.steps.as_deref().filter(|steps| !steps.is_empty())?,
    })
}

/// The rest of an answer has neither a prediction nor a group.
fn extent(row: &DecisionRow) -> Extent {
    let is_later = !observed::is_first_attempt(&row.call);
    if is_later && row.group_key.is_none() && row.call.predicted_output_tokens.is_none() {
        Extent::Rest
    } else {
        Extent::Whole
    }
}

fn end(row: &DecisionRow) -> End {
    let call = &row.call;
    if observed::is_cut_elsewhere(call) {
        End::Elsewhere
    } else if call.truncated {
        End::Ceiling
    // An answer that came and could not be used is as long as any.
    } else if call.stop_reason.is_some() || (row.failure.is_none() && observed::came_back(call)) {
        End::Itself
    } else {
        End::Failure
    }
}
