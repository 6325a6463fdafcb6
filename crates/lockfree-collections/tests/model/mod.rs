//! What the model tests of all collections share.

#![allow(dead_code, reason = "each model test uses its part")]

pub mod late;
pub mod places;
pub mod scenario;
pub mod shared;

use std::cell::Cell;
use std::process::{self, Command};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::{env, panic};

use lockfree_collections::{stall, weaken};
use loom::alloc::Track;
use scenario::{Scenario, Setting, Story};
use verify_harness::evidence::{Check, Counter, Tier, Unit, model_checker};

/// Whether the checker can leave out executions with many preemptions; else it explores them too.
pub fn bounds_preemptions() -> bool {
    model_checker().starts_with("loom")
}

/// What loom says of a data race.
pub const RACE: &str = "Causality violation";

/// Whether `message` gives the reason `because`, or one of several between bars; a data race has another name in each checker.
fn says(message: &str, because: &str) -> bool {
    because.split('|').any(|reason| message.contains(reason)) || because == RACE && message.contains("data race")
}

thread_local! {
    /// How long a model of a survey may run; checks have no such limit.
    static SURVEY: Cell<Option<Duration>> = const { Cell::new(None) };
}

/// A value that the checker reports if it is leaked, and that notices being dropped twice.
#[derive(Debug)]
pub struct Value {
    number: u64,
    _leak: Track<()>,
    drops: std::sync::Arc<std::sync::atomic::AtomicU64>,
}

/// Makes values and counts how many of them are gone.
#[derive(Clone, Debug, Default)]
pub struct Values(std::sync::Arc<std::sync::atomic::AtomicU64>);

impl Values {
    pub fn make(&self, number: u64) -> Value {
        Value { number, _leak: Track::new(()), drops: Arc::clone(&self.0) }
    }

    pub fn dropped(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Value {
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::Relaxed);
    }
}

/// Explores every execution of `body`, within at most `preemptions` preemptions if that is given.
pub fn explore(counter: &Counter, preemptions: Option<usize>, body: impl Fn() + Send + Sync + 'static) {
    let counter = counter.clone();
    let mut builder = loom::model::Builder::new();
    if bounds_preemptions() {
        weaken::sequence();
        builder.preemption_bound = preemptions.or(builder.preemption_bound);
    }
    builder.max_branches = 20_000;
    builder.max_duration = SURVEY.get();
    builder.checkpoint_interval = 500;
    builder.check(move || {
        counter.add(1);
        // Of an execution that was not completed.
        stall::end();
        body();
    });
}

/// Preemptions in the quick tier, for a checker that can bound them.
const QUICK_PREEMPTIONS: usize = 2;

/// Runs one sound model as a check, in the quick tier within at most `QUICK_PREEMPTIONS`.
pub fn holds(
    structure: &str,
    property: &str,
    bound: &str,
    preemptions: Option<usize>,
    body: impl Fn() + Send + Sync + 'static,
) {
    let preemptions = match Tier::from_environment() {
        Tier::Quick => Some(preemptions.map_or(QUICK_PREEMPTIONS, |most| most.min(QUICK_PREEMPTIONS))),
        _ => preemptions,
    };
    let bound = match preemptions {
        Some(limit) if bounds_preemptions() => format!("{bound}, preemption bound {limit}"),
        _ => bound.to_owned(),
    };
    let check = Check::start(structure, property, &model_checker(), Unit::Executions).bound(&bound);
    explore(&check.counter(), preemptions, body);
    check.holds();
}

/// How a weakened twin fared.
#[derive(Clone, Debug)]
pub enum Fate {
    /// The checker objected after so many executions, with this message.
    Refuted(u64, String),
    /// The checker went through so many executions without an objection, and the site was reached so often.
    Survived(u64, u64),
}

/// Set for the process that runs one twin: tags and orderings, model, and a limit in seconds.
const TWIN: &str = "SELVEDGE_TWIN";

/// Runs a twin in which all these sites are weaker on the model named `model` in a process of its own, since what the checker says by panicking often cannot be
/// unwound: the broken structure is dropped on the way and panics again.
fn fate(twins: &[Twin], model: &str, limit: Option<Duration>) -> Fate {
    let limit = limit.map_or(String::new(), |limit| limit.as_secs().to_string());
    let sites: Vec<_> = twins.iter().map(|twin| format!("{}:{:?}", twin.tag, twin.ordering)).collect();
    let output = Command::new(env::current_exe().expect("this test has a path"))
        .args(["weakened_twin", "--exact", "--nocapture", "--test-threads=1"])
        .env(TWIN, format!("{} {model} {limit}", sites.join("+")))
        .env_remove(verify_harness::evidence::EVIDENCE_FILE)
        .output()
        .expect("this test can run again");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for line in text.lines() {
        if let Some(rest) = line.split_once("twin refuted after ").map(|(_, rest)| rest) {
            let (executions, message) = rest.split_once(": ").expect("a message");
            return Fate::Refuted(executions.parse().expect("a number"), message.to_owned());
        }
        if let Some(rest) = line.split_once("twin survived ").map(|(_, rest)| rest) {
            let (executions, hits) = rest.split_once(' ').expect("two numbers");
            return Fate::Survived(executions.parse().expect("a number"), hits.parse().expect("a number"));
        }
    }
    panic!("{twins:?} on {model} ended without a word: {:?}\n{text}", output.status);
}

