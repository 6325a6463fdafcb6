//! How often caches hit, of the same requests: made up ones, or a trace from a file.
//!
//! ```sh
//! cargo run --release --locked -p benches --example hit_ratio -- [--seed N]
//! cargo run --release --locked -p benches --example hit_ratio -- --arc OLTP.lis --capacity 1000 --capacity 2000
//! cargo run --release --locked -p benches --example hit_ratio -- --keys keys.txt --capacity 1000
//! ```
//!
//! Without a file it ends with an error if the mean of ours is below that of quick_cache, or ours is more than two points below LRU
//! anywhere. All run on one thread, with an entry for each key. OPT knows the future; S3-FIFO is as in its paper.

mod caches;
mod traces;

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;

use benches::trace::{self, Format};
use caches::CONTENDERS;
use clap::Parser;
use traces::Trace;

/// How often caches hit, of the same requests
#[derive(Parser)]
struct Options {
    /// Of the requests that are made up
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// A trace of lines `first count ignored number`
    #[arg(long, value_name = "FILE", requires = "capacity")]
    arc: Option<PathBuf>,
    /// A trace with a key on each line
    #[arg(long, value_name = "FILE", requires = "capacity", conflicts_with = "arc")]
    keys: Option<PathBuf>,
    /// Entries that fit, for a trace from a file
    #[arg(long, value_name = "ENTRIES")]
    capacity: Vec<usize>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let file = options.arc.map(|file| (Format::Arc, file)).or(options.keys.map(|file| (Format::Plain, file)));
    let Some((format, file)) = file else {
        return table(&traces::generate(options.seed));
    };
    let name = file.display().to_string();
    let keys = match File::open(&file) {
        Err(error) => Err(format!("{name}: {error}")),
        Ok(file) => trace::read(format, &name, BufReader::new(file)).map_err(|error| error.to_string()),
    };
    match keys {
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
        Ok(keys) => {
            let trace = |capacity| Trace { name: name.clone(), capacity, keys: keys.clone() };
            table(&options.capacity.into_iter().map(trace).collect::<Vec<_>>());
            ExitCode::SUCCESS
        }
    }
}

/// Prints the hits in percent, and demands of ours what is promised.
fn table(traces: &[Trace]) -> ExitCode {
    const NAMES: [&str; CONTENDERS.len()] = {
        let mut names = [""; CONTENDERS.len()];
        let mut index = 0;
        while index < names.len() {
            names[index] = CONTENDERS[index].0;
            index += 1;
        }
        names
    };
    print!("{:<24}{:>9}", "requests", "capacity");
    NAMES.iter().for_each(|name| print!("{name:>9}"));
    println!();
    let mut means = [0.0; CONTENDERS.len()];
    let mut worst = [f64::INFINITY; CONTENDERS.len()];
    let column = |name: &str| NAMES.iter().position(|other| *other == name).expect("a contender");
    for trace in traces {
        let hits =
            CONTENDERS.map(|(_, run)| 100.0 * run(&trace.keys, trace.capacity) as f64 / trace.keys.len().max(1) as f64);
        print!("{:<24}{:>9}", trace.name, trace.capacity);
        for (index, hits) in hits.iter().enumerate() {
            print!("{hits:>9.2}");
            means[index] += hits / traces.len() as f64;
        }
        println!();
        for (index, worst) in worst.iter_mut().enumerate() {
            *worst = worst.min(hits[index] - hits[column("LRU")]);
        }
    }
    for (name, row) in [("mean", means), ("least above LRU", worst)] {
        print!("{name:<33}");
        row.iter().for_each(|number| print!("{number:>9.2}"));
        println!();
    }
    let (ours, quick) = (column("ours"), column("quick"));
    let holds = means[ours] >= means[quick] && worst[ours] >= -2.0;
    println!("mean at least quick_cache's, nowhere two points below LRU: {}", if holds { "yes" } else { "no" });
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
