//! Estimates of the number of executions, against the exact one.

use verify_harness::model::{Builder, Model, Report};

use crate::programs;

/// Programs, their executions under RC11, and by which part of that the estimate of 500 walks may be off.
const KNOWN: &[(&str, u64, f64)] = &[
    ("litmus/SB", 4, 0.01),
    ("litmus/SB+4sc", 3, 0.1),
    ("litmus/CoRR2", 72, 0.1),
    ("litmus/relseq", 20, 0.1),
    ("synthetic/readers N=8", 256, 0.01),
    ("synthetic/ainc N=4", 24, 0.2),
    ("synthetic/casrot N=4", 14, 0.2),
    ("synthetic/lockinc N=3", 6, 0.2),
    ("synthetic/lastzero N=3", 12, 0.2),
    ("own/ticket N=3", 6, 0.2),
];

#[test]
fn estimate_is_near_the_exact_count() {
    println!("seed 0x7");
    for (name, executions, tolerance) in KNOWN {
        let mut builder = Builder::new();
        builder.seed = 7;
        let estimate = programs::estimate(name, &builder, 500).expect("a known program");
        println!("{name}: {executions}, {estimate}");
        let off = (estimate.executions / *executions as f64 - 1.0).abs();
        assert!(off < *tolerance, "{name}: {executions}, {estimate}");
        // Twice in a hundred cases an estimate is further off than that.
        let distance = (estimate.executions - *executions as f64).abs();
        assert!(distance <= 3.0 * estimate.error + 1e-9, "{name}: {executions}, {estimate}");
        assert_eq!(estimate.walks, 500);
    }
}

#[test]
fn estimate_counts_the_graphs_that_an_exploration_runs() {
    for model in [Model::Rc11, Model::Sc] {
        let mut builder = Builder::new();
        (builder.model, builder.seed) = (model, 11);
        for name in ["synthetic/ainc N=4", "litmus/CoRR2", "own/ticket N=3"] {
            let report = programs::run(name, &builder).expect("a known program");
            let estimate = programs::estimate(name, &builder, 500).expect("a known program");
            let least = (report.executions + report.blocked) as f64;
            // Runs that turn out to be inconsistent are not in the report.
            assert!(
                estimate.graphs > 0.85 * least && estimate.graphs < 4.0 * least,
                "{name}: {report:?}, {estimate:?}"
            );
        }
    }
}

/// Programs with more than a few hundred executions, of different shapes.
const LARGER: &[&str] = &[
    "synthetic/ainc N=7",
    "synthetic/readers N=10",
    "synthetic/casrot N=7",
    "synthetic/lastzero N=8",
    "own/sb N=10",
    "own/sb_sc N=8",
    "own/seqlock2 N=2",
    "own/trb N=3",
    "own/mcs N=4",
    "own/msq22",
    "own/ticket N=6",
];

/// Those of them that have the fewest.
const SMALLER: &[&str] = &["synthetic/casrot N=7", "own/sb_sc N=8", "own/msq22"];

/// What an exploration that ends after `part` of all its executions says of their number, as a part of that.
fn said_after(name: &str, whole: &Report, part: f64) -> f64 {
    let mut builder = Builder::new();
    // The bound counts blocked ones too.
    builder.max_executions = Some(((whole.executions + whole.blocked) as f64 * part) as u64);
    let report = programs::run(name, &builder).expect("a known program");
    assert!(!report.verdict.holds(), "{name}: {report}");
    report.estimated_executions.expect("a bound ended it") / whole.executions as f64
}

#[test]
fn exploration_says_about_how_many_executions_there_are() {
    #[cfg(feature = "os-threads")]
    let slow = Builder::new().os_threads || cfg!(not(feature = "model"));
    #[cfg(not(feature = "os-threads"))]
    let slow = false;
    // What is estimated does not depend on what threads run on, and OS threads need a minute for a large program.
    for name in LARGER.iter().filter(|name| !slow || SMALLER.contains(name)) {
        let whole = programs::run(name, &Builder::new()).expect("a known program");
        assert_eq!(whole.estimated_executions, Some(whole.executions as f64), "{name}");
        let said = [0.1, 0.25, 0.5, 0.75].map(|part| said_after(name, &whole, part));
        println!("{name}: {}, after 1/10, 1/4, 1/2, 3/4 of them {said:.2?} of that", whole.executions);
        assert!(said.iter().all(|part| (0.125..3.0).contains(part)), "{name}: {said:?}");
        assert!(said[2..].iter().all(|part| *part > 0.5), "{name}: {said:?}");
    }
}

#[test]
fn workers_say_about_how_many_executions_there_are() {
    let mut builder = Builder::new();
    builder.workers = 2;
    let whole = programs::run("synthetic/ainc N=6", &builder).expect("a known program");
    assert_eq!(whole.estimated_executions, Some(720.0));
    builder.max_executions = Some(360);
    let report = programs::run("synthetic/ainc N=6", &builder).expect("a known program");
    // How the search is split is a matter of timing.
    let said = report.estimated_executions.expect("a bound ended it");
    assert!((360.0..2_200.0).contains(&said), "{said}");
}