/// The body of the test `weakened_twin`: runs the twin that the environment names, if it names one, on a script or a story.
pub fn weakened_twin<C: Subject>(models: &[Model], stories: &[Story]) {
    let scripts = models.iter().map(|model| model.scenario::<C>());
    run_twin(scripts.chain(stories.iter().map(|story| story.scenario())).collect());
}

/// A site and its ordering, as `fate` writes them.
fn weaker(site: &str) -> weaken::Weaker {
    let (tag, name) = site.split_once(':').expect("a tag and an ordering");
    let orderings = [Ordering::Relaxed, Ordering::Acquire, Ordering::Release, Ordering::AcqRel];
    let ordering = orderings.into_iter().find(|ordering| format!("{ordering:?}") == name).expect("a weaker ordering");
    (tag.to_owned().leak(), ordering)
}

/// Runs the twin that the environment names, if it names one, on the scenario that it names.
fn run_twin(scenarios: Vec<Scenario>) {
    let Ok(wanted) = env::var(TWIN) else { return };
    let words: Vec<_> = wanted.split(' ').collect();
    let sites = words[0].split('+').map(weaker).collect::<Vec<_>>().leak();
    let scenario = scenarios.into_iter().find(|scenario| scenario.name == words[1]).expect("the model exists");
    SURVEY.set(words[2].parse().ok().map(Duration::from_secs));
    let counter = Counter::default();
    let count = counter.clone();
    panic::set_hook(Box::new(move |info| {
        let payload = info.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("panic without a message");
        let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        println!("twin refuted after {}: {line}", count.get());
        process::exit(0);
    }));
    let _setting = scenario.setting.enter();
    let armed = weaken::sites(sites);
    explore(&counter, scenario.preemptions, scenario.body);
    println!("twin survived {} {}", counter.get(), armed.hits());
    process::exit(0);
}

/// What one thread did, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Did {
    Push(u64),
    Pop(Option<u64>),
    PopAll(Vec<u64>),
}

/// A sequential structure to compare with.
pub trait Sequential: Clone + Default {
    fn push(&mut self, value: u64);
    fn pop(&mut self) -> Option<u64>;
}

impl Sequential for std::collections::VecDeque<u64> {
    fn push(&mut self, value: u64) {
        self.push_back(value);
    }
    fn pop(&mut self) -> Option<u64> {
        self.pop_front()
    }
}

impl Sequential for Vec<u64> {
    fn push(&mut self, value: u64) {
        Vec::push(self, value);
    }
    fn pop(&mut self) -> Option<u64> {
        Vec::pop(self)
    }
}

/// Tells whether some order of all operations that keeps each thread's order, between `before` and `after`, is one that `S`
/// answers as recorded.
pub fn explains<S: Sequential>(before: &[Did], threads: &[Vec<Did>], after: &[Did]) -> bool {
    fn apply<S: Sequential>(state: &mut S, did: &Did) -> bool {
        match did {
            Did::Push(value) => {
                state.push(*value);
                true
            }
            Did::Pop(found) => state.pop() == *found,
            Did::PopAll(found) => std::iter::from_fn(|| state.pop()).eq(found.iter().copied()),
        }
    }

    fn search<S: Sequential>(state: &S, threads: &[Vec<Did>], done: &mut Vec<usize>, after: &[Did]) -> bool {
        let mut finished = true;
        for thread in 0..threads.len() {
            let Some(did) = threads[thread].get(done[thread]) else { continue };
            finished = false;
            let mut state = state.clone();
            if apply(&mut state, did) {
                done[thread] += 1;
                if search(&state, threads, done, after) {
                    return true;
                }
                done[thread] -= 1;
            }
        }
        let mut state = state.clone();
        finished && after.iter().all(|did| apply(&mut state, did))
    }

    let mut state = S::default();
    before.iter().all(|did| apply(&mut state, did)) && search(&state, threads, &mut vec![0; threads.len()], after)
}

/// One operation of a script.
#[derive(Clone, Copy, Debug)]
pub enum Do {
    Push(u64),
    Pop,
    /// Take everything at once, where the structure can.
    PopAll,
}

