//! The same programs for both checkers: `define!` writes them against one interface or the other.

/// A program's name, how many threads it has, and its body.
pub type Program = (&'static str, usize, fn());

/// Defines `programs()`, which lists the programs written against the interface at `$api`.
#[macro_export]
macro_rules! define {
    ($($api:ident)::+) => {
        use $($api)::+::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
        use $($api)::+::sync::atomic::{AtomicUsize, Ordering};
        use $($api)::+::thread;
        use std::sync::Arc;

        type Cells = Arc<[AtomicUsize; 4]>;

        /// Runs `threads` threads, number 0 being the one that starts the others.
        fn run(threads: usize, body: fn(&Cells, usize, usize)) {
            let cells: Cells = Arc::new([(); 4].map(|()| AtomicUsize::new(0)));
            let handles: Vec<_> = (1..threads)
                .map(|number| {
                    let cells = Arc::clone(&cells);
                    thread::spawn(move || body(&cells, number, threads))
                })
                .collect();
            body(&cells, 0, threads);
            handles.into_iter().for_each(|handle| handle.join().unwrap());
        }

        fn store_buffering(cells: &Cells, own: usize, threads: usize) {
            cells[own].store(1, Relaxed);
            cells[(own + 1) % threads].load(Relaxed);
        }

        fn reads(cells: &Cells, own: usize, _: usize) {
            match own {
                0 => cells[0].store(1, Relaxed),
                _ => drop(std::hint::black_box(cells[0].load(Relaxed))),
            }
        }

        fn updates(cells: &Cells, _: usize, _: usize) {
            cells[0].fetch_add(1, Relaxed);
        }

        fn increments(cells: &Cells, _: usize, _: usize) {
            let old = cells[0].load(Acquire);
            cells[0].store(old + 1, Release);
        }

        fn message(cells: &Cells, own: usize, _: usize) {
            if own == 0 {
                cells[0].store(1, Relaxed);
                cells[1].store(1, Release);
            } else if cells[1].load(Acquire) == 1 {
                assert_eq!(cells[0].load(Relaxed), 1);
            }
        }

        fn independent(cells: &Cells, own: usize, _: usize) {
            match own {
                0 | 1 => cells[own].store(1, Release),
                _ => {
                    let first = own - 2;
                    cells[first].load(Acquire);
                    cells[1 - first].load(Acquire);
                }
            }
        }

        fn ticket(cells: &Cells, _: usize, _: usize) {
            let ticket = cells[0].fetch_add(1, Relaxed);
            while cells[1].load(Acquire) != ticket {
                thread::yield_now();
            }
            cells[1].store(ticket + 1, Release);
        }

        fn rotation(cells: &Cells, own: usize, _: usize) {
            let order: Ordering = AcqRel;
            let _ = cells[0].compare_exchange(own, own + 1, order, Acquire);
        }

        /// The programs.
        pub fn programs() -> Vec<super::programs::Program> {
            vec![
                ("store buffering, ring of 2", 2, || run(2, store_buffering)),
                ("store buffering, ring of 3", 3, || run(3, store_buffering)),
                ("store buffering, ring of 4", 4, || run(4, store_buffering)),
                ("message passing", 2, || run(2, message)),
                ("independent reads of independent writes", 4, || run(4, independent)),
                ("1 write, 2 reads", 3, || run(3, reads)),
                ("1 write, 3 reads", 4, || run(4, reads)),
                ("1 write, 12 reads", 13, || run(13, reads)),
                ("3 updates", 3, || run(3, updates)),
                ("4 updates", 4, || run(4, updates)),
                ("7 updates", 7, || run(7, updates)),
                ("3 increments by load and store", 3, || run(3, increments)),
                ("3 compare-exchanges in a row", 3, || run(3, rotation)),
                ("ticket lock, 2 threads", 2, || run(2, ticket)),
            ]
        }
    };
}
