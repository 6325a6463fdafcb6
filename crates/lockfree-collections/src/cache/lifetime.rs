//! How long entries live.

use core::fmt;
use core::time::Duration;

use super::clock::Clock;
use super::entry::{Entry, Extra, NEVER};
use super::memory::Memory;
use crate::primitive::Arc;

/// How long each entry lives, by key and value. See [`Builder::expire_after`](super::Builder::expire_after).
///
/// Each method returns how long the entry is to live from now on; `None` means for ever. They run without any lock.
///
/// ```
/// use std::time::Duration;
/// use lockfree_collections::cache::{ConcurrentCache, Expiry, ManualClock};
///
/// struct AsLongAsItSays;
///
/// impl Expiry<&str, u64> for AsLongAsItSays {
///     fn expire_after_create(&self, _: &&str, seconds: &u64) -> Option<Duration> {
///         Some(Duration::from_secs(*seconds))
///     }
/// }
///
/// let clock = ManualClock::new();
/// let cache = ConcurrentCache::builder().max_capacity(10).clock(clock.clone()).expire_after(AsLongAsItSays).build();
/// cache.insert("short", 1);
/// cache.insert("long", 9);
/// clock.advance(Duration::from_secs(5));
/// assert_eq!((cache.get("short"), cache.get("long")), (None, Some(9)));
/// ```
pub trait Expiry<K, V>: Send + Sync {
    /// The entry is new. By default it lives for ever, or as long as the cache says for all.
    fn expire_after_create(&self, key: &K, value: &V) -> Option<Duration> {
        _ = (key, value);
        None
    }

    /// The entry was read, and would live for `left`. By default it does.
    fn expire_after_read(&self, key: &K, value: &V, left: Option<Duration>) -> Option<Duration> {
        _ = (key, value);
        left
    }

    /// The entry has a new value, and would have lived for `left` with the old one. By default it is as a new one.
    fn expire_after_update(&self, key: &K, value: &V, left: Option<Duration>) -> Option<Duration> {
        _ = left;
        self.expire_after_create(key, value)
    }
}

/// The lifetimes of the entries of one cache. Times are ticks, which are milliseconds.
pub(super) struct Lifetimes<K, V> {
    clock: Arc<dyn Clock>,
    to_live: Option<usize>,
    to_idle: Option<usize>,
    expiry: Option<Arc<dyn Expiry<K, V>>>,
    /// Whether any of these is set.
    bounded: bool,
}

/// So many ticks, at least as long as this.
pub(super) fn ticks(time: Duration) -> usize {
    usize::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(NEVER)
}

pub(super) fn duration(ticks: usize) -> Duration {
    Duration::from_millis(ticks as u64)
}

impl<K, V> Lifetimes<K, V> {
    pub(super) fn new(
        clock: Arc<dyn Clock>,
        to_live: Option<usize>,
        to_idle: Option<usize>,
        expiry: Option<Arc<dyn Expiry<K, V>>>,
    ) -> Self {
        let bounded = to_live.is_some() || to_idle.is_some() || expiry.is_some();
        Self { clock, to_live, to_idle, expiry, bounded }
    }

    /// How long every entry lives, and how long without being used.
    pub(super) fn of_all(&self) -> (Option<usize>, Option<usize>) {
        (self.to_live, self.to_idle)
    }

    /// Whether any entry's time may ever be over.
    #[inline(always)]
    pub(super) fn is_bounded(&self) -> bool {
        self.bounded
    }

    /// The present time; zero if nobody asks.
    #[inline]
    pub(super) fn now(&self) -> usize {
        if !self.is_bounded() {
            return 0;
        }
        usize::try_from(self.clock.now().as_millis()).unwrap_or(NEVER - 1)
    }

    /// Whether the time of the entry of this number is over.
    #[inline]
    pub(super) fn is_over(&self, memory: &Memory<K, V>, number: u32, now: usize) -> bool {
        self.bounded && self.has_died(memory.extra(number), now)
    }

    fn has_died(&self, extra: &Extra, now: usize) -> bool {
        let (dies, read) = extra.times();
        dies <= now || self.to_idle.is_some_and(|idle| read.saturating_add(idle) <= now)
    }

    /// How long it would live if it were not used.
    fn left(extra: &Extra, now: usize) -> Option<Duration> {
        let (dies, _) = extra.times();
        (dies != NEVER).then(|| duration(dies.saturating_sub(now)))
    }

    /// When something dies that lives for `own` by its own expiry.
    fn dies(&self, own: Option<Duration>, now: usize) -> usize {
        let own = own.map_or(NEVER, |own| now.saturating_add(ticks(own)));
        let all = self.to_live.map_or(NEVER, |all| now.saturating_add(all));
        own.min(all)
    }

    /// Sets the times of an entry that is to be published, in the place of `old` if that is given; for lifetimes that are bounded.
    pub(super) fn begin(&self, entry: &Entry<K, V>, extra: &Extra, old: Option<&Extra>, now: usize) {
        let own = self.expiry.as_ref().and_then(|expiry| match old.filter(|old| !self.has_died(old, now)) {
            Some(old) => expiry.expire_after_update(entry.key(), entry.value(), Self::left(old, now)),
            None => expiry.expire_after_create(entry.key(), entry.value()),
        });
        extra.set_dies(self.dies(own, now));
        extra.set_read(now);
    }

    /// The entry is being read; for lifetimes that are bounded.
    #[inline]
    pub(super) fn read(&self, entry: &Entry<K, V>, extra: &Extra, now: usize) {
        if self.to_idle.is_some() {
            extra.set_read(now);
        }
        if let Some(expiry) = &self.expiry {
            let left = Self::left(extra, now);
            let then = expiry.expire_after_read(entry.key(), entry.value(), left);
            if then != left {
                extra.set_dies(then.map_or(NEVER, |then| now.saturating_add(ticks(then))));
            }
        }
    }
}

impl<K, V> fmt::Debug for Lifetimes<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lifetimes")
            .field("to_live", &self.to_live)
            .field("to_idle", &self.to_idle)
            .finish_non_exhaustive()
    }
}
