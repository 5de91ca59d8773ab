//! Looks out for the next event a moment longer before the processor sleeps, where events follow each other
//! closely. A processor takes tens of microseconds to wake up, on virtual machines above all, and a call has
//! to wait for that twice: when it comes, and when its reply does. Where events come seldom, as with models
//! that take seconds, nothing looks out, and nothing is spent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use tokio::sync::Notify;

use crate::recorder::Recorder;

/// How long to look out after an event, in nanoseconds: what a call on a quick network and its reply take
/// where processors sleep (0.2 ms, `bench/README.md`). It keeps one worker busy for that long, at most.
const LOOKING_NS: u64 = 200_000;

/// So many events in a row have to come within [`LOOKING_NS`] of the one before: four calls, one after the other.
const CLOSE_EVENTS: u64 = 8;

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
#[derive(Debug, Default)]
struct Rhythm {
    last: AtomicU64,
    /// Events in a row that came closely after the one before, counted up to [`CLOSE_EVENTS`].
    n_close: AtomicU64,
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

    /// An event has come: a call, or the reply to one.
    pub(crate) fn event(&self) {
        let post = &*self.post;
        let is_close = post.rhythm.event(post.now());
        if is_close && !post.is_looking.swap(true, Ordering::Relaxed) {
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
    fn event(&self, now: u64) -> bool {
        let gap = now.saturating_sub(self.last.swap(now, Ordering::Relaxed));
        let n_close = if gap > LOOKING_NS {
            0
        } else {
            let before = self.n_close.load(Ordering::Relaxed);
            (before + 1).min(CLOSE_EVENTS)
        };
        self.n_close.store(n_close, Ordering::Relaxed);
        n_close == CLOSE_EVENTS
    }

    /// Whether the next event may still come closely after the last.
    fn goes_on(&self, now: u64) -> bool {
        now.saturating_sub(self.last.load(Ordering::Relaxed)) <= LOOKING_NS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::NoRecorder;

    #[test]
    fn events_that_come_seldom_are_not_looked_out_for() {
        let rhythm = Rhythm::default();
        for n in 1..100 {
            assert!(!rhythm.event(n * (LOOKING_NS + 1)), "event {n}");
        }
    }

    #[test]
    fn close_events_are_looked_out_for_until_one_is_late() {
        let rhythm = Rhythm::default();
        let begin = 1_000_000_000;
        assert!(!rhythm.event(begin), "nothing came before");
        for n in 1..CLOSE_EVENTS {
            assert!(!rhythm.event(begin + n * LOOKING_NS), "event {n}");
        }
        let last = begin + CLOSE_EVENTS * LOOKING_NS;
        assert!(rhythm.event(last));
        assert!(rhythm.goes_on(last + LOOKING_NS));
        let late = last + LOOKING_NS + 1;
        assert!(!rhythm.goes_on(late));
        assert!(!rhythm.event(late), "counted from the beginning again");
    }

    #[tokio::test]
    async fn who_looks_out_stops_once_nothing_comes() {
        let lookout = Lookout::start(Arc::new(NoRecorder));
        let is_looking = || lookout.post.is_looking.load(Ordering::Relaxed);
        // However seldom this thread gets to run, sooner or later it does for long enough.
        while !is_looking() {
            lookout.event();
        }
        while is_looking() {
            tokio::task::yield_now().await;
        }
    }
}
