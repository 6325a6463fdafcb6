//! Treiber's stack on crossbeam-epoch, as that crate's own example has it: a node allocated for each value, and retired.

pub mod hazards;

use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use crossbeam_epoch::{self as epoch, Atomic, Owned};

pub struct Treiber<T> {
    head: Atomic<Node<T>>,
}

struct Node<T> {
    value: ManuallyDrop<T>,
    next: Atomic<Node<T>>,
}

impl<T> Treiber<T> {
    pub fn new() -> Self {
        Self { head: Atomic::null() }
    }

    pub fn push(&self, value: T) {
        let mut node = Owned::new(Node { value: ManuallyDrop::new(value), next: Atomic::null() });
        let guard = epoch::pin();
        loop {
            let head = self.head.load(Relaxed, &guard);
            node.next.store(head, Relaxed);
            match self.head.compare_exchange(head, node, Release, Relaxed, &guard) {
                Ok(_) => break,
                Err(lost) => node = lost.new,
            }
        }
    }

    pub fn pop(&self) -> Option<T> {
        let guard = epoch::pin();
        loop {
            let head = self.head.load(Acquire, &guard);
            // SAFETY: null, or published with Release and not freed while the guard is there.
            let node = unsafe { head.as_ref() }?;
            let next = node.next.load(Relaxed, &guard);
            if self.head.compare_exchange(head, next, Relaxed, Relaxed, &guard).is_ok() {
                // SAFETY: unlinked above, by this thread alone.
                unsafe { guard.defer_destroy(head) };
                // SAFETY: only who has unlinked the node moves its value out.
                return Some(ManuallyDrop::into_inner(unsafe { ptr::read(&raw const node.value) }));
            }
        }
    }
}

impl<T> Drop for Treiber<T> {
    fn drop(&mut self) {
        while self.pop().is_some() {}
    }
}
