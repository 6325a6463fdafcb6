//! Values that count, and what types can do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts how many of its values are alive.
#[derive(Clone, Debug, Default)]
pub struct Census(Arc<AtomicUsize>);

/// A value on the heap that the census counts; `bomb` says whether dropping it panics.
#[derive(Debug)]
pub struct Counted {
    pub number: usize,
    bomb: bool,
    census: Census,
    _heap: Box<usize>,
}

impl Census {
    pub fn value(&self, number: usize) -> Counted {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted { number, bomb: false, census: self.clone(), _heap: Box::new(number) }
    }

    pub fn bomb(&self, number: usize) -> Counted {
        let mut value = self.value(number);
        value.bomb = true;
        value
    }

    pub fn alive(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.census.0.fetch_sub(1, Ordering::Relaxed);
        if self.bomb {
            std::panic::resume_unwind(Box::new(self.number));
        }
    }
}

/// Tells whether a concrete type implements an auto trait: the inherent constant wins if its bound holds, else the trait's.
macro_rules! implements {
    ($type:ty: $($bound:tt)+) => {{
        struct Probe<T: ?Sized>(core::marker::PhantomData<T>);
        #[allow(dead_code, reason = "unused where every bound holds")]
        trait Otherwise { const YES: bool = false; }
        impl<T: ?Sized> Otherwise for Probe<T> {}
        #[allow(dead_code, reason = "unused exactly where the bound does not hold")]
        impl<T: ?Sized + $($bound)+> Probe<T> { const YES: bool = true; }
        <Probe<$type>>::YES
    }};
}
pub(crate) use implements;
