//! What the threads of a pool share.

use std::any::Any;
use std::cell::UnsafeCell;
use std::hint::spin_loop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::bed::Bed;

/// How often a thread looks for work, or for the end of it, before it sleeps: some tenths of a millisecond, longer than the
/// owner is alone between two jobs of a token, and next to nothing where a core is wanted by others. WebAssembly has no pause instruction,
/// so a look is shorter there.
pub(super) const SPINS: u32 = if cfg!(target_family = "wasm") { 200_000 } else { 10_000 };

/// In the browser a thread can be ended from outside, and its part with it. The owner waits this often for this long before
/// it gives up: many short waits and not one long one, or else a computer that slept would look like a lost thread.
const PATIENCE: (u32, Duration) = (200, Duration::from_millis(100));

/// One job's function. It is called while [`Shared::run`] waits for it, which is as long as it lives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job(*const (dyn Fn(usize) + Sync));

impl Job {
    pub(super) fn new<'a>(f: &'a (dyn Fn(usize) + Sync + 'a)) -> Self {
        let f: *const (dyn Fn(usize) + Sync + 'a) = f;
        // SAFETY: the same pointer but for the lifetime, which `Shared::run` keeps to.
        Self(unsafe {
            std::mem::transmute::<*const (dyn Fn(usize) + Sync + 'a), *const (dyn Fn(usize) + Sync + 'static)>(f)
        })
    }
}

fn nothing(_: usize) {}

#[derive(Debug)]
pub(super) struct Shared {
    /// The number of the job in the upper half, its parts that no one has taken in the lower.
    ticket: AtomicU64,
    /// Written by the owner while no part is to be had, read by those that have taken one.
    job: UnsafeCell<Job>,
    /// Parts that are finished.
    done: AtomicUsize,
    /// What the first part that panicked said.
    panic: Mutex<Option<Box<dyn Any + Send>>>,

    pub(super) seated: AtomicUsize,
    pub(super) active: AtomicUsize,
    closed: AtomicBool,
    /// A thread is no more: what it had taken will never be finished.
    lost: AtomicBool,

    /// Where those who help sleep while there is no work for them.
    pub(super) helpers: Bed,
    /// Where the owner sleeps while the others work.
    owner: Bed,
}

// SAFETY: `job` is all that is not `Sync` by itself. The owner writes it before it stores a ticket with parts, and does
// not write again until all of them are done; others read it after they have taken one, so that the ticket orders the
// two. The function itself is `Sync`.
unsafe impl Sync for Shared {}
// SAFETY: the pointer in `job` is used only while `run` keeps what it points to.
unsafe impl Send for Shared {}

impl Default for Shared {
    fn default() -> Self {
        Self {
            ticket: AtomicU64::new(0),
            job: UnsafeCell::new(Job::new(&nothing)),
            done: AtomicUsize::new(0),
            panic: Mutex::new(None),
            seated: AtomicUsize::new(0),
            active: AtomicUsize::new(usize::MAX),
            closed: AtomicBool::new(false),
            lost: AtomicBool::new(false),
            helpers: Bed::default(),
            owner: Bed::default(),
        }
    }
}

impl Shared {
    /// The owner and those that have sat down.
    pub(super) fn threads(&self) -> usize {
        1 + self.seated.load(Ordering::Acquire)
    }

    /// Does a job of `parts`, with whoever helps. There is one owner, who calls this.
    pub(super) fn run(&self, parts: usize, job: Job) {
        let number = self.ticket.load(Ordering::Relaxed) >> 32;
        // SAFETY: every part of the last job is done, so that no one reads it.
        unsafe { *self.job.get() = job };
        self.done.store(0, Ordering::Relaxed);
        self.ticket.store((number + 1) << 32 | parts as u64, Ordering::SeqCst);
        self.helpers.wake();
        while self.work() {}
        self.wait_until_done(parts);
        if let Some(panic) = guard(&self.panic).take() {
            resume_unwind(panic);
        }
    }

    /// Takes one part and does it, if there is one.
    pub(super) fn work(&self) -> bool {
        let take = |ticket: u64| (ticket as u32 > 0).then(|| ticket - 1);
        let Ok(ticket) = self.ticket.fetch_update(Ordering::AcqRel, Ordering::Acquire, take) else {
            return false;
        };
        // SAFETY: it was written before the ticket was, and it and what it points to stay until this part is done.
        let job = unsafe { &*(*self.job.get()).0 };
        let result = catch_unwind(AssertUnwindSafe(|| job(ticket as u32 as usize - 1)));
        if let Err(panic) = result {
            guard(&self.panic).get_or_insert(panic);
        }
        self.done.fetch_add(1, Ordering::SeqCst);
        self.owner.wake();
        true
    }

    /// Whether a part is to be had.
    pub(super) fn has_work(&self) -> bool {
        self.ticket.load(Ordering::SeqCst) as u32 > 0
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Sends everyone home.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.helpers.wake();
    }

    /// Says that a thread is no more.
    pub(super) fn lose(&self) {
        self.lost.store(true, Ordering::SeqCst);
        self.owner.wake();
    }

    /// Waits for parts that others have taken.
    fn wait_until_done(&self, parts: usize) {
        let done = || self.done.load(Ordering::SeqCst) == parts;
        let lost = || self.lost.load(Ordering::SeqCst);
        for _ in 0..SPINS {
            if done() {
                return;
            }
            spin_loop();
        }
        let mut late = 0;
        while !done() {
            if lost() || late == PATIENCE.0 {
                give_up();
            }
            let limit = cfg!(target_family = "wasm").then_some(PATIENCE.1);
            late += u32::from(!self.owner.sleep(limit, || done() || lost()));
        }
    }
}

/// Ends the whole engine: another thread has borrowed what the caller owns and will never give it back.
#[cold]
#[allow(clippy::panic, reason = "in the browser a panic stops the engine, which is then replaced")]
fn give_up() -> ! {
    panic!("a thread of the engine was ended while it had work");
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
