//! Generated tests with a seed: the same each time, and another run for another seed.

use quickcheck::{Gen, QuickCheck, Testable};

/// Names the seed of the generated tests.
const SEED: &str = "SELVEDGE_SEED";

/// Checks `property` for values generated from the seed that [`SEED`] names, or from one of this file's.
pub fn check(property: impl Testable) {
    let seed = std::env::var(SEED).ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x5e1_ed6e);
    println!("{SEED}={seed}");
    QuickCheck::new().rng(Gen::from_size_and_seed(100, seed)).tests(TESTS).quickcheck(property);
}

/// How many values each property is checked for.
const TESTS: u64 = 300;

/// Makes a test of each property.
macro_rules! properties {
    ($($(#[$attribute:meta])* fn $name:ident($($argument:ident: $type:ty),*) -> $outcome:ty $body:block)*) => {$(
        $(#[$attribute])*
        #[test]
        fn $name() {
            fn property($($argument: $type),*) -> $outcome $body
            $crate::property::check(property as fn($($type),*) -> $outcome);
        }
    )*};
}
pub(crate) use properties;
