//! Calls to one upstream, held back while its limits are spent: each reserves what the provider will count,
//! waits in line for it, and gives back what it did not use. A refusal by the provider costs a client more
//! than a wait, and holding the line costs others nothing that they would have had.

mod bucket;
mod rule;

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use autopack_core::{Tokens, UpstreamName, Usage};
use autopack_wire::{CallPath, RateLimit};
use tokio::sync::Notify;
use tokio::time::Instant;

pub use rule::Counting;

pub(crate) use rule::Prediction;

use crate::call::{Asked, Call};

use bucket::{Buckets, MAX_HOLD};

/// The most calls in one line. Each holds its request in memory; a thousand of them at the limits of most
/// accounts wait longer than anybody does.
const MAX_WAITING: usize = 1024;

/// What is asked of one upstream at the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Tokens in a minute, as the provider counts them.
    pub tokens_per_minute: Option<Tokens>,
    /// Calls in a minute.
    pub requests_per_minute: Option<u64>,
    /// How long a call may wait in line.
    pub wait: Duration,
    /// What the provider counts.
    pub counting: Counting,
}

/// The line is too long, or does not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotAdmitted {
    /// How long it will be until there is room, as far as is known.
    pub(crate) retry_after: Duration,
}

/// The lines of all upstreams.
#[derive(Debug, Default)]
pub(crate) struct Lines(Mutex<HashMap<UpstreamName, Arc<Line>>>);

impl Lines {
    /// The line before `upstream`, which lets through what is `allowed` from now on.
    pub(crate) fn line(&self, upstream: &UpstreamName, allowed: Allowed) -> Arc<Line> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get(upstream) {
            line.with(|buckets, now| buckets.allow(&allowed, now));
            return Arc::clone(line);
        }
        let line = Arc::new(Line::new(&allowed));
        lines.insert(upstream.clone(), Arc::clone(&line));
        line
    }

    /// How many wait in all of them.
    pub(crate) fn n_waiting(&self) -> usize {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.values().map(|line| line.n_waiting()).sum()
    }
}

/// Has an attempt of `call` wait for its turn, and gives what it reserved; nothing where its upstream has no
/// line. One that is made again goes at once: its client has waited already.
pub(crate) async fn admit(
    call: &Call,
    n_attempts: u32,
    ceiling: Option<Tokens>,
) -> Result<Option<Reserved>, NotAdmitted> {
    let name = call.upstream.name();
    let Some(allowed) = call.config.admission.get(name) else {
        return Ok(None);
    };
    let line = call.gateway.lines.line(name, *allowed);
    let Asked {
        prediction,
        limit,
        model,
        ..
    } = &call.asked;
    let tokens = prediction.reserved(allowed.counting, ceiling, *limit);
    let mut reserved = if n_attempts > 1 {
        line.go_on(tokens, allowed.counting)
    } else {
        line.enter(tokens, allowed).await?
    };
    if let Some((burndown, model)) = call.upstream.burndown.as_ref().zip(model.as_deref()) {
        reserved.output_weight = burndown.weight_of(CallPath::makers_name(model));
    }
    Ok(Some(reserved))
}

/// The line before one upstream. Whoever comes first goes first, also where a smaller call behind would fit.
#[derive(Debug)]
pub(crate) struct Line {
    born: Instant,
    buckets: Mutex<Buckets>,
    /// Who is at the head; waiters get it in their order.
    head: tokio::sync::Mutex<()>,
    n_waiting: AtomicUsize,
    /// Something was given back, or is known better.
    changed: Notify,
}

impl Line {
    fn new(allowed: &Allowed) -> Self {
        Self {
            born: Instant::now(),
            buckets: Mutex::new(Buckets::new(allowed)),
            head: tokio::sync::Mutex::default(),
            n_waiting: AtomicUsize::new(0),
            changed: Notify::new(),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Buckets, Duration) -> T) -> T {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut buckets, self.born.elapsed())
    }

    /// Waits until a call that takes `tokens` fits, for `allowed.wait` at the most.
    pub(crate) async fn enter(
        self: &Arc<Self>,
        tokens: Tokens,
        allowed: &Allowed,
    ) -> Result<Reserved, NotAdmitted> {
        let place = Waiting(self);
        if self.n_waiting.fetch_add(1, Ordering::Relaxed) >= MAX_WAITING {
            return Err(self.not_admitted(tokens));
        }
        let admitted = tokio::time::timeout(allowed.wait, self.pass(tokens)).await;
        drop(place);
        match admitted {
            Ok(()) => Ok(self.reserved(tokens, allowed.counting)),
            Err(_) => Err(self.not_admitted(tokens)),
        }
    }

    /// Takes `tokens` at once, whether they are there or not: for a call that has begun.
    pub(crate) fn go_on(self: &Arc<Self>, tokens: Tokens, counting: Counting) -> Reserved {
        self.with(|buckets, now| buckets.force(tokens, now));
        self.reserved(tokens, counting)
    }

    async fn pass(&self, tokens: Tokens) {
        let _head = self.head.lock().await;
        loop {
            // Whatever changes from here on is heard.
            let changed = self.changed.notified();
            let Err(wait) = self.with(|buckets, now| buckets.take(tokens, now)) else {
                return;
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = changed => {}
            }
        }
    }

    fn reserved(self: &Arc<Self>, tokens: Tokens, counting: Counting) -> Reserved {
        Reserved {
            line: Arc::clone(self),
            tokens,
            counting,
            output_weight: NonZeroU32::MIN,
        }
    }

    fn not_admitted(&self, tokens: Tokens) -> NotAdmitted {
        let retry_after = self.with(|buckets, now| buckets.wait(tokens, now));
        NotAdmitted {
            retry_after: retry_after.min(MAX_HOLD),
        }
    }

    /// How many wait.
    pub(crate) fn n_waiting(&self) -> usize {
        self.n_waiting.load(Ordering::Relaxed)
    }
}

/// A place in line, which is left whatever happens.
struct Waiting<'a>(&'a Line);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.n_waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a call under way has taken. What is not settled stays taken, as the provider may have counted it.
#[derive(Debug)]
pub(crate) struct Reserved {
    line: Arc<Line>,
    tokens: Tokens,
    counting: Counting,
    /// How many tokens an output token counts in the end.
    output_weight: NonZeroU32,
}

impl Reserved {
    /// Takes in what the head of a reply says of the limits.
    pub(crate) fn correct(&self, limit: &RateLimit) {
        let counting = self.counting;
        self.line
            .with(|buckets, now| buckets.correct(limit, counting, now));
        self.line.changed.notify_waiters();
    }

    /// Gives back what the provider did not count in the end, or takes what it counted beyond.
    pub(crate) fn settle(&self, usage: &Usage) {
        if let Some(counted) = self.counting.counted(usage, self.output_weight) {
            self.settle_as(counted);
        }
    }

    /// Gives all of it back: the provider did not take the call. That it was asked stays counted.
    pub(crate) fn give_back(&self) {
        self.settle_as(Tokens::default());
    }

    fn settle_as(&self, counted: Tokens) {
        self.line
            .with(|buckets, now| buckets.settle(self.tokens, counted, now));
        self.line.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