/// A structure under test, and the sequential one that tells what is right.
pub trait Subject: Send + Sync + 'static {
    type Sequential: Sequential;
    const NAME: &'static str;

    fn new() -> Self;
    fn push(&self, value: Value);
    fn pop(&self) -> Option<Value>;
    fn pop_all(&self) -> Vec<Value> {
        panic!("{} cannot take everything at once", Self::NAME);
    }
}

/// Threads that run scripts at once.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    pub name: &'static str,
    /// What one thread does beforehand.
    pub before: &'static [Do],
    pub threads: &'static [&'static [Do]],
    /// Whether all threads share one list of hazard slots, which is empty at first.
    pub crowded: bool,
    /// Limits the preemptions, for a checker that can.
    pub preemptions: Option<usize>,
    /// Whether to run it in the quick tier.
    pub quick: bool,
    /// The tier in which a checker explores it that knows no bound on preemptions, and so explores all of it.
    pub whole: Tier,
}

impl Model {
    /// Without limits, in all tiers; to be given a name and threads.
    pub const PLAIN: Self = Self {
        name: "",
        before: &[],
        threads: &[],
        crowded: false,
        preemptions: None,
        quick: true,
        whole: Tier::Quick,
    };

    /// Runs the model as a check that must hold.
    pub fn check<C: Subject>(self) {
        if !self.quick && Tier::from_environment() == Tier::Quick {
            println!("{} {}: skipped in the quick tier", C::NAME, self.name);
            return;
        }
        if !bounds_preemptions() && Tier::from_environment() < self.whole {
            println!("{} {}: without a bound on preemptions, skipped below {:?}", C::NAME, self.name, self.whole);
            return;
        }
        let property = format!("linearizable, no leak, no use after free: {}", self.name.replace('_', " "));
        let bound = format!("{:?} then {:?}", self.before, self.threads);
        let _crowd = self.crowded.then(weaken::crowd);
        holds(C::NAME, &property, &bound, self.preemptions, self.body::<C>());
    }

    fn scenario<C: Subject>(self) -> Scenario {
        Scenario {
            name: self.name,
            setting: if self.crowded { Setting::Crowded } else { Setting::Plain },
            preemptions: self.preemptions,
            body: Box::new(self.body::<C>()),
        }
    }

    /// Runs the scripts (the last one in the calling thread), drains what is left, and compares.
    pub fn body<C: Subject>(self) -> impl Fn() + Send + Sync + 'static {
        move || {
            let values = Values::default();
            let subject = loom::sync::Arc::new(C::new());
            let before = run(&*subject, &values, self.before);
            let (own, others) = self.threads.split_last().expect("there are threads");
            let others: Vec<_> = others
                .iter()
                .map(|script| {
                    let (subject, values) = (loom::sync::Arc::clone(&subject), values.clone());
                    loom::thread::spawn(move || run(&*subject, &values, script))
                })
                .collect();
            let own = run(&*subject, &values, own);
            let mut done: Vec<_> = others.into_iter().map(|thread| thread.join().unwrap()).collect();
            done.push(own);
            let mut after = Vec::new();
            loop {
                let found = subject.pop().map(|value| value.number());
                after.push(Did::Pop(found));
                if found.is_none() {
                    break;
                }
            }
            let all = before.iter().chain(done.iter().flatten());
            let pushed = all.filter(|did| matches!(did, Did::Push(_))).count() as u64;
            drop(subject);
            assert_eq!(values.dropped(), pushed, "every value is dropped once");
            assert!(
                explains::<C::Sequential>(&before, &done, &after),
                "not linearizable: {before:?} then {done:?} then {after:?}"
            );
        }
    }
}

/// One test for each of the scripts in `MODELS`, about a subject.
#[allow(unused_macros, reason = "some structures have stories only")]
macro_rules! models {
    ($subject:ty: $($name:ident)*) => {$(
        #[test]
        fn $name() {
            MODELS.iter().find(|model| model.name == stringify!($name)).expect("the model exists").check::<$subject>();
        }
    )*};
}
#[allow(unused_imports, reason = "some structures have stories only")]
pub(crate) use models;

/// Runs a script.
pub fn run<C: Subject>(subject: &C, values: &Values, script: &[Do]) -> Vec<Did> {
    script
        .iter()
        .map(|step| match *step {
            Do::Push(number) => {
                subject.push(values.make(number));
                Did::Push(number)
            }
            Do::Pop => Did::Pop(subject.pop().map(|value| value.number())),
            Do::PopAll => Did::PopAll(subject.pop_all().iter().map(Value::number).collect()),
        })
        .collect()
}

/// A site whose ordering was weakened one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twin {
    pub tag: &'static str,
    pub ordering: Ordering,
}

pub const fn twin(tag: &'static str, ordering: Ordering) -> Twin {
    Twin { tag, ordering }
}

