//! Atomic types, with the operations of `std::sync::atomic`.

use core::fmt;

pub use core::sync::atomic::Ordering;

use super::super::super::calls;
use super::super::super::interface::Op;
use super::super::here;
use super::super::word::{Value, Word, load_strength, store_strength, strength};

/// A fence.
///
/// # Panics
///
/// If `order` is `Relaxed`.
#[track_caller]
pub fn fence(order: Ordering) {
    assert!(order != Ordering::Relaxed, "there is no such thing as a relaxed fence");
    calls::perform(Op::Fence { strength: strength(order) }, here());
}

/// Ends an iteration of a loop that waits for another thread; see [`spin_loop`](super::super::hint::spin_loop).
#[track_caller]
pub fn spin_loop_hint() {
    calls::spin(here());
}

/// The operations that every atomic type has.
macro_rules! common {
    ($(#[$doc:meta])* $name:ident $(<$param:ident>)?, $value:ty) => {
        $(#[$doc])*
        pub struct $name $(<$param>)? (Word<$value, true>);

        impl $(<$param>)? $name $(<$param>)? {
            /// An atomic that holds `value`. In a `static`, it does so anew in each execution.
            pub const fn new(value: $value) -> Self {
                Self(Word::new(value))
            }

            /// Loads the value.
            ///
            /// # Panics
            ///
            /// If `order` is `Release` or `AcqRel`.
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $value {
                self.0.load(load_strength(order))
            }

            /// Stores `value`.
            ///
            /// # Panics
            ///
            /// If `order` is `Acquire` or `AcqRel`.
            #[track_caller]
            pub fn store(&self, value: $value, order: Ordering) {
                self.0.store(value, store_strength(order));
            }

            /// Stores `value` and returns the value before.
            #[track_caller]
            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                self.0.update(|_, value, _| Some(value), value, order)
            }

            /// Stores `new` if the value is `current`; returns the value before, as an error if it was another.
            ///
            /// # Errors
            ///
            /// The value, if it is not `current`.
            ///
            /// # Panics
            ///
            /// If `failure` is `Release` or `AcqRel`.
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.0.compare_exchange(current, new, success, failure)
            }

            /// As `compare_exchange`; fails spuriously where `Builder::spurious_failures` asks for it.
            ///
            /// # Errors
            ///
            /// The value, if it is not `current` or the exchange fails spuriously.
            ///
            /// # Panics
            ///
            /// If `failure` is `Release` or `AcqRel`.
            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.0.compare_exchange_weak(current, new, success, failure)
            }

            /// Replaces the value by what `f` makes of it, trying again when another thread was faster.
            ///
            /// # Errors
            ///
            /// The value, if `f` makes nothing of it.
            ///
            /// # Panics
            ///
            /// If `fetch_order` is `Release` or `AcqRel`.
            #[track_caller]
            pub fn fetch_update<F>(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                f: F,
            ) -> Result<$value, $value>
            where
                F: FnMut($value) -> Option<$value>,
            {
                self.0.fetch_update(set_order, fetch_order, f)
            }

            /// As `fetch_update`.
            ///
            /// # Errors
            ///
            /// The value, if `f` makes nothing of it.
            ///
            /// # Panics
            ///
            /// If `fetch_order` is `Release` or `AcqRel`.
            #[track_caller]
            pub fn try_update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                f: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                self.0.fetch_update(set_order, fetch_order, f)
            }

            /// Replaces the value by what `f` makes of it, trying again when another thread was faster; returns the value
            /// before.
            ///
            /// # Panics
            ///
            /// If `fetch_order` is `Release` or `AcqRel`.
            #[track_caller]
            pub fn update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                mut f: impl FnMut($value) -> $value,
            ) -> $value {
                match self.0.fetch_update(set_order, fetch_order, |value| Some(f(value))) {
                    Ok(value) | Err(value) => value,
                }
            }

            /// Stores `new` if the value is `current`; returns the value before. As `compare_exchange` with the strongest
            /// failure ordering that goes with `order`.
            #[track_caller]
            pub fn compare_and_swap(&self, current: $value, new: $value, order: Ordering) -> $value {
                let failure = match order {
                    Ordering::Relaxed | Ordering::Release => Ordering::Relaxed,
                    Ordering::Acquire | Ordering::AcqRel => Ordering::Acquire,
                    _ => Ordering::SeqCst,
                };
                match self.0.compare_exchange(current, new, order, failure) {
                    Ok(value) | Err(value) => value,
                }
            }

            /// Calls `f` with the value, which nobody else can access meanwhile: a plain read and a plain write.
            #[track_caller]
            pub fn with_mut<R>(&mut self, f: impl FnOnce(&mut $value) -> R) -> R {
                self.0.with_mut(f)
            }

            /// Loads the value without synchronization: a plain read.
            ///
            /// # Safety
            ///
            /// No other thread may write meanwhile. The checker reports it as a data race if one does.
            #[track_caller]
            pub unsafe fn unsync_load(&self) -> $value {
                self.0.unsync_load()
            }

            /// The value: a plain read.
            #[track_caller]
            pub fn into_inner(self) -> $value {
                self.0.unsync_load()
            }
        }

        impl $(<$param>)? fmt::Debug for $name $(<$param>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        impl $(<$param>)? From<$value> for $name $(<$param>)? {
            fn from(value: $value) -> Self {
                Self::new(value)
            }
        }
    };
}

