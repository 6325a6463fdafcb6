//! What the batches of all queues promise between threads.

use std::thread;

/// Numbers under way, and who pushed them.
pub type Numbers = Box<dyn Iterator<Item = (usize, usize)>>;

/// Two threads push `each` numbers by `push`, two others pop them in batches of 20 and of 40 at most until the queue is closed and empty:
/// each finds those of one producer in the order of their pushes, and none is lost.
pub fn batches_arrive_in_order(
    each: usize,
    push: impl Fn(Numbers) + Sync,
    pop_batch: impl Fn(&mut Vec<(usize, usize)>, usize) -> usize + Sync,
    is_closed: impl Fn() -> bool + Sync,
    close: impl Fn() -> bool,
) {
    const PRODUCERS: usize = 2;
    let (push, pop_batch, is_closed) = (&push, &pop_batch, &is_closed);
    thread::scope(|scope| {
        let consumers: Vec<_> = (1..3)
            .map(|consumer| {
                scope.spawn(move || {
                    let mut found = Vec::new();
                    loop {
                        // Asked before: what was pushed before the end is found thereafter.
                        let closed = is_closed();
                        if pop_batch(&mut found, consumer * 20) == 0 {
                            if closed {
                                return found;
                            }
                            thread::yield_now();
                        }
                    }
                })
            })
            .collect();
        let producers: Vec<_> = (0..PRODUCERS)
            .map(|producer| scope.spawn(move || push(Box::new((0..each).map(move |number| (producer, number))))))
            .collect();
        producers.into_iter().for_each(|producer| producer.join().unwrap());
        assert!(close());
        let mut all = Vec::new();
        for consumer in consumers {
            let found = consumer.join().unwrap();
            for producer in 0..PRODUCERS {
                assert!(found.iter().filter(|value| value.0 == producer).is_sorted(), "in the order of their pushes");
            }
            all.extend(found);
        }
        all.sort_unstable();
        assert!(
            all.into_iter().eq((0..PRODUCERS).flat_map(|producer| (0..each).map(move |number| (producer, number))))
        );
    });
}
