//! What the groups have taught so far. Calls read two numbers of their group; the learner behind them
//! belongs to a task of its own, which takes in what came of the calls in the order in which they ended.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use autopack_calibrate::learned::{
    Call, GroupId, LearnedCeiling, LearnedSettings, Learner, NAME, Outcome, Source,
    TargetTruncation,
};
use autopack_core::Tokens;
use tokio::sync::{mpsc, oneshot};

use super::group::GroupKey;

/// The most call sites that are told apart. Each takes two kilobytes, so all of them are 16 MB; what is
/// beyond is learned by model. A program that writes the date into its instructions makes a site a day.
const MAX_SITES: usize = 8192;

/// How many calls may wait to be learned from, each of some fifty bytes: what the busiest gateway ends in
/// half a second, while learning takes a microsecond or two.
const MAX_WAITING: usize = 8192;

/// What was learned of a group.
#[derive(Debug)]
pub(crate) struct Group {
    name: String,
    /// How many calls it takes to trust what was learned.
    enough_calls: u64,
    id: OnceLock<Option<GroupId>>,
    n_calls: AtomicU64,
    /// Those that were cut off at the first ceiling they were sent with.
    n_cut_off: AtomicU64,
    /// The ceiling that the target share of calls exceeds, in tokens; 0 where none was learned.
    ceiling: AtomicU64,
}

impl Group {
    /// The name in telemetry.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Calls that were learned from, and those of them that were cut off at their first ceiling.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let n_cut_off = self.n_cut_off.load(Ordering::Relaxed);
        (self.n_calls.load(Ordering::Relaxed), n_cut_off)
    }

    /// The ceiling that the target share of calls exceeds, once enough calls have shown it.
    pub(crate) fn ceiling(&self) -> Option<Tokens> {
        let has_enough = self.n_calls.load(Ordering::Relaxed) >= self.enough_calls;
        let ceiling = self.ceiling.load(Ordering::Relaxed);
        (has_enough && ceiling > 0).then(|| Tokens::new(ceiling))
    }
}

/// What came of a call.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) group: Arc<Group>,
    /// The ceiling of the first attempt; what the model can write where there was none.
    pub(crate) sent: Tokens,
    pub(crate) outcome: Outcome,
}

/// A call of an earlier time, from telemetry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastCall {
    /// The name of its group.
    pub group: String,
    /// The ceiling that was sent.
    pub sent: Tokens,
    /// What came of it.
    pub outcome: Outcome,
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
}

enum Message {
    Seen(Seen),
    Settle(oneshot::Sender<()>),
}

/// The groups, and the way to the learner.
#[derive(Debug)]
pub(crate) struct Learning {
    groups: RwLock<HashMap<String, Arc<Group>>>,
    waiting: mpsc::Sender<Message>,
    target: TargetTruncation,
    n_learned: Arc<AtomicU64>,
    n_dropped: AtomicU64,
}

impl Learning {
    /// Begins to learn, in a task of its own.
    pub(crate) fn start(target: TargetTruncation) -> Self {
        let (waiting, mut taken) = mpsc::channel(MAX_WAITING);
        let n_learned = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&n_learned);
        tokio::spawn(async move {
            let mut learner = Learner::new(LearnedSettings::new(target));
            while let Some(message) = taken.recv().await {
                match message {
                    Message::Seen(seen) => {
                        learn(&mut learner, &seen);
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                    // Whoever asked may have stopped waiting.
                    Message::Settle(done) => _ = done.send(()),
                }
            }
        });
        Self {
            groups: RwLock::default(),
            waiting,
            target,
            n_learned,
            n_dropped: AtomicU64::new(0),
        }
    }

    /// The name of the policy that decides.
    pub(crate) const fn policy() -> &'static str {
        NAME
    }

    /// The group of a call. Where there are too many sites, that of its model.
    pub(crate) fn group(&self, key: GroupKey<'_>) -> Arc<Group> {
        let name = key.name();
        if let Some(group) = self.find(&name) {
            return group;
        }
        let has_room = self.n_groups() < MAX_SITES;
        self.found_or_made(if has_room { name } else { key.coarse().name() })
    }

    fn find(&self, name: &str) -> Option<Arc<Group>> {
        let groups = self.groups.read().unwrap_or_else(PoisonError::into_inner);
        groups.get(name).cloned()
    }

    fn found_or_made(&self, name: String) -> Arc<Group> {
        let mut groups = self.groups.write().unwrap_or_else(PoisonError::into_inner);
        let group = groups.entry(name).or_insert_with_key(|name| {
            Arc::new(Group {
                name: name.clone(),
                enough_calls: enough_calls(self.target),
                id: OnceLock::new(),
                n_calls: AtomicU64::new(0),
                n_cut_off: AtomicU64::new(0),
                ceiling: AtomicU64::new(0),
            })
        });
        Arc::clone(group)
    }

    /// All groups, in no order.
    pub(crate) fn groups(&self) -> Vec<Arc<Group>> {
        let groups = self.groups.read().unwrap_or_else(PoisonError::into_inner);
        groups.values().cloned().collect()
    }

    fn n_groups(&self) -> usize {
        self.groups
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// Hands on what came of a call; it is dropped and counted where too many wait.
    pub(crate) fn see(&self, seen: Seen) {
        if self.waiting.try_send(Message::Seen(seen)).is_err() {
            self.n_dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Learns from a call of an earlier time, and waits where there is no room.
    pub(crate) async fn remember(&self, call: PastCall) {
        if self.n_groups() >= MAX_SITES && self.find(&call.group).is_none() {
            return;
        }
        let seen = Seen {
            group: self.found_or_made(call.group),
            sent: call.sent,
            outcome: call.outcome,
        };
        // The task ends with the gateway alone.
        let _ = self.waiting.send(Message::Seen(seen)).await;
    }

    /// Waits until everything that was handed on before has been learned from.
    pub(crate) async fn settle(&self) {
        let (done, wait) = oneshot::channel();
        if self.waiting.send(Message::Settle(done)).await.is_ok() {
            // The task ends with the gateway alone.
            let _ = wait.await;
        }
    }

    pub(crate) fn counts(&self) -> LearningCounts {
        LearningCounts {
            n_groups: self.n_groups() as u64,
            n_learned: self.n_learned.load(Ordering::Relaxed),
            n_dropped: self.n_dropped.load(Ordering::Relaxed),
        }
    }
}

/// So many calls must have been seen: as many as have one beyond the ceiling if it is right.
fn enough_calls(target: TargetTruncation) -> u64 {
    Tokens::floor((1.0 / target.get()).ceil()).get()
}

fn learn(learner: &mut Learner, seen: &Seen) {
    let Seen {
        group,
        sent,
        outcome,
    } = seen;
    // Where the learner has no room for a group, its calls are never decided for.
    let Some(id) = *group.id.get_or_init(|| learner.group(&group.name).ok()) else {
        return;
    };
    let call = Call {
        group: id,
        chain: 0,
        estimate: None,
        base: *sent,
        limit: None,
    };
    learner.observe(&call, *sent, *outcome);
    group.n_calls.fetch_add(1, Ordering::Relaxed);
    if !matches!(outcome, Outcome::Ended(_)) {
        group.n_cut_off.fetch_add(1, Ordering::Relaxed);
    }
    let LearnedCeiling { ceiling, source } = learner.decide(&call);
    if source != Source::Base {
        group.ceiling.store(ceiling.get(), Ordering::Relaxed);
    }
}
