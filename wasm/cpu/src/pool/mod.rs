//! Fork and join: one thread has work, others take parts of it, all wait for the last.
//!
//! A token's decode is some two hundred such jobs of a few microseconds each, so that waking a thread for each (5 µs, and
//! 20 µs by a work-stealing pool made for longer tasks) would cost more than the work. Threads here spin for the next job
//! a while, and sleep when none comes.
//!
//! The pool starts no threads, as that is different everywhere: it hands out [`Seat`]s, and whoever has a thread lets it
//! [`run`](Seat::run) one. Jobs are done whether or not anyone sits there: who has the work takes parts like all others.
//!
//! ```text
//! ticket = job number, parts not yet taken        one atomic word: a part is taken by changing it, so that a thread that
//! done   = parts finished                         was late by a whole job cannot take a part of the wrong one
//! ```

mod bed;
mod governor;
mod seat;
mod shared;

use std::sync::Arc;
use std::sync::atomic::Ordering;

pub use governor::Governor;
pub use seat::Seat;
use shared::{Job, Shared};

/// The most parts a job can have.
pub const MOST_PARTS: usize = 64;

/// Who has work to share. Dropping it sends the seated threads home.
#[derive(Debug)]
pub struct Pool {
    shared: Arc<Shared>,
}

/// Counts the threads of a pool; it keeps none of them there.
#[derive(Debug)]
pub struct Counter {
    shared: Arc<Shared>,
}

impl Counter {
    /// As [`Pool::threads`].
    pub fn threads(&self) -> usize {
        self.shared.threads()
    }
}

impl Pool {
    /// A pool of one: the thread that owns it.
    pub fn new() -> Self {
        Self { shared: Arc::default() }
    }

    /// A pool of `threads` with as many of the system's threads, less its owner, started. Fewer where the system gives no
    /// more.
    #[cfg(not(target_family = "wasm"))]
    pub fn started(threads: usize) -> Self {
        let pool = Self::new();
        for i in 1..threads {
            let seat = pool.seat();
            let started = std::thread::Builder::new().name(format!("chord-{i}")).spawn(|| seat.run());
            if started.is_err() {
                break;
            }
            while pool.threads() <= i {
                std::thread::yield_now();
            }
        }
        pool
    }

    /// A place for one more thread.
    pub fn seat(&self) -> Seat {
        Seat::new(Arc::clone(&self.shared))
    }

    /// Threads there are: the owner and those that have sat down.
    pub fn threads(&self) -> usize {
        self.shared.threads()
    }

    /// What counts them for somebody else than the owner.
    pub fn counter(&self) -> Counter {
        Counter { shared: Arc::clone(&self.shared) }
    }

    /// Threads that take part, of those there are.
    pub fn active(&self) -> usize {
        self.threads().min(self.shared.active.load(Ordering::Relaxed))
    }

    /// Lets no more than `threads` take part; the others sleep.
    pub fn set_active(&self, threads: usize) {
        let threads = threads.max(1);
        if self.shared.active.swap(threads, Ordering::SeqCst) != threads {
            self.shared.helpers.wake();
        }
    }

    /// Parts worth making of work of `units`, where a part should have `least` of them: 1, or some for each active thread, so
    /// that one that comes late has the less to do.
    pub fn parts(&self, units: usize, least: usize) -> usize {
        const EACH: usize = 4;
        match self.active() {
            1 => 1,
            threads => (units / least.max(1)).clamp(1, (threads * EACH).min(MOST_PARTS)),
        }
    }

    /// Calls `f` with every item, on any of the threads, and returns when all of the calls have. Items beyond
    /// [`MOST_PARTS`] are taken by the owner alone.
    ///
    /// # Panics
    /// When a call of `f` has, after all of the others have returned.
    pub fn for_each<T: Send>(&self, items: impl IntoIterator<Item = T>, f: impl Fn(T) + Sync) {
        let mut items = items.into_iter();
        if self.active() == 1 {
            return items.for_each(f);
        }
        let mut parts: [Option<T>; MOST_PARTS] = [const { None }; MOST_PARTS];
        let mut count = 0;
        for (part, item) in parts.iter_mut().zip(&mut items) {
            *part = Some(item);
            count += 1;
        }
        let first = Parts(parts.as_mut_ptr());
        self.run(count, &|i| {
            // SAFETY: `i < count <= MOST_PARTS`, and each `i` is handed out once.
            if let Some(item) = unsafe { first.get(i) }.take() {
                f(item);
            }
        });
        items.for_each(f);
    }

    /// Calls `f(0..parts)`, each number once, on any of the threads.
    fn run(&self, parts: usize, f: &(dyn Fn(usize) + Sync)) {
        match parts {
            0 => {}
            1 => f(0),
            _ => self.shared.run(parts, Job::new(f)),
        }
    }
}

impl Default for Pool {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.close();
    }
}

/// The first of some items that threads take one by one.
struct Parts<T>(*mut Option<T>);

// SAFETY: items are handed from thread to thread, which their type allows; no two threads use the same one.
unsafe impl<T: Send> Sync for Parts<T> {}

impl<T> Parts<T> {
    /// # Safety
    /// There is an item `i`, and no one else uses it.
    #[allow(clippy::mut_from_ref, reason = "each item is borrowed once, as the caller promises")]
    unsafe fn get(&self, i: usize) -> &mut Option<T> {
        // SAFETY: as promised.
        unsafe { &mut *self.0.add(i) }
    }
}

#[cfg(test)]
mod tests;
