//! Looks out for the next event a moment longer before the processor sleeps, where events follow each other
//! closely. A processor takes tens of microseconds to wake up, on virtual machines above all, and a call has
//! to wait for that twice: when it comes, and when its reply does. Where events come seldom, as with models
//! that take seconds, nothing looks out, and nothing is spent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use tokio::sync::Notify;

use crate::recorder::Recorder;

/// How long to look out after an event, in nanoseconds: what a call on a quick network and its reply take
/// where processors sleep (0.2 ms, `bench/README.md`). It keeps one worker busy for that long, at most.
const LOOKING_NS: u64 = 200_000;

/// So many events of a kind in a row must have had another within [`LOOKING_NS`] after them.
const CLOSE_EVENTS: u64 = 4;

/// What happens, and is followed by something else closely or not: a client that connects sends its call at once,
/// and a model takes its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A client has connected.
    Connection,
    /// A call has come.
    Call,
    /// The reply to one has begun.
    Reply,
}

impl Event {
    const KINDS: usize = 3;
}

/// Somebody who looks out.
#[derive(Debug)]
pub(crate) struct Lookout {
    post: Arc<Post>,
}

#[derive(Debug)]
struct Post {
    since: Instant,
    rhythm: Rhythm,
    is_looking: AtomicBool,
    asked: Notify,
    recorder: Arc<dyn Recorder>,
}

/// How closely events follow each other. Times are nanoseconds since a common beginning.
#[derive(Debug)]
struct Rhythm {
    last: AtomicU64,
    kind_of_last: AtomicUsize,
    /// By kind, events in a row that had another closely after them, counted up to [`CLOSE_EVENTS`].
    n_close: [AtomicU64; Event::KINDS],
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            last: AtomicU64::new(0),
            kind_of_last: AtomicUsize::new(Event::Reply as usize),
            n_close: Default::default(),
        }
    }
}

impl Lookout {
    /// Begins to wait for events, in a task of its own. It has to be made inside a runtime.
    pub(crate) fn start(recorder: Arc<dyn Recorder>) -> Self {
        let post = Arc::new(Post {
            since: Instant::now(),
            rhythm: Rhythm::default(),
            is_looking: AtomicBool::new(false),
            asked: Notify::new(),
            recorder,
        });
        let watching = Arc::clone(&post);
        tokio::spawn(async move { watching.watch().await });
        Self { post }
    }

    /// Something has happened.
    pub(crate) fn event(&self, event: Event) {
        let post = &*self.post;
        let is_worth_it = post.rhythm.event(event, post.now());
        if is_worth_it && !post.is_looking.swap(true, Ordering::Relaxed) {
            post.asked.notify_one();
        }
    }
}

impl Post {
    /// Keeps its worker from sleeping while events come: a task that only yields makes the runtime ask for
    /// what is ready, and not wait for it. While rows are being written it gives way: whoever waits while
    /// others look out is given as long afterwards, and calls would wait for that.
    async fn watch(&self) {
        loop {
            self.asked.notified().await;
            while self.rhythm.goes_on(self.now()) && !self.recorder.is_writing() {
                tokio::task::yield_now().await;
            }
            self.is_looking.store(false, Ordering::Relaxed);
        }
    }

    fn now(&self) -> u64 {
        // Five centuries of nanoseconds fit.
        u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

impl Rhythm {
    /// Takes an event in, and says whether it pays to look out for the next. Of events that come at once on
    /// several workers one may not be counted, which does no harm.
    fn event(&self, event: Event, now: u64) -> bool {
        let gap = now.saturating_sub(self.last.swap(now, Ordering::Relaxed));
        let before = self.kind_of_last.swap(event as usize, Ordering::Relaxed);
        if let Some(n_close) = self.n_close.get(before) {
            let n = n_close.load(Ordering::Relaxed);
            let is_close = gap <= LOOKING_NS;
            let n = if is_close {
                (n + 1).min(CLOSE_EVENTS)
            } else {
                0
            };
            n_close.store(n, Ordering::Relaxed);
        }
        self.is_followed(event as usize)
    }

    /// Whether the next event may still come closely after the last.
    fn goes_on(&self, now: u64) -> bool {
        let gap = now.saturating_sub(self.last.load(Ordering::Relaxed));
        gap <= LOOKING_NS && self.is_followed(self.kind_of_last.load(Ordering::Relaxed))
    }

    /// Whether events of a kind have lately been followed by others closely.
    fn is_followed(&self, kind: usize) -> bool {
        let n_close = self.n_close.get(kind);
        n_close.is_some_and(|n| n.load(Ordering::Relaxed) == CLOSE_EVENTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::NoRecorder;

    /// A second.
    const LATE: u64 = 1_000_000_000;

    #[test]
    fn events_that_come_seldom_are_not_looked_out_for() {
        let rhythm = Rhythm::default();
        for n in 1..100 {
            let now = n * (LOOKING_NS + 1);
            assert!(!rhythm.event(Event::Call, now), "event {n}");
        }
    }

    #[test]
    fn close_events_are_looked_out_for_until_one_is_late() {
        let rhythm = Rhythm::default();
        for n in 0..CLOSE_EVENTS {
            let now = LATE + n * LOOKING_NS;
            assert!(!rhythm.event(Event::Call, now), "event {n}");
        }
        let last = LATE + CLOSE_EVENTS * LOOKING_NS;
        assert!(rhythm.event(Event::Call, last));
        assert!(rhythm.goes_on(last + LOOKING_NS));
        let late = last + LOOKING_NS + 1;
        assert!(!rhythm.goes_on(late));
        assert!(
            !rhythm.event(Event::Call, late),
            "counted from the beginning again"
        );
    }

    #[test]
    fn what_follows_one_kind_of_event_says_nothing_of_another() {
        let rhythm = Rhythm::default();
        for n in 1..=CLOSE_EVENTS + 1 {
            // A client connects, sends its call at once, and waits for the model.
            let is_known = n > CLOSE_EVENTS;
            assert_eq!(
                rhythm.event(Event::Connection, n * LATE),
                is_known,
                "round {n}"
            );
            assert_eq!(rhythm.goes_on(n * LATE + 1), is_known, "round {n}");
            assert!(!rhythm.event(Event::Call, n * LATE + 1), "round {n}");
            assert!(!rhythm.goes_on(n * LATE + 2), "round {n}");
        }
    }

    #[tokio::test]
    async fn who_looks_out_stops_once_nothing_comes() {
        let lookout = Lookout::start(Arc::new(NoRecorder));
        let is_looking = || lookout.post.is_looking.load(Ordering::Relaxed);
        // However seldom this thread gets to run, sooner or later it does for long enough.
        while !is_looking() {
            lookout.event(Event::Call);
        }
        while is_looking() {
            tokio::task::yield_now().await;
        }
    }
}
