//! Letting the event loop take a turn between two steps, so that messages (a cancel among them) get through. A message to
//! oneself costs 0.04 ms; `setTimeout(0)` is clamped to 4 ms, which would halve the speed of a small model.

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use web_sys::MessageChannel;

use crate::errors::{EngineError, describe};

/// A channel to oneself. One job uses it at a time.
pub(crate) struct EventLoop(MessageChannel);

impl EventLoop {
    pub(crate) fn new() -> Result<Self, EngineError> {
        MessageChannel::new()
            .map(Self)
            .map_err(|error| EngineError::Browser { what: "open a message channel", reason: describe(&error) })
    }

    /// Resolves after the tasks that were queued before it.
    pub(crate) async fn turn(&self) {
        let promise = Promise::new(&mut |resolve: Function, _reject: Function| {
            self.0.port1().set_onmessage(Some(&resolve));
            if self.0.port2().post_message(&JsValue::NULL).is_err() {
                // Never seen to fail; going on without a turn beats hanging.
                let _ = resolve.call0(&JsValue::UNDEFINED);
            }
        });
        // It has no way to reject.
        let _ = promise.await;
    }
}

impl Drop for EventLoop {
    fn drop(&mut self) {
        self.0.port1().set_onmessage(None);
        self.0.port1().close();
    }
}
