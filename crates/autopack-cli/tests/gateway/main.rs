//! The gateway between a client and the simulator, all in this process: what a client sees, what a
//! provider sees, and the rows.

mod admission;
mod api;
mod asking;
mod ceilings;
mod elsewhere;
mod ending;
mod faithful;
mod faults;
mod keys;
mod limits;
mod refusals;
mod remembering;
mod rows;
mod support;
