//! Where threads sleep until there is something for them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A place to sleep in. No wake-up is missed: see [`sleep`](Self::sleep).
#[derive(Debug, Default)]
pub(super) struct Bed {
    asleep: AtomicUsize,
    door: Mutex<()>,
    woken: Condvar,
}

impl Bed {
    /// Sleeps until woken, or for `limit`, unless it is `ready`, which must depend on what is stored and loaded
    /// [`SeqCst`](Ordering::SeqCst). Says whether the limit was not reached.
    pub(super) fn sleep(&self, limit: Option<Duration>, ready: impl Fn() -> bool) -> bool {
        let door = self.door.lock().unwrap_or_else(PoisonError::into_inner);
        self.asleep.fetch_add(1, Ordering::SeqCst);
        // Whoever makes it ready later than this looks sees one asleep, and can only call when the door is let go, by sleep.
        let in_time = ready()
            || match limit {
                None => self.woken.wait(door).is_ok(),
                Some(limit) => self.woken.wait_timeout(door, limit).is_ok_and(|(_door, wait)| !wait.timed_out()),
            };
        self.asleep.fetch_sub(1, Ordering::SeqCst);
        in_time
    }

    /// How many sleep.
    #[cfg(test)]
    pub(super) fn sleepers(&self) -> usize {
        self.asleep.load(Ordering::SeqCst)
    }

    /// Wakes all who sleep; costs next to nothing where no one does.
    pub(super) fn wake(&self) {
        if self.asleep.load(Ordering::SeqCst) > 0 {
            drop(self.door.lock());
            self.woken.notify_all();
        }
    }
}
