//! One thing at a time: an import, a load or an answer. The slot is what `cancel` reaches while another call awaits.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use crate::errors::EngineError;

/// What the engine may be busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    /// Storing a file.
    Import,
    /// Loading a model.
    Load,
    /// Answering.
    Generate,
    /// Turning texts into vectors.
    Embed,
    /// Reading a stored model once more.
    Verify,
}

impl fmt::Display for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Import => "importing a model",
            Self::Load => "loading a model",
            Self::Generate => "answering",
            Self::Embed => "embedding texts",
            Self::Verify => "checking a model",
        })
    }
}

/// The engine's one job, if it has one. No borrow of it outlives a call, so nothing here can be found locked.
#[derive(Debug, Default)]
pub(crate) struct JobSlot(Rc<RefCell<Option<Running>>>);

#[derive(Debug)]
struct Running {
    kind: JobKind,
    cancelled: Rc<Cell<bool>>,
}

/// A job under way; the slot is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Job {
    slot: Rc<RefCell<Option<Running>>>,
    cancelled: Rc<Cell<bool>>,
}

impl JobSlot {
    /// Takes the slot, or says what it is taken by.
    pub(crate) fn begin(&self, kind: JobKind) -> Result<Job, EngineError> {
        let mut slot = self.0.borrow_mut();
        if let Some(running) = slot.as_ref() {
            return Err(EngineError::Busy(running.kind));
        }
        let cancelled = Rc::new(Cell::new(false));
        *slot = Some(Running { kind, cancelled: Rc::clone(&cancelled) });
        Ok(Job { slot: Rc::clone(&self.0), cancelled })
    }

    /// What is under way.
    pub(crate) fn running(&self) -> Option<JobKind> {
        self.0.borrow().as_ref().map(|running| running.kind)
    }

    /// Asks the job under way to end at its next check.
    pub(crate) fn cancel(&self) {
        if let Some(running) = self.0.borrow().as_ref() {
            running.cancelled.set(true);
        }
    }
}

impl Job {
    /// Whether it was asked to end.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.get()
    }

    /// Fails with [`EngineError::Cancelled`] when it was.
    pub(crate) fn check(&self) -> Result<(), EngineError> {
        if self.is_cancelled() { Err(EngineError::Cancelled) } else { Ok(()) }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.slot.replace(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_job_is_told_what_the_first_one_does() {
        let slot = JobSlot::default();
        let first = slot.begin(JobKind::Load).unwrap();
        let refused = slot.begin(JobKind::Generate).unwrap_err();
        assert!(matches!(refused, EngineError::Busy(JobKind::Load)), "{refused}");
        drop(first);
        assert!(slot.begin(JobKind::Generate).is_ok());
    }

    #[test]
    fn cancel_reaches_only_the_job_under_way() {
        let slot = JobSlot::default();
        slot.cancel();
        let first = slot.begin(JobKind::Import).unwrap();
        assert!(first.check().is_ok());
        slot.cancel();
        assert!(matches!(first.check(), Err(EngineError::Cancelled)));
        drop(first);
        assert!(!slot.begin(JobKind::Import).unwrap().is_cancelled());
    }
}
