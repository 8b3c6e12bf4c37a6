//! The disk that servers of a measurement write to: where temporary files go.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::sys::stat::{major, minor};
use nix::sys::statfs::{TMPFS_MAGIC, statfs};

/// The kernel's counts of a disk, of which this one is how often it was told to empty its cache.
const FLUSHES: usize = 15;

/// What to know of figures that were measured here.
pub(crate) fn remark() -> Option<String> {
    let directory = env::temp_dir();
    let is_memory = statfs(&directory).is_ok_and(|found| found.filesystem_type() == TMPFS_MAGIC);
    let text = || format!("{} is in memory, where a sync costs nothing: set TMPDIR to a disk", directory.display());
    is_memory.then(text)
}

/// How often the disk below `path` was flushed, by everybody; a sync is one such flush. None where the kernel does not
/// count it: for a partition, or a disk without a cache.
pub(crate) fn flushes(path: &Path) -> Option<u64> {
    let device = fs::metadata(path).ok()?.dev();
    parse(&fs::read_to_string(format!("/sys/dev/block/{}:{}/stat", major(device), minor(device))).ok()?)
}

fn parse(stat: &str) -> Option<u64> {
    stat.split_whitespace().nth(FLUSHES)?.parse().ok().filter(|count| *count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_flushes_of_a_disk_that_has_any() {
        let stat = " 10788 4483 3653442 10704 4980 39287 4853048 26924 0 5816 38034 4167 2 250776 392 645 13\n";
        assert_eq!(parse(stat), Some(645));
        assert_eq!(parse(&stat.replace("645", "0")), None);
        assert_eq!(parse("1 2 3 4 5 6 7 8 9 10 11\n"), None);
    }
}
