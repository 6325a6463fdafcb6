//! Progress: bars on a terminal, plain lines elsewhere.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

pub struct Progress {
    bar: ProgressBar,
    plain: bool,
    started: Instant,
}

impl Progress {
    /// Progress over `jobs` jobs, on standard error.
    pub fn new(jobs: usize) -> Self {
        let plain = !std::io::stderr().is_terminal();
        let target = if plain { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(jobs as u64), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, plain, started: Instant::now() }
    }

    pub fn begin(&self, name: &str) {
        self.bar.set_message(name.to_owned());
        self.line(&format!("checking {name}"));
    }

    /// A line about the job in hand.
    pub fn note(&self, text: &str) {
        if self.plain {
            eprintln!("    {text}");
        } else {
            self.bar.println(text);
        }
    }

    pub fn end(&self, name: &str, good: bool) {
        self.bar.inc(1);
        self.line(&format!("{} {name}", if good { "done    " } else { "FAILED  " }));
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, text: &str) {
        if self.plain {
            eprintln!("[{:6.1} s] {text}", self.started.elapsed().as_secs_f64());
        }
    }
}
