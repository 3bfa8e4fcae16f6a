//! The browser's globals that pages and workers share: clock, randomness, locks, disk space.

use js_sys::{Function, Object, Promise, Reflect, Uint32Array};
use wasm_bindgen::prelude::*;

use crate::errors::{EngineError, describe};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    #[wasm_bindgen(js_namespace = crypto, js_name = randomUUID, catch)]
    fn random_uuid() -> Result<String, JsValue>;

    // The array is JavaScript's own: wasm memory may be shared, which getRandomValues refuses.
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(array: &Uint32Array);

    #[wasm_bindgen(js_namespace = ["navigator", "storage"], js_name = estimate, catch)]
    fn storage_estimate() -> Result<Promise, JsValue>;

    // web-sys has this behind an unstable flag only.
    #[wasm_bindgen(js_namespace = ["navigator", "locks"], js_name = request, catch)]
    fn request_lock(name: &str, options: &JsValue, callback: &JsValue) -> Result<Promise, JsValue>;
}

/// Milliseconds on a clock that never goes back.
pub(crate) fn now() -> f64 {
    performance_now()
}

/// Milliseconds since 1970.
pub(crate) fn wall_clock() -> f64 {
    js_sys::Date::now()
}

/// A new model id.
///
/// # Errors
/// [`EngineError::Browser`] on a page that is not a secure context.
pub(crate) fn new_id() -> Result<String, EngineError> {
    random_uuid().map_err(|error| EngineError::Browser { what: "make a random id", reason: describe(&error) })
}

/// A seed for the sampler.
pub(crate) fn random_seed() -> u64 {
    let words = Uint32Array::new_with_length(2);
    fill_random(&words);
    u64::from(words.get_index(0)) << 32 | u64::from(words.get_index(1))
}

/// Bytes the browser would still store for this origin; `None` when it does not tell.
pub(crate) async fn free_space() -> Option<u64> {
    let estimate = storage_estimate().ok()?.await.ok()?;
    let field = |name: &str| Reflect::get(&estimate, &JsValue::from_str(name)).ok()?.as_f64();
    Some((field("quota")? - field("usage")?).max(0.0) as u64)
}

/// A lock that all of the origin's pages and workers see; it is let go when this is dropped, or when its worker dies.
pub(crate) struct Lock {
    // None in a browser without locks, where every lock is granted.
    release: Option<Function>,
}

impl Lock {
    /// Takes the lock called `name` unless somebody holds it.
    pub(crate) async fn try_take(name: &str) -> Option<Self> {
        let granted = Promise::new(&mut |resolve: Function, reject: Function| {
            let callback = Closure::once_into_js(move |lock: JsValue| -> JsValue {
                if lock.is_null() {
                    let _ = resolve.call1(&JsValue::UNDEFINED, &JsValue::NULL);
                    return JsValue::UNDEFINED;
                }
                // The lock is held until the promise that is returned settles.
                Promise::new(&mut |release: Function, _| {
                    let _ = resolve.call1(&JsValue::UNDEFINED, &release);
                })
                .into()
            });
            let options = Object::new();
            let _ = Reflect::set(&options, &JsValue::from_str("ifAvailable"), &JsValue::TRUE);
            if let Err(error) = request_lock(name, &options, &callback) {
                let _ = reject.call1(&JsValue::UNDEFINED, &error);
            }
        });
        match granted.await {
            Ok(release) => release.dyn_into().ok().map(|release| Self { release: Some(release) }),
            Err(_) => Some(Self { release: None }),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(release) = &self.release {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}
