//! Waiting for a transaction to be on disk, or for why it is not.

use idb::Transaction;
use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use web_sys::IdbTransaction;

use super::{Result, StoreError};

/// Resolves when `transaction` is committed. It goes on whether or not anybody waits.
///
/// Not the crate's own future: that one takes an abort without a failed request (a full disk at commit) for an answer
/// without a reason. Here an abort is an error with the transaction's own exception.
///
/// # Errors
/// Whatever aborted it, e.g. [`StoreError::Quota`].
pub(super) fn committed(mut transaction: Transaction) -> impl Future<Output = Result<()>> {
    let mut handlers: Option<(Function, Function)> = None;
    let ended = Promise::new(&mut |resolve: Function, reject: Function| handlers = Some((resolve, reject)));
    if let Some((resolve, reject)) = handlers {
        transaction.on_complete(move |_| {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        });
        transaction.on_abort(move |_| {
            let _ = reject.call0(&JsValue::UNDEFINED);
        });
    }
    async move {
        // `transaction` owns the handlers, so it has to live until one of them was called.
        let ended = ended.await;
        let raw: IdbTransaction = transaction.into();
        match (ended, raw.error()) {
            (Ok(_), _) => Ok(()),
            (Err(_), Some(error)) => Err(StoreError::from_exception(&error)),
            (Err(_), None) => Err(StoreError::Failed { reason: "the transaction was aborted".to_owned() }),
        }
    }
}
