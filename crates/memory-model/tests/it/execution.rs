//! Executions by hand.

use memory_model::models::{Model, Rc11, Sc};
use memory_model::{Event, Execution, Kind, Location, Malformed, Ordering};

fn event(thread: usize, index: usize, kind: Kind, location: usize, value: i64) -> Event {
    Event {
        thread: Some(thread),
        index,
        kind,
        location: Some(Location(location)),
        value,
        ordering: Ordering::SeqCst,
        is_rmw: false,
    }
}

/// Store buffering with both reads of the initial values; events 2..6 are W x, R y, W y, R x.
fn store_buffering() -> (Vec<Event>, Vec<Option<usize>>, Vec<Vec<usize>>) {
    let events = vec![
        Event::initial(Location(0), 0),
        Event::initial(Location(1), 0),
        event(0, 0, Kind::Write, 0, 1),
        event(0, 1, Kind::Read, 1, 0),
        event(1, 0, Kind::Write, 1, 1),
        event(1, 1, Kind::Read, 0, 0),
    ];
    (events, vec![None, None, None, Some(1), None, Some(0)], vec![vec![0, 2], vec![1, 4]])
}

#[test]
fn execution_derives_its_relations() {
    let (events, sources, coherence) = store_buffering();
    let execution = Execution::new(events, &sources, &coherence).expect("well formed");
    assert_eq!(execution.po().iter().collect::<Vec<_>>(), [(2, 3), (4, 5)]);
    assert_eq!(execution.rf().iter().collect::<Vec<_>>(), [(0, 5), (1, 3)]);
    assert_eq!(execution.co().iter().collect::<Vec<_>>(), [(0, 2), (1, 4)]);
    assert_eq!(execution.fr().iter().collect::<Vec<_>>(), [(3, 4), (5, 2)]);
    assert_eq!(execution.com().transitive_closure(), execution.eco());
    assert_eq!(execution.sb().len(), 2 + 2 * 4);
    assert_eq!(execution.final_memory(), [1, 1]);
    assert_eq!(execution.reads(), [[0], [0]]);
    assert_eq!(execution.external(&execution.fr()), execution.fr());
    assert!(execution.external(execution.po()).is_empty());
}

#[test]
fn execution_of_store_buffering_is_forbidden_with_the_known_cycle() {
    let (events, sources, coherence) = store_buffering();
    let execution = Execution::new(events, &sources, &coherence).expect("well formed");
    let violation = Sc.check(&execution).expect_err("not sequentially consistent");
    let steps: Vec<_> = violation.cycle.iter().map(|step| (step.from, step.relation, step.to)).collect();
    assert_eq!(steps, [(2, "po", 3), (3, "fr", 4), (4, "po", 5), (5, "fr", 2)]);
    let violation = Rc11::new().check(&execution).expect_err("psc has a cycle");
    let steps: Vec<_> = violation.cycle.iter().map(|step| (step.from, step.relation, step.to)).collect();
    assert_eq!(violation.axiom.name, "SC");
    assert_eq!(steps, [(2, "sb", 3), (3, "fr", 4), (4, "sb", 5), (5, "fr", 2)]);
}

#[test]
fn execution_rejects_parts_that_do_not_fit() {
    let (events, sources, coherence) = store_buffering();
    let new = |events: &[Event], sources: &[Option<usize>], coherence: &[Vec<usize>]| {
        Execution::new(events.to_vec(), sources, coherence)
    };
    let mut unsorted = events.clone();
    unsorted.swap(2, 3);
    assert_eq!(new(&unsorted, &sources, &coherence), Err(Malformed::Unsorted(3)));
    assert_eq!(new(&events, &sources[1..], &coherence), Err(Malformed::Size));
    let mut lost = sources.clone();
    lost[3] = None;
    assert_eq!(new(&events, &lost, &coherence), Err(Malformed::ReadsFrom(3)));
    lost[3] = Some(4);
    assert_eq!(new(&events, &lost, &coherence), Err(Malformed::ReadsFrom(3)), "the value differs");
    lost[3] = Some(99);
    assert_eq!(new(&events, &lost, &coherence), Err(Malformed::ReadsFrom(3)), "there is no such event");
    for wrong in
        [vec![vec![0, 2], vec![4, 1]], vec![vec![0], vec![1, 4]], vec![vec![0, 2, 2], vec![1, 4]], vec![vec![0, 2]]]
    {
        assert!(matches!(new(&events, &sources, &wrong), Err(Malformed::Coherence(_))), "{wrong:?}");
    }
}
