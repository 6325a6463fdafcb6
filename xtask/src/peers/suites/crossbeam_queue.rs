//! crossbeam-queue: the two queues.

use crate::peers::suite::{File, Suite};

pub const SUITE: Suite = Suite {
    package: "crossbeam-queue",
    imports: &[
        ("crossbeam_queue::ArrayQueue", "lockfree_collections::BoundedQueue"),
        ("crossbeam_queue::SegQueue", "lockfree_collections::LockFreeQueue"),
    ],
    needs: &["crossbeam-utils", "rand"],
    library: "",
    files: &[
        File::tests("tests/array_queue.rs"),
        File::tests("tests/seg_queue.rs"),
        File::examples("src/array_queue.rs"),
        File::examples("src/seg_queue.rs"),
    ],
    differences: &[],
};
