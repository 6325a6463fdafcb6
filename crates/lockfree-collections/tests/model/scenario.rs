//! Models that are functions: for structures with more operations than pushing and popping.

use lockfree_collections::weaken;
use verify_harness::evidence::Tier;

use super::{Refuted, Twin, bounds_preemptions, check_refuted_of, holds, run_twin, survey_of};

/// How threads come by their hazard slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// There is a slot for each thread, claimed for each operation.
    Plain,
    /// All threads share one list of slots, which is empty at first.
    Crowded,
    /// Threads keep their slots from operation to operation.
    Cached,
    /// Both: slots that threads give back are what others want.
    CrowdedAndCached,
    /// Threads keep what they have unlinked, where the structure can.
    Patient,
}

/// Keeps a setting.
#[allow(dead_code, reason = "kept, not used")]
pub enum Entered {
    Plain,
    Crowded(weaken::Crowd),
    Cached(weaken::Cached),
    CrowdedAndCached(weaken::Crowd, weaken::Cached),
    Patient(weaken::Patient),
}

impl Setting {
    #[must_use]
    pub fn enter(self) -> Entered {
        match self {
            Self::Plain => Entered::Plain,
            Self::Crowded => Entered::Crowded(weaken::crowd()),
            Self::Cached => Entered::Cached(weaken::cached()),
            Self::CrowdedAndCached => Entered::CrowdedAndCached(weaken::crowd(), weaken::cached()),
            Self::Patient => Entered::Patient(weaken::patient()),
        }
    }
}

/// What a twin runs on.
pub struct Scenario {
    pub name: &'static str,
    pub setting: Setting,
    pub preemptions: Option<usize>,
    pub body: Box<dyn Fn() + Send + Sync>,
}

/// A model that is a function.
#[derive(Clone, Copy, Debug)]
pub struct Story {
    pub name: &'static str,
    /// What it shows, and for which threads: the bound.
    pub bound: &'static str,
    pub setting: Setting,
    /// Limits the preemptions, for a checker that can.
    pub preemptions: Option<usize>,
    /// The tier in which it is explored.
    pub tier: Tier,
    /// The tier in which a checker explores it that knows no bound on preemptions, and so explores all of it.
    pub whole: Tier,
    /// Whether a checker that bounds preemptions explores it.
    pub bounded: bool,
    pub body: fn(),
}

impl Story {
    pub const fn new(name: &'static str, bound: &'static str, body: fn()) -> Self {
        let (setting, preemptions, tier) = (Setting::Plain, None, Tier::Quick);
        Self { name, bound, setting, preemptions, tier, whole: tier, bounded: true, body }
    }

    pub const fn setting(mut self, setting: Setting) -> Self {
        self.setting = setting;
        self
    }

    pub const fn preemptions(mut self, most: usize) -> Self {
        self.preemptions = Some(most);
        self
    }

    /// Explores it in this tier and those above only.
    pub const fn from(mut self, tier: Tier) -> Self {
        self.tier = tier;
        self
    }

    /// Explores all of it in this tier and those above only.
    pub const fn whole(mut self, tier: Tier) -> Self {
        self.whole = tier;
        self
    }

    /// Leaves it to a checker that explores everything: what waits in loops for others, and what needs an access to be sequentially
    /// consistent, which loom takes for acquire and release, and what the other one has explored otherwise.
    pub const fn unbounded(mut self) -> Self {
        self.bounded = false;
        self
    }

    pub(super) fn scenario(self) -> Scenario {
        Scenario { name: self.name, setting: self.setting, preemptions: self.preemptions, body: Box::new(self.body) }
    }
}

/// One test for each of the stories in `STORIES`, about the structure `NAME`. Stories share bodies, so the tests have a module of
/// their own; a story without a test fails one.
#[allow(unused_macros, reason = "models of scripts have no stories")]
macro_rules! stories {
    ($($name:ident)*) => {
        mod story {
            $(#[test]
            fn $name() {
                crate::model::scenario::tell(super::NAME, super::STORIES, stringify!($name));
            })*
        }

        #[test]
        fn every_story_is_told() {
            let told = [$(stringify!($name)),*];
            assert!(STORIES.iter().all(|story| told.contains(&story.name)));
        }
    };
}

