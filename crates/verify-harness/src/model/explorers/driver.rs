//! Running a test along random executions.

use std::time::Instant;

use super::super::builder::Builder;
use super::super::counterexample;
use super::super::execution::{End, Execution};
use super::super::fingerprint::Seen;
use super::super::progress::{self, Progress, Ticker};
use super::super::report::{Bound, Report, Verdict};
use super::super::resources::Demands;
use super::super::runtime::{Program, Runtime};
use super::super::unordered_frees::EarlierFrees;
use super::{Sampler, Sampling};

impl Builder {
    /// Runs `program` along random executions, modelling what `granted` says; an error says what has to be modelled besides.
    pub(in super::super) fn sample_with(
        &self,
        execution: Execution,
        granted: Demands,
        program: &Program,
        started: Instant,
    ) -> Result<Report, Demands> {
        self.sample_into(execution, granted, program, started, &mut Seen::default())
    }

    /// As [`sample_with`](Self::sample_with), and adds the complete executions to `seen`.
    pub(super) fn sample_into(
        &self,
        mut execution: Execution,
        granted: Demands,
        program: &Program,
        started: Instant,
        seen: &mut Seen,
    ) -> Result<Report, Demands> {
        execution.sampler = Sampler::new(self.explorer, self.seed).map(Box::new);
        let runtime = Runtime::new(execution, self.stacks(), granted);
        let samples = self.samples.min(self.max_executions.unwrap_or(u64::MAX));
        let mut report = Report::new();
        let mut progress = Ticker::new(self.progress != Progress::Off);
        let mut tried = 0;
        let mut earlier_frees = EarlierFrees::new(self, program, granted);
        while tried < samples {
            {
                let mut execution = runtime.execution.borrow_mut();
                execution.search.restart();
                if let Some(sampler) = &mut execution.sampler {
                    sampler.begin(tried);
                }
            }
            runtime.run(program);
            let demanded = runtime.resources.demanded.get();
            if demanded != Demands::default() {
                return Err(demanded);
            }
            let mut execution = runtime.execution.borrow_mut();
            let end = execution.end.take();
            if matches!(end, Some(End::Complete | End::Blocked))
                && let Some(found) = earlier_frees.failing(&execution)
            {
                report.verdict = Verdict::Fails(found.failure);
                tried += 1;
                break;
            }
            if matches!(end, Some(End::Again)) {
                continue;
            }
            tried += 1;
            report.max_depth = report.max_depth.max(execution.graph().order.len());
            match end {
                Some(End::Complete) => {
                    report.executions += 1;
                    seen.insert(execution.graph());
                }
                Some(End::Failed(kind, message)) => {
                    report.verdict = Verdict::Fails(counterexample::failure_of(&execution, kind, message));
                    break;
                }
                Some(End::Bound(bound)) => {
                    report.verdict = Verdict::Incomplete(bound);
                    break;
                }
                _ => report.blocked += 1,
            }
            if let Some(mut sampler) = execution.sampler.take() {
                sampler.end(&execution);
                execution.sampler = Some(sampler);
            }
            if let Some(limit) = self.max_duration.filter(|limit| started.elapsed() > *limit) {
                report.verdict = Verdict::Incomplete(Bound::Time(limit));
                break;
            }
            if progress.is_due(|| started.elapsed()) {
                eprintln!("{}", progress::sampling_line(tried, samples, seen.len(), started.elapsed()));
            }
        }
        let distinct = seen.len();
        if report.verdict.holds() {
            report.verdict = Verdict::Incomplete(Bound::Sampled { tried, distinct });
        }
        report.sampling = Some(Sampling { explorer: self.explorer, seed: self.seed, tried, distinct });
        report.elapsed = started.elapsed();
        Ok(report)
    }
}
