//! Databases of the Python Autopack, packed among the data of the store's tests.

use std::fs::File;
use std::path::Path;

use flate2::read::GzDecoder;

use super::Sandbox;

/// A real one, from before intent and ceiling were split: 28 calls.
pub(crate) const LEGACY: &str = "autopack-2025-12-24.db.gz";
/// A made-up one, from after the split: 1,200 calls, some without a ceiling.
pub(crate) const SPLIT: &str = "split.db.gz";

impl Sandbox {
    /// Unpacks one of these.
    pub(crate) fn unpack(&self, packed: &str, name: &str) {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../autopack-store/tests/data");
        let mut packed = GzDecoder::new(File::open(data.join(packed)).unwrap());
        std::io::copy(&mut packed, &mut File::create(self.path(name)).unwrap()).unwrap();
    }
}