macro_rules! bits {
    ($name:ident, $value:ty, $($method:ident $what:literal $function:expr;)*) => {
        impl $name {
            $(
                #[doc = $what]
                /// Returns the value before.
                #[track_caller]
                pub fn $method(&self, value: $value, order: Ordering) -> $value {
                    let function: fn($value, $value) -> $value = $function;
                    let _ = function;
                    self.0.update(
                        |old, operand, _| {
                            let function: fn($value, $value) -> $value = $function;
                            Some(function(<$value>::from_word(old), <$value>::from_word(operand)).to_word())
                        },
                        value,
                        order,
                    )
                }
            )*
        }
    };
}

macro_rules! integer {
    ($name:ident, $value:ident, $what:literal) => {
        impl Value for $value {
            fn to_word(self) -> u64 {
                self as u64
            }
            fn from_word(word: u64) -> Self {
                word as $value
            }
        }

        common! {
            #[doc = concat!("A checked `std::sync::atomic::", stringify!($name), "`: ", $what, " that threads share.")]
            ///
            /// ```
            #[doc = concat!("use verify_harness::model::sync::atomic::{", stringify!($name), ", Ordering};")]
            ///
            /// verify_harness::model::Builder::new().check(|| {
            #[doc = concat!("    let number = ", stringify!($name), "::new(3);")]
            ///     assert_eq!(number.fetch_add(1, Ordering::Relaxed), 3);
            ///     assert_eq!(number.load(Ordering::Relaxed), 4);
            /// });
            /// ```
            $name, $value
        }

        bits! { $name, $value,
            fetch_add "Adds `value`, wrapping around." |old, value| old.wrapping_add(value);
            fetch_sub "Subtracts `value`, wrapping around." |old, value| old.wrapping_sub(value);
            fetch_and "Bitwise and with `value`." |old, value| old & value;
            fetch_nand "Bitwise nand with `value`." |old, value| !(old & value);
            fetch_or "Bitwise or with `value`." |old, value| old | value;
            fetch_xor "Bitwise xor with `value`." |old, value| old ^ value;
            fetch_max "Stores the greater of the value and `value`." |old, value| old.max(value);
            fetch_min "Stores the lesser of the value and `value`." |old, value| old.min(value);
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new(0)
            }
        }
    };
}

integer!(AtomicU8, u8, "a number");
integer!(AtomicU16, u16, "a number");
integer!(AtomicU32, u32, "a number");
integer!(AtomicU64, u64, "a number");
integer!(AtomicUsize, usize, "a number");
integer!(AtomicI8, i8, "a signed number");
integer!(AtomicI16, i16, "a signed number");
integer!(AtomicI32, i32, "a signed number");
integer!(AtomicI64, i64, "a signed number");
integer!(AtomicIsize, isize, "a signed number");

common! {
    /// A checked `std::sync::atomic::AtomicBool`: a flag that threads share.
    ///
    /// ```
    /// use verify_harness::model::sync::atomic::{AtomicBool, Ordering};
    ///
    /// verify_harness::model::Builder::new().check(|| {
    ///     let flag = AtomicBool::new(false);
    ///     assert!(!flag.swap(true, Ordering::Relaxed));
    ///     assert!(flag.load(Ordering::Relaxed));
    /// });
    /// ```
    AtomicBool, bool
}

bits! { AtomicBool, bool,
    fetch_and "Logical and with `value`." |old, value| old & value;
    fetch_nand "Logical nand with `value`." |old, value| !(old & value);
    fetch_or "Logical or with `value`." |old, value| old | value;
    fetch_xor "Logical xor with `value`." |old, value| old ^ value;
}

impl AtomicBool {
    /// Logical not. Returns the value before.
    #[track_caller]
    pub fn fetch_not(&self, order: Ordering) -> bool {
        self.fetch_xor(true, order)
    }
}

impl Default for AtomicBool {
    fn default() -> Self {
        Self::new(false)
    }
}

common! {
    /// A checked `std::sync::atomic::AtomicPtr`: a pointer that threads share.
    ///
    /// ```
    /// use verify_harness::model::sync::atomic::{AtomicPtr, Ordering};
    ///
    /// verify_harness::model::Builder::new().check(|| {
    ///     let pointer = AtomicPtr::new(core::ptr::null_mut::<u8>());
    ///     assert!(pointer.load(Ordering::Relaxed).is_null());
    /// });
    /// ```
    AtomicPtr<T>, *mut T
}

impl<T> Default for AtomicPtr<T> {
    fn default() -> Self {
        Self::new(core::ptr::null_mut())
    }
}

// SAFETY: the pointer is a value like any other; `std`'s `AtomicPtr` is `Send` for the same reason.
unsafe impl<T> Send for AtomicPtr<T> {}
// SAFETY: the field is only read after construction, except through `&mut self`.
unsafe impl<T> Sync for AtomicPtr<T> {}