/// A twin, the model that refutes it, and a part of what the checker says.
#[derive(Clone, Copy, Debug)]
pub struct Refuted {
    pub twin: Twin,
    pub model: &'static str,
    pub because: &'static str,
}

pub const fn refuted(tag: &'static str, ordering: Ordering, model: &'static str, because: &'static str) -> Refuted {
    Refuted { twin: twin(tag, ordering), model, because }
}

/// Sites of which any one may be weaker in this model, since the others make up for it; but not all of them.
#[derive(Clone, Copy, Debug)]
pub struct Together {
    pub twins: &'static [Twin],
    pub model: &'static str,
    pub because: &'static str,
}

pub const fn together(twins: &'static [Twin], model: &'static str, because: &'static str) -> Together {
    Together { twins, model, because }
}

/// Demands that each twin is refuted, by its model and for its reason.
fn check_refuted_of(structure: &str, refuted: &[Refuted]) {
    for Refuted { twin, model, because } in refuted {
        let property = format!("{} weakened to {:?} is refuted", twin.tag, twin.ordering);
        let check = Check::start(structure, &property, &model_checker(), Unit::Executions).bound(model);
        match fate(&[*twin], model, None) {
            Fate::Refuted(executions, message) if says(&message, because) => {
                check.counter().add(executions);
                check.holds();
            }
            other => {
                check.fails(&format!("{other:?}"));
                panic!("{twin:?} on {model} was to be refuted because of {because:?}, but: {other:?}");
            }
        }
    }
}

/// Demands that each site alone is missed by the model, and that all at once are refuted, for their reason.
pub fn refute_together(structure: &str, together: &[Together]) {
    for Together { twins, model, because } in together {
        let sites: Vec<_> = twins.iter().map(|twin| format!("{} to {:?}", twin.tag, twin.ordering)).collect();
        let property =
            format!("any of these weakened makes no difference, all of them are refuted: {}", sites.join(", "));
        let check = Check::start(structure, &property, &model_checker(), Unit::Executions).bound(model);
        let alone = twins.iter().map(|twin| (*twin, fate(&[*twin], model, None)));
        let alone: Vec<_> = alone.filter(|(_, fate)| !matches!(fate, Fate::Survived(_, hits) if *hits > 0)).collect();
        match fate(twins, model, None) {
            Fate::Refuted(executions, message) if says(&message, because) && alone.is_empty() => {
                check.counter().add(executions);
                check.holds();
            }
            other => {
                check.fails(&format!("{other:?}"));
                panic!(
                    "{twins:?} on {model} were to be refuted because of {because:?}: {other:?}; and alone: {alone:?}"
                );
            }
        }
    }
}

/// Demands that each twin is either refuted, if only together with others, or in the list of those that are not.
pub fn account_for(twins: &[Twin], refuted: &[Refuted], together: &[Together], unrefuted: &[(Twin, &str)]) {
    for twin in twins {
        let refuted = refuted.iter().filter(|entry| entry.twin == *twin).count();
        let together = usize::from(together.iter().any(|entry| entry.twins.contains(twin)));
        let unrefuted = unrefuted.iter().filter(|(entry, _)| entry == twin).count();
        // A site that is refuted by itself may be one of several that make up for one another elsewhere.
        assert_eq!(refuted.max(together) + unrefuted, 1, "{twin:?}");
    }
    for (twin, reason) in unrefuted {
        println!("{} weakened to {:?} is not refuted: {reason}", twin.tag, twin.ordering);
    }
}

/// In the full tier, tries every twin on every model for a few seconds, and prints what refutes it: this is how the tables of
/// refuted twins are made.
pub fn survey<C: Subject>(models: &[Model], stories: &[Story], twins: &[Twin]) {
    let scripts = models.iter().map(|model| model.name);
    survey_of(&scripts.chain(stories.iter().map(|story| story.name)).collect::<Vec<_>>(), twins);
}

fn survey_of(models: &[&str], twins: &[Twin]) {
    if Tier::from_environment() < Tier::Full {
        return;
    }
    for twin in twins {
        let mut sum = 0;
        let mut reached = 0;
        let mut refuted = None;
        for model in models {
            match fate(&[*twin], model, Some(Duration::from_secs(4))) {
                // Only some checkers call it a pass when the time is over.
                Fate::Refuted(executions, message) if message.starts_with("exploration incomplete") => {
                    sum += executions;
                }
                Fate::Refuted(executions, message) => {
                    refuted = Some((*model, executions, message));
                    break;
                }
                Fate::Survived(executions, hits) => {
                    sum += executions;
                    reached += hits;
                }
            }
        }
        println!(
            "survey: {} {:?} | {refuted:?} | survived {sum} executions, {reached} accesses",
            twin.tag, twin.ordering
        );
    }
}
