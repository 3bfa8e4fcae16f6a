//! Where threads sleep until there is something for them.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

/// How often the door is tried where whoever holds it may be no more.
const TRIES: u32 = 100_000;

/// A place to sleep in. No wake-up is missed, as one sleeps behind a door that whoever wakes passes: see
/// [`sleep`](Self::sleep). In the browser a thread can be ended with the door in its hand; there no one waits for it who has
/// something else to do, and a wake-up that is missed for that is one of a sleeper who is not needed.
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
        let door = match limit {
            None => Some(self.door.lock().unwrap_or_else(PoisonError::into_inner)),
            Some(_) => self.try_door(),
        };
        let Some(door) = door else { return false };
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
            drop(self.try_door());
            self.woken.notify_all();
        }
    }

    /// The door, when no one holds it; in the browser not for ever.
    fn try_door(&self) -> Option<MutexGuard<'_, ()>> {
        if cfg!(not(target_family = "wasm")) {
            return Some(self.door.lock().unwrap_or_else(PoisonError::into_inner));
        }
        for _ in 0..TRIES {
            match self.door.try_lock() {
                Ok(door) => return Some(door),
                Err(TryLockError::Poisoned(error)) => return Some(error.into_inner()),
                Err(TryLockError::WouldBlock) => spin_loop(),
            }
        }
        None
    }
}
