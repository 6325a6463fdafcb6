//! Stacks and queues, as they stand in the suites of other checkers.

use super::*;

/// Top, then the successor of each node.
fn push(m: &Mem, node: u64) {
    loop {
        let top = m.r(0, A);
        m.w(node as usize, top, X);
        if m.cas(0, top, node, L) {
            return;
        }
    }
}

fn pop(m: &Mem) {
    until(|| {
        let top = m.r(0, A);
        top == 0 || {
            let next = m.r(top as usize, X);
            m.cas(0, top, next, L)
        }
    });
}

/// As `push`, with a counter in the upper half of each reference, after writing a word that goes with the node.
fn counted_push(m: &Mem, node: u64, data: usize) {
    m.w(data + node as usize, node, X);
    loop {
        let top = m.r(0, A);
        m.w(node as usize, top, X);
        if m.cas(0, top, node | ((top >> 32) + 1) << 32, L) {
            return;
        }
    }
}

/// As `pop`, with counters; reads the word that goes with the node.
fn counted_pop(m: &Mem, data: usize) {
    let mut node = 0;
    until(|| {
        let top = m.r(0, A);
        node = top as u32;
        node == 0 || {
            let next = u64::from(m.r(node as usize, X) as u32);
            m.cas(0, top, next | ((top >> 32) + 1) << 32, L)
        }
    });
    if node != 0 {
        m.r(data + node as usize, X);
    }
}

/// Head, tail, then the successor of each node; node 1 is the sentinel.
fn enqueue(m: &Mem, node: u64) {
    m.w(node as usize + 1, 0, X);
    until(|| {
        let tail = m.r(1, A);
        let next = m.r(tail as usize + 1, A);
        if next != 0 {
            m.cas(1, tail, next, L);
            return false;
        }
        m.cas(tail as usize + 1, 0, node, L) && {
            m.cas(1, tail, node, L);
            true
        }
    });
}

fn dequeue(m: &Mem) {
    until(|| {
        let head = m.r(0, A);
        let tail = m.r(1, A);
        let next = m.r(head as usize + 1, A);
        if next == 0 {
            return true;
        }
        if head == tail {
            m.cas(1, tail, next, L);
        }
        m.cas(0, head, next, L)
    });
}

pub fn stacks(name: &str, b: &Builder) -> Option<Report> {
    let both = |node: u64| {
        body(move |m: &Mem| {
            push(m, node);
            pop(m);
        })
    };
    let pusher = |node: u64| body(move |m: &Mem| push(m, node));
    let popper = |_| body(pop);
    let enqueuer = |node: u64| body(move |m: &Mem| enqueue(m, node + 1));
    let dequeuer = |_| body(dequeue);
    let mix = |a: Vec<Body>, b: Vec<Body>| a.into_iter().chain(b).collect::<Vec<_>>();
    let counted = |readers: u64, writers: u64, both: u64| {
        let data = (writers + both) as usize;
        let mut threads = times(readers, |_| body(move |m: &Mem| counted_pop(m, data)));
        threads.extend(times(writers, |i| body(move |m: &Mem| counted_push(m, i + 1, data))));
        threads.extend(times(both, |i| {
            body(move |m: &Mem| {
                counted_push(m, i + 1, data);
                counted_pop(m, data);
            })
        }));
        p(b, &zeros(2 * data as u64 + 1), threads)
    };
    let queue = [1, 1, 0, 0, 0, 0];
    Some(match name.trim_end_matches(" (no await-elimination)") {
        "own/trb N=2" => p(b, &zeros(3), (1..=2).map(both).collect()),
        "own/trb N=3" => p(b, &zeros(4), (1..=3).map(both).collect()),
        "own/trb21" => p(b, &zeros(3), mix((1..=2).map(pusher).collect(), times(1, popper))),
        "own/trb22" => p(b, &zeros(3), mix((1..=2).map(pusher).collect(), times(2, popper))),
        "data-structures/treiber-stack R=0 W=3 RW=0" => counted(0, 3, 0),
        "data-structures/treiber-stack R=1 W=2 RW=0" => counted(1, 2, 0),
        "data-structures/treiber-stack R=2 W=2 RW=0" => counted(2, 2, 0),
        "data-structures/treiber-stack R=0 W=0 RW=2" => counted(0, 0, 2),
        "data-structures/treiber-stack R=0 W=0 RW=3" => counted(0, 0, 3),
        "own/msq21" => p(b, &queue, mix((1..=2).map(enqueuer).collect(), times(1, dequeuer))),
        "own/msq22" => p(b, &queue, mix((1..=2).map(enqueuer).collect(), times(2, dequeuer))),
        _ => return None,
    })
}
