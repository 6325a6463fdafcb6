//! The lock-free collections, used by one thread, beside those of `std`: the first byte chooses one, the others what is done with it.

#![no_main]

mod sequential;

use libfuzzer_sys::fuzz_target;
use sequential::{Decisions, cells, deques, keyed, pile};

fuzz_target!(|bytes: &[u8]| {
    let mut decisions = Decisions::new(bytes);
    match decisions.byte() {
        choice @ 0..120 => pile::choose(choice, &mut decisions),
        choice @ 120..192 => keyed::choose(choice, &mut decisions),
        choice @ 192..228 => cells::choose(choice, &mut decisions),
        choice => deques::choose(choice, &mut decisions),
    }
});
