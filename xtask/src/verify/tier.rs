//! How much work a run may do; handed to the checks through `SELVEDGE_TIER`.

use std::process::Command;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    Quick,
    Default,
    Full,
}

impl Tier {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Default => "default",
            Self::Full => "full",
        }
    }

    /// Makes the tests that `command` runs work at this tier.
    pub fn configure(self, command: &mut Command) -> &mut Command {
        command.env("SELVEDGE_TIER", self.as_str())
    }
}
