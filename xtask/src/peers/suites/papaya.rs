//! papaya: the hash map and the hash set.

use crate::peers::suite::What::Code;
use crate::peers::suite::{Difference, File, Suite};

pub const SUITE: Suite = Suite {
    package: "papaya",
    imports: &[
        ("papaya::Compute", "lockfree_collections::map::Compute"),
        ("papaya::Equivalent", "lockfree_collections::map::Equivalent"),
        ("papaya::Guard", "lockfree_collections::map::Guard"),
        ("papaya::HashMap", "lockfree_collections::LockFreeHashMap"),
        ("papaya::HashMapRef", "lockfree_collections::map::HashMapRef"),
        ("papaya::HashSet", "lockfree_collections::LockFreeHashSet"),
        ("papaya::OccupiedError", "lockfree_collections::map::OccupiedError"),
        ("papaya::Operation", "lockfree_collections::map::Operation"),
        ("papaya::ResizeMode", ""),
    ],
    needs: &["num_cpus", "rand", "seize", "serde_json", "tokio"],
    library: "",
    files: &[
        File::helper("tests/common.rs"),
        File::tests("tests/basic.rs"),
        File::tests("tests/basic_set.rs"),
        File::tests("tests/cuckoo.rs"),
        File::tests("tests/stress.rs"),
        File::units(
            "src/serde_impls.rs",
            "use lockfree_collections::{LockFreeHashMap as HashMap, LockFreeHashSet as HashSet};",
            &["mod test {"],
        ),
        File::examples("src/lib.rs"),
        File::examples("src/map.rs"),
        File::examples("src/set.rs"),
    ],
    differences: &[
        chosen("tests/common.rs (helper)", ".collector(collector())", COLLECTOR),
        chosen("tests/common.rs (helper)", ".resize_mode(ResizeMode::Blocking)", RESIZE),
        chosen("tests/common.rs (helper)", ".resize_mode(ResizeMode::Incremental(1))", RESIZE),
        chosen("tests/common.rs (helper)", ".resize_mode(ResizeMode::Incremental(128))", RESIZE),
        chosen("tests/cuckoo.rs", ".resize_mode(ResizeMode::Blocking)", RESIZE),
        chosen("tests/cuckoo.rs", ".resize_mode(ResizeMode::Incremental(1))", RESIZE),
        chosen("tests/cuckoo.rs", ".resize_mode(ResizeMode::Incremental(1024))", RESIZE),
        chosen("src/map.rs (examples)", ".collector(Collector::new().batch_size(128))", COLLECTOR),
        chosen("src/map.rs (examples)", ".resize_mode(ResizeMode::Blocking)", RESIZE),
        chosen("src/set.rs (examples)", ".collector(Collector::new().batch_size(128))", COLLECTOR),
        chosen("src/set.rs (examples)", ".resize_mode(ResizeMode::Blocking)", RESIZE),
    ],
};

const COLLECTOR: &str = "a map reclaims by itself, and has no collector to configure";
const RESIZE: &str = "there is one way to grow: all who come help, some buckets each";

/// A choice that a builder does not offer here.
const fn chosen(file: &'static str, call: &'static str, why: &'static str) -> Difference {
    Difference { file, what: Code(call, ""), why }
}
