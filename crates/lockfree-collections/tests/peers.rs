//! Code written for the crate of each kind that the field knows best, compiled twice: against that crate, and against this one. Only
//! the `use` lines differ. What differs on purpose is told in the README, under "Coming from other crates".

#![cfg(not(loom))]

#[allow(dead_code, reason = "shared with other tests, which use the rest")]
#[path = "it/support.rs"]
mod support;

mod seg_queue {
    mod theirs {
        use crossbeam_queue::SegQueue;
        include!("peers/seg_queue.rs");
    }

    mod ours {
        use lockfree_collections::LockFreeQueue as SegQueue;
        include!("peers/seg_queue.rs");
    }
}

mod array_queue {
    mod theirs {
        use crossbeam_queue::ArrayQueue;
        include!("peers/array_queue.rs");
    }

    mod ours {
        use lockfree_collections::BoundedQueue as ArrayQueue;
        include!("peers/array_queue.rs");
    }
}

mod array_queue_scq {
    mod ours {
        use lockfree_collections::ScqQueue as ArrayQueue;
        include!("peers/array_queue.rs");
    }
}

mod arc_swap_cells {
    mod theirs {
        use arc_swap::access::{Access, AccessConvert, Constant, DynAccess, DynGuard, Map};
        use arc_swap::cache::{self, Cache, MapCache};
        use arc_swap::{ArcSwap, ArcSwapAny, ArcSwapOption, ArcSwapWeak, AsRaw, Guard, RefCnt};
        include!("peers/arc_swap.rs");
    }

    mod ours {
        use lockfree_collections::cell::access::{Access, AccessConvert, Constant, DynAccess, DynGuard, Map};
        use lockfree_collections::cell::cache::{self, Cache, MapCache};
        use lockfree_collections::cell::{AsRaw, AtomicRcAny as ArcSwapAny, Guard, RefCnt};
        use lockfree_collections::{AtomicRc as ArcSwap, AtomicRcOption as ArcSwapOption, AtomicWeak as ArcSwapWeak};
        include!("peers/arc_swap.rs");
    }
}

mod deque {
    mod theirs {
        use crossbeam_deque::{Injector, Steal, Stealer, Worker};
        include!("peers/deque.rs");
    }

    mod ours {
        use lockfree_collections::deque::{Injector, Steal, Stealer, Worker};
        include!("peers/deque.rs");
    }
}

mod papaya_map {
    mod theirs {
        use papaya::{
            Compute, Equivalent, Guard, HashMap, HashMapBuilder, HashMapRef, Iter, Keys, LocalGuard, OccupiedError,
            Operation, OwnedGuard, Values,
        };
        include!("peers/papaya_map.rs");
    }

    mod ours {
        use lockfree_collections::LockFreeHashMap as HashMap;
        use lockfree_collections::map::{
            Compute, Equivalent, Guard, HashMapBuilder, HashMapRef, Iter, Keys, LocalGuard, OccupiedError, Operation,
            OwnedGuard, Values,
        };
        include!("peers/papaya_map.rs");
    }
}

mod papaya_set {
    mod theirs {
        use papaya::HashSet;
        include!("peers/papaya_set.rs");
    }

    mod ours {
        use lockfree_collections::LockFreeHashSet as HashSet;
        include!("peers/papaya_set.rs");
    }
}
