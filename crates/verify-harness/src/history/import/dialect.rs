//! Where logs of different origin disagree about the meaning of the same event.

use super::Format;

/// How events are understood; [`Dialect::of`] gives each format's own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// What a read that returned `nil` saw.
    pub nil_read: NilRead,
    /// What a compare and swap that ended in `fail` saw.
    pub failed_cas: FailedCas,
}

/// What a read that returned `nil` saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NilRead {
    /// The value `nil`: nothing was stored there (Jepsen logs of etcd, call/return logs, JSON lines).
    Absent,
    /// Nobody knows: the log left the result out, so it agrees with every state (Knossos).
    Unknown,
}

/// What a compare and swap that ended in `fail` saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailedCas {
    /// A value that was not the expected one: the comparison took place, and failed (Jepsen logs of etcd).
    Different,
    /// Nothing is known but that it did not take effect (Knossos).
    Nothing,
}

impl Dialect {
    /// How files of `format` are understood unless told otherwise.
    #[must_use]
    pub fn of(format: Format) -> Self {
        let nil_read = if format == Format::Edn { NilRead::Unknown } else { NilRead::Absent };
        let failed_cas = if format == Format::Jepsen { FailedCas::Different } else { FailedCas::Nothing };
        Self { nil_read, failed_cas }
    }
}
