//! Operations, histories, builders, and the laws of the specifications.

use verify_harness::history::spec::{Counter, KeyValue, Map, Mutex, PriorityQueue, Queue, Register, Set, Stack};
use verify_harness::history::{History, HistoryError, Operation};

use crate::history_gen::Generate;
use verify_harness::random::Random;

type Plain = Operation<u8, u8>;

#[test]
fn history_rejects_what_is_not_well_formed() {
    let error = |operations: Vec<Plain>| History::new(operations).unwrap_err();
    assert_eq!(
        error(vec![Operation::returned(0, 2, 1, 0, 0)]),
        HistoryError::ReturnBeforeCall { operation: 0, call: 2, ret: 1 }
    );
    let pending = Operation { output: Some(1), ..Operation::pending(0, 0, 0) };
    assert_eq!(error(vec![pending]), HistoryError::PendingWithOutput { operation: 0 });
    assert_eq!(
        error(vec![Operation::returned(7, 4, 6, 0, 0), Operation::returned(7, 1, 5, 0, 0)]),
        HistoryError::Overlap { process: 7, open: 1, operation: 0 }
    );
    assert_eq!(
        error(vec![Operation::pending(7, 1, 0), Operation::returned(7, 4, 6, 0, 0)]),
        HistoryError::Overlap { process: 7, open: 0, operation: 1 }
    );
}

#[test]
fn history_accepts_touching_intervals_of_a_process() {
    let history =
        History::new(vec![Plain::returned(0, 1, 1, 0, 0), Plain::returned(0, 1, 1, 0, 0), Plain::pending(0, 1, 0)])
            .unwrap();
    assert!(!history.operations()[0].precedes(&history.operations()[1]));
}

#[test]
fn builder_names_the_event_that_does_not_fit() {
    let mut builder = History::<u8, u8>::builder();
    builder.call(3, 0).unwrap();
    assert_eq!(builder.open(3), Some(&0));
    assert_eq!(builder.call(3, 1), Err(HistoryError::CallWhileOpen { process: 3, event: 1 }));
    assert_eq!(builder.ret(4, None), Err(HistoryError::ReturnWithoutCall { process: 4, event: 1 }));
    builder.ret(3, None).unwrap();
    assert_eq!(builder.discard(3), Err(HistoryError::ReturnWithoutCall { process: 3, event: 2 }));
    assert!(!HistoryError::TooLong { operations: 3 }.to_string().is_empty());
    assert_eq!(builder.finish().len(), 1);
}

/// The laws of [`verify_harness::history::Specification`], on random walks.
fn obeys_the_laws<S: Generate>(specification: S) {
    let mut random = Random::new(21);
    for walk in 0..300 {
        let mut state = specification.initial();
        for number in 0..12 {
            let input = specification.input(&mut random, number);
            let unknown = specification.step(&state, &input, None);
            let answer = specification.answer(&state, &input);
            // Law 2: without an output, the step is that of the answer.
            let known = answer.as_ref().and_then(|output| specification.step(&state, &input, Some(output)));
            assert_eq!(unknown, known, "walk {walk}: {input:?} in {state:?}");
            let other = specification.wrong(&mut random, &input);
            for output in [answer.as_ref(), Some(&other), None] {
                if let Some(next) = specification.step(&state, &input, output) {
                    assert_eq!(Some(&next), unknown.as_ref(), "walk {walk}: {input:?} -> {output:?} in {state:?}");
                    // Law 3: observers change nothing.
                    let observes = specification.observes(&input, output);
                    assert!(!observes || next == state, "walk {walk}: {input:?} -> {output:?} in {state:?}");
                }
                assert!(!specification.describe(&input, output).is_empty());
            }
            state = unknown.unwrap_or(state);
        }
    }
}

#[test]
fn specifications_obey_their_laws() {
    obeys_the_laws(Register::new(0));
    obeys_the_laws(KeyValue);
    obeys_the_laws(Map::new());
    obeys_the_laws(Set::new());
    obeys_the_laws(Queue::new());
    obeys_the_laws(Queue::bounded(2));
    obeys_the_laws(Stack::new());
    obeys_the_laws(PriorityQueue::new());
    obeys_the_laws(Counter);
    obeys_the_laws(Mutex);
}
