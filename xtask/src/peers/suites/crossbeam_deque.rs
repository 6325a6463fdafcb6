//! crossbeam-deque: the work-stealing deque and its injector.

use crate::peers::suite::{File, Suite};

pub const SUITE: Suite = Suite {
    package: "crossbeam-deque",
    imports: &[
        ("crossbeam_deque::Injector", "lockfree_collections::deque::Injector"),
        ("crossbeam_deque::Steal", "lockfree_collections::deque::Steal"),
        ("crossbeam_deque::Steal::Empty", "lockfree_collections::deque::Steal::Empty"),
        ("crossbeam_deque::Steal::Retry", "lockfree_collections::deque::Steal::Retry"),
        ("crossbeam_deque::Steal::Success", "lockfree_collections::deque::Steal::Success"),
        ("crossbeam_deque::Stealer", "lockfree_collections::deque::Stealer"),
        ("crossbeam_deque::Worker", "lockfree_collections::deque::Worker"),
    ],
    needs: &["crossbeam-utils", "rand"],
    library: "",
    files: &[
        File::tests("tests/fifo.rs"),
        File::tests("tests/injector.rs"),
        File::tests("tests/lifo.rs"),
        File::tests("tests/steal.rs"),
        File::examples("src/deque.rs"),
        File::examples("src/lib.rs"),
    ],
    differences: &[],
};
