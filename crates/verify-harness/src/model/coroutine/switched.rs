//! Coroutines on stacks of their own, which the calling OS thread switches to.

use core::ops::Range;

use corosensei::CoroutineResult;
use corosensei::stack::{DefaultStack, Stack as _};

use super::Paused;

pub(super) type Coroutine = corosensei::Coroutine<(), (), (), DefaultStack>;
pub(super) type Yielder = corosensei::Yielder<(), ()>;

/// Stacks that no coroutine uses.
pub(in super::super) struct Stacks {
    free: Vec<DefaultStack>,
    size: usize,
}

impl Stacks {
    pub(super) fn new(size: usize) -> Self {
        Self { free: Vec::new(), size }
    }

    pub(super) fn start(&mut self, body: impl FnOnce(*const Yielder) + 'static) -> (Coroutine, Range<usize>) {
        let stack = self.free.pop().unwrap_or_else(|| match DefaultStack::new(self.size) {
            Ok(stack) => stack,
            Err(error) => panic!("cannot allocate the stack of a model thread: {error}"),
        });
        let range = stack.limit().get()..stack.base().get();
        (Coroutine::with_stack(stack, move |yielder: &Yielder, ()| body(yielder)), range)
    }

    pub(super) fn recycle(&mut self, coroutine: Coroutine) {
        self.free.push(coroutine.into_stack());
    }

    /// See [`super::Stacks::abandon`].
    pub(super) unsafe fn abandon(&mut self, mut coroutine: Coroutine) {
        // SAFETY: the caller promises that nothing refers to the stack any more.
        unsafe { coroutine.force_reset() };
        self.recycle(coroutine);
    }
}

#[inline]
pub(super) fn resume(coroutine: &mut Coroutine) -> Paused {
    match coroutine.resume(()) {
        CoroutineResult::Yield(()) => Paused::Suspended,
        CoroutineResult::Return(()) => Paused::Ended,
    }
}
