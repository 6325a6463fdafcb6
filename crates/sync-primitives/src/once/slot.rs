//! Room for the one value of [`OnceCell`](super::OnceCell) and [`SetOnce`](super::SetOnce), which know whether it is there.

use core::mem::MaybeUninit;

use crate::primitive::{UnsafeCell, const_fn};

/// A value that may be there. Who has it knows whether it is, and keeps writes from looks.
pub(super) struct Slot<T>(UnsafeCell<MaybeUninit<T>>);

impl<T> Slot<T> {
    const_fn! {
        /// Without a value.
        pub(super) const fn empty() -> Self {
            Self(UnsafeCell::new(MaybeUninit::uninit()))
        }
    }

    const_fn! {
        /// With a value.
        pub(super) const fn full(value: T) -> Self {
            Self(UnsafeCell::new(MaybeUninit::new(value)))
        }
    }

    /// Puts the value in.
    ///
    /// # Safety
    ///
    /// Nobody else reaches the slot meanwhile, and it holds no value.
    pub(super) unsafe fn put(&self, value: T) {
        self.0.get_mut().with(|slot| {
            // SAFETY: exclusive, by the caller's promise.
            let slot = unsafe { &mut *slot };
            slot.write(value);
        });
    }

    /// The value.
    ///
    /// # Safety
    ///
    /// It was put in, which happens before this, and nobody changes it as long as the borrow lasts.
    #[inline]
    pub(super) unsafe fn get(&self) -> &T {
        let pointer = self.0.get().with(|slot| slot);
        // SAFETY: not written any more, by the caller's promise.
        let slot = unsafe { &*pointer };
        // SAFETY: put in, by the caller's promise.
        unsafe { slot.assume_init_ref() }
    }

    /// The value, to be changed.
    ///
    /// # Safety
    ///
    /// It was put in.
    pub(super) unsafe fn get_mut(&mut self) -> &mut T {
        let pointer = self.0.get_mut().with(|slot| slot);
        // SAFETY: `&mut self`.
        let slot = unsafe { &mut *pointer };
        // SAFETY: put in, by the caller's promise.
        unsafe { slot.assume_init_mut() }
    }

    /// Moves the value out.
    ///
    /// # Safety
    ///
    /// It was put in, and nobody takes it for there any more.
    pub(super) unsafe fn take(&mut self) -> T {
        let pointer = self.0.get_mut().with(|slot| slot);
        // SAFETY: `&mut self`; who has the slot forgets the value.
        let slot = unsafe { pointer.read() };
        // SAFETY: put in, by the caller's promise.
        unsafe { slot.assume_init() }
    }

    /// Drops the value where it is.
    ///
    /// # Safety
    ///
    /// As of [`take`](Self::take).
    pub(super) unsafe fn end(&mut self) {
        self.0.get_mut().with(|slot| {
            // SAFETY: `&mut self`.
            let slot = unsafe { &mut *slot };
            // SAFETY: put in, and not dropped again, by the caller's promise.
            unsafe { slot.assume_init_drop() };
        });
    }
}

/// What can be said of a type by its `get`, `initialized`, `const_new_with` and `new_with`, and the drop of its value.
macro_rules! as_option {
    ($type:ident) => {
        impl<T> Drop for $type<T> {
            fn drop(&mut self) {
                if self.initialized() {
                    // SAFETY: initialized, so put in; nobody has the cell any more.
                    unsafe { self.value.end() };
                }
            }
        }

        impl<T> Default for $type<T> {
            fn default() -> Self {
                Self::new()
            }
        }

        impl<T> From<T> for $type<T> {
            fn from(value: T) -> Self {
                Self::const_new_with(value)
            }
        }

        impl<T: Clone> Clone for $type<T> {
            fn clone(&self) -> Self {
                Self::new_with(self.get().cloned())
            }
        }

        impl<T: PartialEq> PartialEq for $type<T> {
            fn eq(&self, other: &Self) -> bool {
                self.get() == other.get()
            }
        }

        impl<T: Eq> Eq for $type<T> {}

        impl<T: core::fmt::Debug> core::fmt::Debug for $type<T> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($type)).field("value", &self.get()).finish()
            }
        }
    };
}
pub(super) use as_option;
