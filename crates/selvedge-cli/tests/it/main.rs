//! Integration tests of the `selvedge` command: they run it.

mod book;
mod history_check;
mod litmus;
mod run;
