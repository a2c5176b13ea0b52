//! Real data that stay outside the project: tests read them where they are, and are skipped,
//! with a line that says so, where they are not.

use std::path::{Path, PathBuf};

/// A file of the shared data (`MG_SHARED`, or `shared` beside the project), if it is there.
pub fn shared_file(path: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let root = std::env::var_os("MG_SHARED").map_or_else(beside, PathBuf::from);
    let file = root.join(path);
    if file.is_file() {
        return Some(file);
    }
    eprintln!("skipped: {path} of the shared data is not here");
    None
}
