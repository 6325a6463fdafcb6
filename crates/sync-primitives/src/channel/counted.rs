//! Senders that are counted: a channel ends when the last of them is gone.

/// What the senders of all channels are that count them, strong, and weak if there are weak ones: then with how a channel is
/// made.
macro_rules! counted {
    ($sender:ident) => {
        impl<T> Clone for $sender<T> {
            fn clone(&self) -> Self {
                self.gate().with(|state| state.senders += 1);
                Self { shared: Arc::clone(&self.shared) }
            }
        }

        impl<T> Drop for $sender<T> {
            fn drop(&mut self) {
                self.gate().change(|state| state.senders -= 1);
            }
        }

        impl<T> fmt::Debug for $sender<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($sender)).field("closed", &self.is_closed()).finish_non_exhaustive()
            }
        }
    };
    ($sender:ident, $weak:ident, $channel:literal) => {
        counted!($sender);

        impl<T> $sender<T> {
            /// Whether both send into the same channel.
            #[must_use]
            pub fn same_channel(&self, other: &Self) -> bool {
                Arc::ptr_eq(&self.shared, &other.shared)
            }

            /// A reference to the channel that does not keep it from ending.
            ///
            /// ```
            #[doc = concat!("let (sender, _receiver) = sync_primitives::", $channel, ";")]
            /// let weak = sender.downgrade();
            /// assert!(weak.upgrade().is_some());
            /// drop(sender);
            /// assert!(weak.upgrade().is_none());
            /// ```
            #[must_use = "a weak sender does nothing by itself"]
            pub fn downgrade(&self) -> $weak<T> {
                self.shared.with(|state| state.weak_senders += 1);
                $weak { shared: Arc::clone(&self.shared) }
            }

            /// How many senders the channel has.
            #[must_use]
            pub fn strong_count(&self) -> usize {
                self.shared.with(|state| state.senders)
            }

            /// How many weak senders the channel has.
            #[must_use]
            pub fn weak_count(&self) -> usize {
                self.shared.with(|state| state.weak_senders)
            }
        }

        impl<T> $weak<T> {
            /// A sender, unless all senders are gone already.
            #[must_use]
            pub fn upgrade(&self) -> Option<$sender<T>> {
                let alive = self.shared.with(|state| {
                    let alive = state.senders > 0;
                    state.senders += usize::from(alive);
                    alive
                });
                alive.then(|| $sender { shared: Arc::clone(&self.shared) })
            }

            /// How many senders the channel has.
            #[must_use]
            pub fn strong_count(&self) -> usize {
                self.shared.with(|state| state.senders)
            }

            /// How many weak senders the channel has.
            #[must_use]
            pub fn weak_count(&self) -> usize {
                self.shared.with(|state| state.weak_senders)
            }
        }

        impl<T> Clone for $weak<T> {
            fn clone(&self) -> Self {
                self.shared.with(|state| state.weak_senders += 1);
                Self { shared: Arc::clone(&self.shared) }
            }
        }

        impl<T> Drop for $weak<T> {
            fn drop(&mut self) {
                self.shared.with(|state| state.weak_senders -= 1);
            }
        }

        impl<T> fmt::Debug for $weak<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($weak)).finish_non_exhaustive()
            }
        }
    };
}
pub(super) use counted;
