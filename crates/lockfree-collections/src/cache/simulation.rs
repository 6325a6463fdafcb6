//! What a cache would hit, without a cache.

use core::fmt;

use super::advisor::Advisor;
use super::model::Model;

/// Tells what part of some requests a [`ConcurrentCache`](super) of a given capacity hits, without values and for one thread.
///
/// It runs the cache's own policy: to find out which capacity is worth its memory, feed it the keys that were asked for. A cache that
/// many threads use, and that is made of several shards, decides the same way up to chance.
///
/// Each request takes constant time on average; memory is about 100 bytes for each key that fits.
///
/// # Examples
///
/// ```
/// use lockfree_collections::cache::Simulation;
///
/// // A loop that is longer than the cache: keeping what was used last would hit nothing.
/// let mut cache = Simulation::new(100);
/// let hits = (0..100_000_u64).filter(|number| cache.request(number % 150)).count();
/// assert!(hits > 50_000, "{hits}");
/// ```
pub struct Simulation {
    capacity: u64,
    model: Model,
    advisor: Option<Advisor>,
    full: bool,
}

impl Simulation {
    /// A cache without entries, for so many.
    ///
    /// ```
    /// # use lockfree_collections::cache::Simulation;
    /// let mut cache = Simulation::new(1);
    /// assert!(!cache.request(7));
    /// assert!(cache.request(7));
    /// ```
    #[must_use]
    pub fn new(capacity: u64) -> Self {
        Self { capacity, model: Model::new(capacity), advisor: None, full: false }
    }

    /// Asks for a key, and puts it in if it is not there. Tells whether it was.
    ///
    /// ```
    /// # use lockfree_collections::cache::Simulation;
    /// let mut cache = Simulation::new(0);
    /// assert!(!cache.request(7) && !cache.request(7));
    /// ```
    pub fn request(&mut self, key: u64) -> bool {
        self.request_weighted(key, 1)
    }

    /// Asks for a key that takes `weight` of the capacity.
    ///
    /// ```
    /// # use lockfree_collections::cache::Simulation;
    /// let mut cache = Simulation::new(10);
    /// cache.request_weighted(1, 4);
    /// cache.request_weighted(2, 4);
    /// assert!(cache.request_weighted(1, 4) && cache.request_weighted(2, 4));
    /// assert!(!cache.request_weighted(3, 4), "one of the others had to go");
    /// assert!(!cache.request_weighted(4, 11) && !cache.request_weighted(4, 11), "never fits");
    /// ```
    pub fn request_weighted(&mut self, key: u64, weight: u32) -> bool {
        let (hash, weight) = (super::mix(key), u64::from(weight));
        if !self.full && self.model.is_full(weight) {
            self.full = true;
            self.advisor = Advisor::new(self.capacity, self.model.len());
        }
        if let Some(advisor) = &mut self.advisor {
            if hash & advisor.mask() == 0 && advisor.note(hash, weight) {
                let (profile, epoch) = advisor.advice();
                self.model.advise(profile, epoch);
                if advisor.is_outgrown(self.model.len()) {
                    self.advisor = Advisor::new(self.capacity, self.model.len());
                }
            }
        }
        self.model.request(hash, weight)
    }

    /// How many keys are in.
    ///
    /// ```
    /// # use lockfree_collections::cache::Simulation;
    /// let mut cache = Simulation::new(3);
    /// (0..10).for_each(|key| _ = cache.request(key));
    /// assert_eq!(cache.len(), 3);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.model.len()
    }

    /// Whether no key is in.
    ///
    /// ```
    /// # use lockfree_collections::cache::Simulation;
    /// assert!(Simulation::new(3).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulation").field("capacity", &self.capacity).field("len", &self.len()).finish_non_exhaustive()
    }
}
