//! What the groups have taught so far. Calls read two numbers of their group; the learners behind them
//! belong to a task of its own.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use autopack_calibrate::learned::{Learner, NAME, Outcome, TargetTruncation};
use autopack_core::{Tokens, UpstreamName};
use tokio::sync::{mpsc, oneshot};

use super::group::GroupKey;
use super::groups::{Group, Groups, MAX_SITES};
use super::kept::KeptGroup;
use super::lesson::{Lesson, Told, Way};
use super::pupil::{Pupils, State};

/// How many calls may wait to be learned from, each of some hundred bytes: what the busiest gateway ends in
/// half a second, while learning takes a microsecond or two.
const MAX_WAITING: usize = 8192;

/// How many calls are learned from before other tasks have their turn: they come by the hundred, when their rows
/// are written, and no call is to wait for all of them.
const AT_ONCE: usize = 16;

/// A call of an earlier time, from telemetry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastCall {
    /// The name of its group, which begins with that of its upstream.
    pub group: String,
    /// The ceiling that was sent.
    pub sent: Tokens,
    /// What came of it.
    pub outcome: Outcome,
}

impl PastCall {
    /// The name of its upstream.
    pub(crate) fn upstream(&self) -> &str {
        self.group.split('/').next().unwrap_or_default()
    }
}

/// How much was learned from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LearningCounts {
    /// Groups there are.
    pub n_groups: u64,
    /// Calls that were learned from.
    pub n_learned: u64,
    /// Calls that were not, because too many waited.
    pub n_dropped: u64,
    /// Groups that had to give their places to others.
    pub n_forgotten: u64,
}

/// What is handed on to the learners.
#[derive(Debug)]
pub(super) enum Message {
    /// What an attempt tells, and the key of its row where one was written.
    Told(Told, Option<i64>),
    Remember(Arc<Group>, Tokens, Outcome),
    Restore(UpstreamName, Box<Learner>, Vec<Arc<Group>>),
    Reach(UpstreamName, TargetTruncation, i64),
    States(HashMap<UpstreamName, u64>, oneshot::Sender<Vec<State>>),
    Settle(oneshot::Sender<()>),
}

/// The groups, and the way to the learners.
#[derive(Debug)]
pub(crate) struct Learning {
    groups: Groups,
    way: Arc<Way>,
    n_learned: Arc<AtomicU64>,
}

impl Learning {
    /// Begins to learn, in a task of its own.
    pub(crate) fn start() -> Self {
        let (waiting, mut taken) = mpsc::channel(MAX_WAITING);
        let n_learned = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&n_learned);
        tokio::spawn(async move {
            let mut pupils = Pupils::default();
            let mut messages = Vec::with_capacity(AT_ONCE);
            while taken.recv_many(&mut messages, AT_ONCE).await > 0 {
                for message in messages.drain(..) {
                    count.fetch_add(pupils.hear(message), Ordering::Relaxed);
                }
                // Calls go first.
                tokio::task::yield_now().await;
            }
        });
        Self {
            groups: Groups::new(MAX_SITES),
            way: Arc::new(Way {
                waiting,
                n_dropped: AtomicU64::new(0),
            }),
            n_learned,
        }
    }

    /// The name of the policy that decides.
    pub(crate) const fn policy() -> &'static str {
        NAME
    }

    /// The group of a call to an upstream with this target.
    pub(crate) fn group(&self, key: GroupKey<'_>, target: TargetTruncation) -> Arc<Group> {
        let name = key.name();
        self.groups
            .find(&name)
            .unwrap_or_else(|| self.groups.found_or_made(name, key.upstream(), target))
    }

    /// All groups, in no order.
    pub(crate) fn groups(&self) -> Vec<Arc<Group>> {
        self.groups.all()
    }

    /// What an attempt tells, to go along with its row.
    pub(crate) fn lesson(&self, told: Told) -> Lesson {
        Lesson::new(Arc::clone(&self.way), told)
    }

    /// Learns from a call of an earlier time to an upstream with this target, and waits where there is no room.
    pub(crate) async fn remember(
        &self,
        call: PastCall,
        upstream: &UpstreamName,
        target: TargetTruncation,
    ) {
        let PastCall {
            group,
            sent,
            outcome,
        } = call;
        let group = self.groups.found_or_made(group, upstream, target);
        self.send(Message::Remember(group, sent, outcome)).await;
    }

    /// Goes on with a learner that was kept.
    pub(crate) async fn restore(
        &self,
        upstream: &UpstreamName,
        learner: Learner,
        counts: Vec<KeptGroup>,
    ) {
        let target = learner.settings().target;
        let groups = counts.into_iter().map(|kept| {
            let group = self.groups.found_or_made(kept.name, upstream, target);
            group.restore(kept.n_calls, kept.n_cut_off);
            group
        });
        let groups = groups.collect();
        self.send(Message::Restore(
            upstream.clone(),
            Box::new(learner),
            groups,
        ))
        .await;
    }

    /// The learner of an upstream with this target knows all that rows up to this one say.
    pub(crate) async fn reach(&self, upstream: &UpstreamName, target: TargetTruncation, row: i64) {
        self.send(Message::Reach(upstream.clone(), target, row))
            .await;
    }

    /// What the learners know that have changed since they were `kept`.
    pub(crate) async fn states(&self, kept: HashMap<UpstreamName, u64>) -> Vec<State> {
        let (tell, told) = oneshot::channel();
        self.send(Message::States(kept, tell)).await;
        told.await.unwrap_or_default()
    }

    /// Waits until everything that was handed on before has been learned from.
    pub(crate) async fn settle(&self) {
        let (done, wait) = oneshot::channel();
        self.send(Message::Settle(done)).await;
        let _ = wait.await;
    }

    /// The task of the learners ends with the gateway alone.
    async fn send(&self, message: Message) {
        let _ = self.way.waiting.send(message).await;
    }

    pub(crate) fn counts(&self) -> LearningCounts {
        LearningCounts {
            n_groups: self.groups.len() as u64,
            n_learned: self.n_learned.load(Ordering::Relaxed),
            n_dropped: self.way.n_dropped.load(Ordering::Relaxed),
            n_forgotten: self.groups.n_forgotten(),
        }
    }
}

impl Pupils {
    /// Learns, and gives from how many calls.
    fn learned(&mut self, learn: impl FnOnce(&mut Self) -> bool) -> u64 {
        let has_learned = learn(self);
        if has_learned {
            self.forget();
        }
        u64::from(has_learned)
    }

    /// Does what a message says, and gives how many calls were learned from.
    fn hear(&mut self, message: Message) -> u64 {
        match message {
            Message::Told(told, row) => return self.learned(|all| all.take(&told, row)),
            Message::Remember(group, sent, outcome) => {
                return self.learned(|all| all.remember(&group, sent, outcome));
            }
            Message::Restore(upstream, learner, groups) => self.restore(upstream, *learner, groups),
            Message::Reach(upstream, target, row) => self.reach(&upstream, target, row),
            // Whoever asked may have stopped waiting.
            Message::States(kept, tell) => _ = tell.send(self.states(&kept)),
            Message::Settle(done) => _ = done.send(()),
        }
        0
    }
}
