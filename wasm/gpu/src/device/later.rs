//! What a browser has yet to say of things asked for: it hands out buffers and pipelines at once, and tells later whether
//! there was memory for the one, and that it is through with compiling the other.

use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// Something that was asked for.
#[derive(Debug)]
pub enum Thing {
    /// A buffer.
    Buffer {
        /// What for.
        what: String,
        /// How long.
        bytes: u64,
    },
    /// A kernel's pipeline, by the kernel's name.
    Kernel(String),
}

type Answer = Pin<Box<dyn Future<Output = Option<wgpu::Error>>>>;

/// Answers that are awaited.
#[derive(Clone, Default)]
pub struct Later(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    awaited: Vec<(Answer, Thing)>,
    kernels: u32, // asked for so far
}

impl Later {
    /// Awaits the browser's word on `of`.
    pub fn expect(&self, answer: impl Future<Output = Option<wgpu::Error>> + 'static, of: Thing) {
        let mut state = self.0.borrow_mut();
        state.kernels += u32::from(matches!(of, Thing::Kernel(_)));
        state.awaited.push((Box::pin(answer), of));
    }

    /// Tells `failed` of what has turned out badly since the last call. Wakes `context` when there is more.
    pub fn hear(&self, context: &mut Context<'_>, mut failed: impl FnMut(Thing, wgpu::Error)) {
        let mut state = self.0.borrow_mut();
        let mut i = 0;
        while let Some((answer, _)) = state.awaited.get_mut(i) {
            match answer.as_mut().poll(context) {
                Poll::Pending => i += 1,
                Poll::Ready(word) => {
                    let (_, of) = state.awaited.remove(i);
                    if let Some(error) = word {
                        failed(of, error);
                    }
                }
            }
        }
    }

    /// Kernels whose compiling is over, and kernels asked for.
    pub fn kernels(&self) -> (u32, u32) {
        let state = self.0.borrow();
        let under_way = state.awaited.iter().filter(|(_, of)| matches!(of, Thing::Kernel(_))).count() as u32;
        (state.kernels - under_way, state.kernels)
    }
}

impl fmt::Debug for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Later").field("awaited", &self.0.borrow().awaited.len()).finish()
    }
}
