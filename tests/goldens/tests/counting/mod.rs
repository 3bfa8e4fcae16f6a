//! The system's allocator, and what it has given out. For test binaries of one test: it counts the whole process.
#![allow(dead_code)] // Each test binary reads what it is about.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::from_ref;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

struct Counting;

/// Bytes that are given out.
pub static NOW: AtomicUsize = AtomicUsize::new(0);
/// The most that were at a time.
pub static PEAK: AtomicUsize = AtomicUsize::new(0);
/// How often memory was asked for, by any thread but the test harness's: that one is still taking notes of the test that it has
/// started while the test runs.
pub static CALLS: AtomicUsize = AtomicUsize::new(0);

/// The thread that the process began with, by an address of its own: it asks for memory before there is another. It is the
/// harness's; tests run on threads of theirs.
static HARNESS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    // Constant and without a destructor, so that looking at it asks for no memory.
    static HERE: u8 = const { 0 };
}

fn is_harness() -> bool {
    let here = HERE.with(|here| from_ref(here).addr());
    HARNESS.compare_exchange(0, here, Relaxed, Relaxed).map_or_else(|first| first == here, |_| true)
}

fn taken(bytes: usize) {
    CALLS.fetch_add(usize::from(!is_harness()), Relaxed);
    PEAK.fetch_max(NOW.fetch_add(bytes, Relaxed) + bytes, Relaxed);
}

// SAFETY: every call goes to the system's allocator as it came; counting touches no memory of theirs.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
