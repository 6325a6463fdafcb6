//! A seeded bug: four bytes that only a fuzzer which follows coverage meets. `cargo xtask fuzz` requires it to be found.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut seen = 0;
    for (byte, wanted) in bytes.iter().zip(b"weft") {
        if byte != wanted {
            break;
        }
        seen += 1;
    }
    assert!(seen < 4, "the seeded bug");
});
