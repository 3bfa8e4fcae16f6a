//! One device for each set of options, which checks that run one after the other share: to make its pipelines takes longer than
//! most checks do.

use std::cell::RefCell;

use crate::{GpuBackend, GpuError, Options};

/// A backend on each device that was opened, and what it was opened with.
pub type Devices = Vec<(Options, GpuBackend)>;

thread_local! {
    static DEVICES: RefCell<Devices> = const { RefCell::new(Vec::new()) };
}

/// The devices of this thread, which has none then.
pub fn take() -> Devices {
    DEVICES.take()
}

/// Gives this thread `devices`.
pub fn give(devices: Devices) {
    DEVICES.set(devices);
}

/// A backend on a device with `options`: one that is there, unless something is wrong with it.
///
/// # Errors
/// As [`GpuBackend::open`].
pub async fn shared(options: &Options) -> Result<GpuBackend, GpuError> {
    let fits = |(with, _): &&(Options, GpuBackend)| with == options;
    let there = |devices: &Devices| devices.iter().filter(fits).find_map(|(_, gpu)| gpu.sibling().ok());
    if let Some(gpu) = DEVICES.with_borrow(there) {
        return Ok(gpu);
    }
    let gpu = GpuBackend::open(options).await?;
    let kept = gpu.sibling().unwrap();
    DEVICES.with_borrow_mut(|devices| devices.push((*options, kept)));
    Ok(gpu)
}
