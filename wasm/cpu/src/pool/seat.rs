//! A thread's place in a pool.

use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::shared::{SPINS, Shared};

/// A place for a thread in a [`Pool`](super::Pool). Where it is not taken, nothing is missed.
#[derive(Clone, Debug)]
pub struct Seat {
    shared: Arc<Shared>,
}

impl Seat {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Helps with the pool's jobs on this thread until the pool is dropped.
    pub fn run(self) {
        let shared = &*self.shared;
        let number = 1 + shared.seated.fetch_add(1, Ordering::SeqCst);
        let active = || number < shared.active.load(Ordering::SeqCst);
        while !shared.is_closed() {
            if active() {
                work_or_wait(shared, active);
                shared.helpers.sleep(None, || shared.has_work() || shared.is_closed() || !active());
            } else {
                shared.helpers.sleep(None, || active() || shared.is_closed());
            }
        }
        shared.seated.fetch_sub(1, Ordering::SeqCst);
    }

    /// Says that the thread that had this seat has come to an end in the middle of [`run`](Self::run), as one that traps in
    /// WebAssembly does. A job that waits for it then panics instead of waiting for ever.
    pub fn lost(&self) {
        self.shared.lose();
    }
}

/// Does parts until there have been none for a while, or the thread is no longer `active`.
fn work_or_wait(shared: &Shared, active: impl Fn() -> bool) {
    let mut spins = 0;
    while spins < SPINS && active() {
        if shared.work() {
            spins = 0;
        } else {
            spins += 1;
            spin_loop();
        }
    }
}
