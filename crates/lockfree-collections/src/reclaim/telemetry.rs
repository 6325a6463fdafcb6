//! What a collection tells about its memory.

/// How much memory a collection holds back, and how much it may.
///
/// Numbers of running operations are approximate: each count is read by itself.
///
/// ```
/// use lockfree_collections::AtomicBox;
///
/// let cell = AtomicBox::new([0_u8; 64]);
/// for number in 0..1_000 {
///     cell.store([number as u8; 64]);
/// }
/// let memory = cell.telemetry();
/// assert_eq!(memory.live, 1);
/// assert!(memory.retired <= memory.bound);
/// assert!(memory.retired_bytes() <= memory.bound_bytes());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Telemetry {
    /// Objects that are reachable through the collection.
    pub live: usize,
    /// Objects that are unlinked and not yet freed.
    pub retired: usize,
    /// The most that `retired` can be with the present number of slots, while no thread is stopped in the middle of freeing;
    /// each one that is may hold as many again.
    pub bound: usize,
    /// Slots: one for each thread that uses the collection, and one for each guard beyond a thread's first.
    pub slots: usize,
    /// Bytes of one object, with what reclamation adds to it, and without what the allocator adds or the value owns.
    pub object_bytes: usize,
}

impl Telemetry {
    /// Bytes of all retired objects.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicBox::new(1);
    /// assert_eq!(cell.telemetry().retired_bytes(), 0);
    /// ```
    #[must_use]
    pub fn retired_bytes(&self) -> usize {
        self.retired * self.object_bytes
    }

    /// Bytes of [`Telemetry::bound`] objects.
    ///
    /// ```
    /// let cell = lockfree_collections::AtomicBox::new(1);
    /// cell.store(2);
    /// assert!(cell.telemetry().bound_bytes() < 100_000);
    /// ```
    #[must_use]
    pub fn bound_bytes(&self) -> usize {
        self.bound * self.object_bytes
    }
}
