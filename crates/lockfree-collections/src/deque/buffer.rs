//! The memory of a deque: a buffer of slots, of which there are larger and smaller ones over time.

use alloc::boxed::Box;
use core::ops::Deref;
use core::ptr::NonNull;

use haphazard::raw::Pointer;

use crate::primitive::{Alive, Racy, Read};

/// As many slots as a power of two; position `p` is in slot `p` modulo their number. Values in it are not dropped with it.
pub(super) struct Buffer<T> {
    slots: Box<[Racy<T>]>,
    /// The most slots that a buffer of the deque has had, this one included.
    most: usize,
    alive: Alive,
}

// SAFETY: what is sent to the thread that frees a buffer is its memory; its values are elsewhere by then, so `T` does not matter.
unsafe impl<T> Send for Buffer<T> {}

impl<T> Buffer<T> {
    /// A buffer on the heap, owned by whoever has the pointer; `most` slots had the largest one before it.
    pub(super) fn allocate(capacity: usize, most: usize) -> *mut Self {
        debug_assert!(capacity.is_power_of_two());
        let slots = (0..capacity).map(|_| Racy::new()).collect();
        Box::into_raw(Box::new(Self { slots, most: capacity.max(most), alive: Alive::new() }))
    }

    pub(super) fn most(&self) -> usize {
        self.alive.touch();
        self.most
    }

    /// The memory of a buffer of so many slots.
    pub(super) const fn bytes(capacity: usize) -> usize {
        size_of::<Self>() + capacity * size_of::<Racy<T>>()
    }

    pub(super) fn capacity(&self) -> usize {
        self.slots.len()
    }

    #[inline(always)]
    pub(super) fn slots(&self) -> &[Racy<T>] {
        &self.slots
    }

    /// As [`read`], for who does not own the deque.
    #[inline(always)]
    pub(super) fn read(&self, position: usize) -> Read<T> {
        self.alive.touch();
        read(&self.slots, position)
    }

    /// # Safety
    ///
    /// As for [`write`]; this buffer is not shared yet.
    pub(super) unsafe fn copy(&self, position: usize, from: &Self) {
        // SAFETY: promised by the caller.
        unsafe { slot(&self.slots, position).copy_from(slot(&from.slots, position)) }
    }
}

#[inline(always)]
fn slot<T>(slots: &[Racy<T>], position: usize) -> &Racy<T> {
    &slots[position & (slots.len() - 1)]
}

/// # Safety
///
/// The caller is the owner of the deque, and the slot holds no value that a thief could take.
#[inline(always)]
pub(super) unsafe fn write<T>(slots: &[Racy<T>], position: usize, value: T) {
    // SAFETY: promised by the caller; thieves that read meanwhile do not use what they read (I3).
    unsafe { slot(slots, position).write(value) }
}

/// Copies the bits at `position`: a value if the claim of that position succeeds thereafter, or has succeeded.
#[inline(always)]
pub(super) fn read<T>(slots: &[Racy<T>], position: usize) -> Read<T> {
    slot(slots, position).read()
}

/// A buffer that one thread owns.
pub(super) struct BufferBox<T>(NonNull<Buffer<T>>);

impl<T> Deref for BufferBox<T> {
    type Target = Buffer<T>;

    fn deref(&self) -> &Buffer<T> {
        // SAFETY: the box is ours, so the buffer stays.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Drop for BufferBox<T> {
    fn drop(&mut self) {
        self.alive.end();
        // SAFETY: it came from `allocate`, and this is its only owner.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

// SAFETY: the pointer is valid from `allocate` to the drop of the box, and `from_raw` undoes `into_raw`.
unsafe impl<T> Pointer<Buffer<T>> for BufferBox<T> {
    fn into_raw(self) -> *mut Buffer<T> {
        let buffer = self.0.as_ptr();
        core::mem::forget(self);
        buffer
    }

    unsafe fn from_raw(buffer: *mut Buffer<T>) -> Self {
        // SAFETY: it came from `allocate`, so it is not null.
        Self(unsafe { NonNull::new_unchecked(buffer) })
    }
}
