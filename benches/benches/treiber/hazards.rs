//! Treiber's stack on haphazard, as one writes it with that crate: a hazard pointer acquired for each pop, a node allocated for each
//! value, and retired.

use std::mem::ManuallyDrop;
use std::ptr;

use haphazard::{AtomicPtr, HazardPointer};

pub struct HazardTreiber<T: Send + Sync + 'static> {
    head: AtomicPtr<Node<T>>,
}

struct Node<T> {
    value: ManuallyDrop<T>,
    next: *mut Node<T>,
}

// SAFETY: nodes own their values, and are freed by any thread; `next` is not followed for that.
unsafe impl<T: Send> Send for Node<T> {}
// SAFETY: a shared node gives `next` only, and who unlinks it moves the value out.
unsafe impl<T: Send + Sync> Sync for Node<T> {}

impl<T: Send + Sync + 'static> HazardTreiber<T> {
    pub fn new() -> Self {
        // SAFETY: null.
        Self { head: unsafe { AtomicPtr::new(ptr::null_mut()) } }
    }

    pub fn push(&self, value: T) {
        let node = Box::into_raw(Box::new(Node { value: ManuallyDrop::new(value), next: ptr::null_mut() }));
        loop {
            let head = self.head.load_ptr();
            // SAFETY: ours until it is published.
            unsafe { (*node).next = head };
            // SAFETY: from a box, and shared from then on.
            if unsafe { self.head.compare_exchange_weak_ptr(head, node) }.is_ok() {
                return;
            }
        }
    }

    pub fn pop(&self) -> Option<T> {
        let mut hazard = HazardPointer::new();
        loop {
            // SAFETY: what is in the stack was published, and is retired after it was unlinked.
            let node = unsafe { self.head.load(&mut hazard) }?;
            let head = ptr::from_ref(node).cast_mut();
            // SAFETY: null, or a node below in the stack, which is published.
            let unlinked = unsafe { self.head.compare_exchange_weak_ptr(head, node.next) };
            if let Ok(Some(unlinked)) = unlinked {
                // SAFETY: only who has unlinked the node moves its value out.
                let value = ManuallyDrop::into_inner(unsafe { ptr::read(&raw const node.value) });
                // SAFETY: unlinked above, by this thread alone.
                unsafe { unlinked.retire() };
                return Some(value);
            }
        }
    }
}

impl<T: Send + Sync + 'static> Drop for HazardTreiber<T> {
    fn drop(&mut self) {
        while self.pop().is_some() {}
    }
}
