//! Integration tests, in one binary.

mod anything;
mod builder;
mod bundled;
mod by_pairs;
mod cat;
mod cat_language;
mod classic;
mod confirm;
mod corpus;
mod damage;
mod diff;
mod execution;
mod explain;
mod families;
mod generator;
mod machine;
mod parse;
mod places;
mod random;
mod rc11;
mod recursion;
mod relation;
mod rust;
mod shapes;
mod unsequenced;
mod waiting;
