//! The engine's other threads: workers that the page has started on the same module and memory. The page's script sees to
//! their lives; here they are given seats in the pool of the model that is loaded.

use wasm_bindgen::JsValue;
use wasm_chord_cpu::pool::Pool;
use web_sys::Worker;

/// Workers that wait for a seat; none in the build without threads.
#[derive(Debug, Default)]
pub(crate) struct Helpers(Vec<Worker>);

impl Helpers {
    pub(crate) fn new(workers: Vec<Worker>) -> Self {
        Self(workers)
    }

    /// A pool with a seat for each. They sit down when they come to it; one that never does is not missed.
    pub(crate) fn pool(&self) -> Pool {
        let pool = Pool::new();
        for worker in &self.0 {
            let seat = Box::into_raw(Box::new(pool.seat()));
            let order = js_sys::Object::new();
            // Setting a property of an object made here cannot fail.
            let _ = js_sys::Reflect::set(&order, &JsValue::from_str("seat"), &JsValue::from(seat as usize as u32));
            if worker.post_message(&order).is_err() {
                // SAFETY: it was made by `Box::into_raw` above, and no one else has heard of it.
                drop(unsafe { Box::from_raw(seat) });
            }
        }
        pool
    }
}

/// What the workers' script calls. It has the seat from [`Helpers::pool`] by its address, and calls each of these at most
/// once with it.
#[cfg(target_feature = "atomics")]
mod exports {
    use wasm_bindgen::prelude::*;

    use wasm_chord_cpu::pool::Seat;

    /// Helps a model until it is dropped.
    #[wasm_bindgen(js_name = takeSeat)]
    pub fn take_seat(seat: u32) {
        // SAFETY: an address from `Helpers::pool`, sent to this worker alone, and taken once.
        let seat = unsafe { Box::from_raw(seat as usize as *mut Seat) };
        // A clone, so that after a trap, which drops nothing, the seat is still there to be lost.
        seat.clone().run();
    }

    /// Says that [`take_seat`] has ended with a trap.
    #[wasm_bindgen(js_name = loseSeat)]
    pub fn lose_seat(seat: u32) {
        // SAFETY: the address that `take_seat` was called with; it trapped, so that the seat was not dropped.
        unsafe { &*(seat as usize as *const Seat) }.lost();
    }
}
