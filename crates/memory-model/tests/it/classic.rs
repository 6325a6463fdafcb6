//! Classic tests with exact execution counts.

use memory_model::enumerate::Enumerator;
use memory_model::models::{Model, Rc11, Sc};

use crate::shapes;

#[test]
fn enumerator_counts_the_classics_exactly() {
    for (litmus, rc11, sc) in shapes::counted() {
        for (model, expected) in [(&Rc11::new() as &dyn Model, rc11), (&Sc, sc)] {
            for enumerator in [Enumerator::new(model), Enumerator::new(model).naive()] {
                let summary = enumerator.summary(&litmus).expect("valid");
                assert_eq!(summary.executions, expected, "{} under {}\n{litmus:#?}", litmus.name(), model.name());
                assert_eq!(summary.outcomes.values().sum::<u64>(), expected);
                assert_eq!((summary.blocked, summary.cut), (0, 0));
            }
        }
    }
}
