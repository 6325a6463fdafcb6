//! The lock-free collections, used by one thread, beside those of `std`: the first byte chooses one, the others what is done with it.

#![no_main]

mod sequential;

use libfuzzer_sys::fuzz_target;
use sequential::{Decisions, keyed, pile};

fuzz_target!(|bytes: &[u8]| {
    let mut decisions = Decisions::new(bytes);
    match decisions.byte() {
        choice @ 0..160 => pile::choose(choice, &mut decisions),
        choice => keyed::choose(choice, &mut decisions),
    }
});
