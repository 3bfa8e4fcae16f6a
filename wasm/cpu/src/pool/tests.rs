use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::shared::Job;
use super::{MOST_PARTS, Pool};

/// Waits for another thread to make it so.
fn eventually(what: impl Fn() -> bool) {
    let start = Instant::now();
    while !what() {
        assert!(start.elapsed() < Duration::from_secs(60), "it never happened");
        std::thread::yield_now();
    }
}

#[test]
fn every_item_is_taken_once_in_every_job() {
    let pool = Pool::started(4);
    assert_eq!(pool.threads(), 4);
    for job in 0..2000 {
        let mut items = vec![0u32; job % 150]; // MOST_PARTS, fewer, and more
        pool.for_each(items.iter_mut(), |item| *item += 1);
        assert!(items.iter().all(|item| *item == 1), "job {job}: {items:?}");
    }
}

#[test]
fn threads_work_at_the_same_time() {
    let pool = Pool::started(3);
    let inside = AtomicUsize::new(0);
    // Returns only when all three threads are in it.
    pool.for_each(0..3, |_| {
        inside.fetch_add(1, Ordering::SeqCst);
        eventually(|| inside.load(Ordering::SeqCst) == 3);
    });
}

#[test]
fn sleepers_wake_for_work() {
    let pool = Pool::started(2);
    for _ in 0..3 {
        eventually(|| pool.shared.helpers.sleepers() == 1);
        let inside = AtomicUsize::new(0);
        pool.for_each(0..2, |_| {
            inside.fetch_add(1, Ordering::SeqCst);
            eventually(|| inside.load(Ordering::SeqCst) == 2);
        });
    }
}

#[test]
fn a_limit_sends_threads_to_sleep_and_brings_them_back() {
    let pool = Pool::started(3);
    pool.set_active(1);
    assert_eq!((pool.active(), pool.parts(1 << 20, 1)), (1, 1));
    eventually(|| pool.shared.helpers.sleepers() == 2);
    let owner = std::thread::current().id();
    pool.for_each(0..50, |_| assert_eq!(std::thread::current().id(), owner));
    pool.set_active(3);
    let inside = AtomicUsize::new(0);
    pool.for_each(0..3, |_| {
        inside.fetch_add(1, Ordering::SeqCst);
        eventually(|| inside.load(Ordering::SeqCst) == 3);
    });
}

#[test]
fn a_panic_reaches_the_owner_after_all_parts_and_the_pool_goes_on() {
    let pool = Pool::started(3);
    for bad in 0..10 {
        let done = AtomicUsize::new(0);
        let result = catch_unwind(AssertUnwindSafe(|| {
            pool.for_each(0..10, |i| {
                assert!(i != bad, "part {i}");
                done.fetch_add(1, Ordering::SeqCst);
            });
        }));
        assert!(result.is_err());
        assert_eq!(done.load(Ordering::SeqCst), 9);
    }
    let sum = AtomicUsize::new(0);
    pool.for_each(0..10, |i| _ = sum.fetch_add(i, Ordering::SeqCst));
    assert_eq!(sum.load(Ordering::SeqCst), 45);
}

#[test]
fn a_job_that_waits_for_a_lost_thread_panics() {
    static INSIDE: AtomicBool = AtomicBool::new(false);
    static RELEASED: AtomicBool = AtomicBool::new(false);
    let pool = Pool::new();
    let owner = std::thread::current().id();
    let (seat, lost) = (pool.seat(), pool.seat());
    let helper = std::thread::spawn(|| seat.run());
    let reporter = std::thread::spawn(move || {
        eventually(|| INSIDE.load(Ordering::SeqCst));
        lost.lost();
    });
    // Not of the owner's stack, which is gone before the helper has come back.
    let job: &'static (dyn Fn(usize) + Sync) = Box::leak(Box::new(move |_| {
        if std::thread::current().id() == owner {
            eventually(|| INSIDE.load(Ordering::SeqCst));
        } else {
            INSIDE.store(true, Ordering::SeqCst);
            eventually(|| RELEASED.load(Ordering::SeqCst));
        }
    }));
    let result = catch_unwind(AssertUnwindSafe(|| pool.shared.run(2, Job::new(job))));
    let message = result.as_ref().err().and_then(|panic| panic.downcast_ref::<&str>());
    assert_eq!(message, Some(&"a thread of the engine was ended while it had work"));
    RELEASED.store(true, Ordering::SeqCst);
    drop(pool);
    assert!(reporter.join().is_ok() && helper.join().is_ok());
}

#[test]
fn dropping_the_pool_sends_threads_home() {
    let pool = Pool::new();
    let seats: Vec<_> = (0..3).map(|_| pool.seat()).collect();
    let threads: Vec<_> = seats.into_iter().map(|seat| std::thread::spawn(|| seat.run())).collect();
    eventually(|| pool.threads() == 4);
    drop(pool);
    for thread in threads {
        assert!(thread.join().is_ok());
    }
}

#[test]
fn work_is_cut_for_the_threads_there_are() {
    let pool = Pool::started(2);
    assert_eq!(pool.parts(0, 10), 1);
    assert_eq!(pool.parts(25, 10), 2);
    assert_eq!(pool.parts(10_000, 10), 8);
    assert_eq!(Pool::new().parts(10_000, 10), 1);
    assert!(Pool::started(40).parts(1 << 30, 1) <= MOST_PARTS);
}
