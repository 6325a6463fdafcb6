//! Atomic types, with the operations of `std::sync::atomic`.

use core::fmt;

pub use core::sync::atomic::Ordering;

use super::super::super::interface::{Answer, Loc, Op, Strength, Update, UpdateFn, Waits};
use super::super::super::objects::ObjectId;
use super::super::super::runtime;
use super::super::here;

/// The strength of an ordering that may stand at a load.
#[track_caller]
fn load_strength(order: Ordering) -> Strength {
    match order {
        Ordering::Relaxed => Strength::Relaxed,
        Ordering::Acquire => Strength::Acquire,
        Ordering::SeqCst => Strength::SeqCst,
        _ => panic!("there is no such thing as a load with release ordering"),
    }
}

#[track_caller]
fn store_strength(order: Ordering) -> Strength {
    match order {
        Ordering::Relaxed => Strength::Relaxed,
        Ordering::Release => Strength::Release,
        Ordering::SeqCst => Strength::SeqCst,
        _ => panic!("there is no such thing as a store with acquire ordering"),
    }
}

fn strength(order: Ordering) -> Strength {
    match order {
        Ordering::Relaxed => Strength::Relaxed,
        Ordering::Acquire => Strength::Acquire,
        Ordering::Release => Strength::Release,
        Ordering::AcqRel => Strength::AcqRel,
        _ => Strength::SeqCst,
    }
}

/// A fence.
///
/// # Panics
///
/// If `order` is `Relaxed`.
#[track_caller]
pub fn fence(order: Ordering) {
    assert!(order != Ordering::Relaxed, "there is no such thing as a relaxed fence");
    runtime::perform(Op::Fence { strength: strength(order) }, here());
}

/// A value that fits an atomic word.
trait Value: Copy {
    fn to_word(self) -> u64;
    fn from_word(word: u64) -> Self;
}

impl Value for bool {
    fn to_word(self) -> u64 {
        self.into()
    }
    fn from_word(word: u64) -> Self {
        word != 0
    }
}

impl<T> Value for *mut T {
    fn to_word(self) -> u64 {
        self.expose_provenance() as u64
    }
    fn from_word(word: u64) -> Self {
        core::ptr::with_exposed_provenance_mut(word as usize)
    }
}

/// What all atomic types share: an identity, and the value before any write.
struct Word<T> {
    id: ObjectId,
    initial: T,
}

impl<T: Value> Word<T> {
    #[track_caller]
    fn new(initial: T) -> Self {
        let word = Self { id: ObjectId::unbound(), initial };
        runtime::create(&word.id, initial.to_word(), here());
        word
    }

    #[track_caller]
    fn on(&self, op: impl Fn(Loc) -> Op) -> Answer {
        runtime::perform_on(&self.id, self.initial.to_word(), op, here())
    }

    #[track_caller]
    fn load(&self, strength: Strength) -> T {
        T::from_word(self.on(|loc| Op::Load { loc, strength }).value)
    }

    #[track_caller]
    fn store(&self, value: T, strength: Strength) {
        self.on(|loc| Op::Store { loc, strength, value: value.to_word() });
    }

    #[track_caller]
    fn update(&self, function: UpdateFn, operand: T, order: Ordering) -> T {
        let update = Update { function, a: operand.to_word(), b: 0, failure: Strength::Relaxed, waits: false };
        T::from_word(self.on(|loc| Op::Rmw { loc, strength: strength(order), update, waits: Waits::Lock }).value)
    }

    #[track_caller]
    fn compare_exchange(&self, current: T, new: T, success: Ordering, failure: Ordering) -> Result<T, T> {
        let function = |value, current, new| if value == current { Some(new) } else { None };
        let (a, b) = (current.to_word(), new.to_word());
        let update = Update { function, a, b, failure: load_strength(failure), waits: false };
        let answer = self.on(|loc| Op::Rmw { loc, strength: strength(success), update, waits: Waits::Lock });
        let value = T::from_word(answer.value);
        if answer.wrote { Ok(value) } else { Err(value) }
    }

    #[track_caller]
    fn compare_exchange_weak(&self, current: T, new: T, success: Ordering, failure: Ordering) -> Result<T, T> {
        if runtime::weak_may_fail() && runtime::perform(Op::Choose { count: 2 }, here()).value == 1 {
            return Err(self.load(load_strength(failure)));
        }
        self.compare_exchange(current, new, success, failure)
    }

    #[track_caller]
    fn fetch_update(
        &self,
        set_order: Ordering,
        fetch_order: Ordering,
        mut f: impl FnMut(T) -> Option<T>,
    ) -> Result<T, T> {
        let mut previous = self.load(load_strength(fetch_order));
        while let Some(next) = f(previous) {
            match self.compare_exchange_weak(previous, next, set_order, fetch_order) {
                Ok(value) => return Ok(value),
                Err(value) => previous = value,
            }
        }
        Err(previous)
    }

    /// The value, for an owner that shares the word with nobody.
    #[track_caller]
    fn unsync_load(&self) -> T {
        if runtime::is_running() { self.load(Strength::Plain) } else { self.initial }
    }

    #[track_caller]
    fn with_mut<R>(&mut self, f: impl FnOnce(&mut T) -> R) -> R {
        if !runtime::is_running() {
            return f(&mut self.initial);
        }
        let before = self.load(Strength::Plain);
        let mut value = before;
        let result = f(&mut value);
        self.store(value, Strength::Plain);
        result
    }
}

/// The operations that every atomic type has.
macro_rules! common {
    ($(#[$doc:meta])* $name:ident $(<$param:ident>)?, $value:ty) => {
        $(#[$doc])*
        pub struct $name $(<$param>)? (Word<$value>);

        impl $(<$param>)? $name $(<$param>)? {
            /// An atomic that holds `value`. Making it counts as a write of the making thread.
            #[track_caller]
            pub fn new(value: $value) -> Self {
                Self(Word::new(value))
            }

            /// An atomic that holds `value`, for statics. Making it is ordered before everything.
            pub const fn const_new(value: $value) -> Self {
                Self(Word { id: ObjectId::unbound(), initial: value })
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
            pub fn fetch_update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                f: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                self.0.fetch_update(set_order, fetch_order, f)
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
            #[track_caller]
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
            #[track_caller]
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
    #[track_caller]
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
    #[track_caller]
    fn default() -> Self {
        Self::new(core::ptr::null_mut())
    }
}

// SAFETY: the pointer is a value like any other; `std`'s `AtomicPtr` is `Send` for the same reason.
unsafe impl<T> Send for AtomicPtr<T> {}
// SAFETY: the field is only read after construction, except through `&mut self`.
unsafe impl<T> Sync for AtomicPtr<T> {}
