//! The store as its users see it, on files of its own.

// Marked as tests, so that helpers beside the tests may unwrap as those do.
#[cfg(test)]
mod batches;
#[cfg(test)]
mod common;
#[cfg(test)]
mod escalations;
#[cfg(test)]
mod export;
#[cfg(test)]
mod import;
#[cfg(test)]
mod learned;
mod learners;
#[cfg(test)]
mod migration;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod together;
#[cfg(test)]
mod versions;