#[allow(unused_imports, reason = "models of scripts have no stories")]
pub(crate) use stories;

/// Runs the story of that name as a check that must hold.
pub fn tell(structure: &str, stories: &[Story], name: &str) {
    let story = stories.iter().find(|story| story.name == name).expect("the story exists");
    let least = if bounds_preemptions() { story.tier } else { story.tier.max(story.whole) };
    if Tier::from_environment() < least {
        println!("{structure} {name}: skipped below {least:?}");
        return;
    }
    if bounds_preemptions() && !story.bounded {
        println!("{structure} {name}: left to a checker that explores everything");
        return;
    }
    let property = format!("as one after the other, no leak, no use after free: {}", name.replace('_', " "));
    let _setting = story.setting.enter();
    holds(structure, &property, story.bound, story.preemptions, story.body);
}

/// Demands that each twin is refuted, by its story and for its reason.
pub fn refute(structure: &str, refuted: &[Refuted]) {
    check_refuted_of(structure, refuted);
}

/// In the full tier, tries every twin on every story.
pub fn survey(stories: &[Story], twins: &[Twin]) {
    survey_of(&stories.iter().map(|story| story.name).collect::<Vec<_>>(), twins);
}

/// The body of the test `weakened_twin`.
pub fn twin(stories: &[Story]) {
    run_twin(stories.iter().map(|story| story.scenario()).collect());
}

/// The tests of a table of twins: each is refuted on some story, by the checkers that can, or is listed with the reason why it is not.
/// For a structure that is told by its name there are stories; for one that is told by its type, scripts and stories.
#[allow(unused_macros, reason = "some models have no twins")]
macro_rules! weakened_sites {
    ($subject:ty: $models:expr, $stories:expr, $twins:expr, $tables:tt) => {
        $crate::model::scenario::weakened_sites! {
            @tests
            <$subject as $crate::model::Subject>::NAME,
            $twins,
            { $crate::model::survey::<$subject>($models, $stories, $twins) },
            { $crate::model::weakened_twin::<$subject>($models, $stories) },
            $tables
        }
    };

    ($name:expr, $stories:expr, $twins:expr, $tables:tt) => {
        $crate::model::scenario::weakened_sites! {
            @tests
            $name,
            $twins,
            { $crate::model::scenario::survey($stories, $twins) },
            { $crate::model::scenario::twin($stories) },
            $tables
        }
    };

    (@tests $name:expr, $twins:expr, $survey:block, $twin:block, {
        refuted: $refuted:expr,
        $(refuted_by_all_executions: $by_all:expr,)?
        $(refuted_by_few_preemptions: $by_few:expr,)?
        $(refuted_together: $together:expr,)?
        unrefuted: $unrefuted:expr,
    }) => {
        #[test]
        fn weakened_sites_are_refuted() {
            $crate::model::scenario::refute($name, $refuted);
        }

        $(#[test]
        fn weakened_sites_that_loom_misses_are_refuted() {
            if $crate::model::bounds_preemptions() {
                println!("skipped: refuted by a checker that explores everything");
            } else {
                $crate::model::scenario::refute($name, $by_all);
            }
        })?

        $(#[test]
        fn weakened_sites_of_rare_steps_are_refuted() {
            if $crate::model::bounds_preemptions() {
                $crate::model::scenario::refute($name, $by_few);
            } else {
                println!("skipped: refuted by a checker that bounds preemptions");
            }
        })?

        $(#[test]
        fn weakened_sites_that_make_up_for_one_another_are_refuted_together() {
            if $crate::model::bounds_preemptions() {
                println!("skipped: refuted by a checker that explores everything");
            } else {
                $crate::model::refute_together($name, $together);
            }
        })?

        #[test]
        fn weakened_sites_are_accounted_for() {
            let refuted = [$refuted $(, $by_all)? $(, $by_few)?].concat();
            let together: &[$crate::model::Together] = [$($together,)? &[]][0];
            $crate::model::account_for($twins, &refuted, together, $unrefuted);
        }

        #[test]
        fn weakened_sites_survey() $survey

        /// Started by the tests above that refute.
        #[test]
        fn weakened_twin() $twin
    };
}
#[allow(unused_imports, reason = "some models have no twins")]
pub(crate) use weakened_sites;
