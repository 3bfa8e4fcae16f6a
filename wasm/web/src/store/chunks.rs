//! Where a model's files are cut.

use std::ops::Range;

/// Bytes of a chunk. Read with the next piece on its way, chunks of 8 to 64 MiB are equally fast (`docs/STORAGE.md`), so
/// this is what a killed download may lose, and the longest an import goes on after Cancel.
pub(crate) const CHUNK_BYTES: u64 = 16 << 20;

/// How a model's files are cut into chunks: all of one length but each file's last. Chunks are numbered through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChunkLayout {
    files: Vec<u64>, // their lengths
    chunk_bytes: u64,
}

/// A stretch of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Its number among the model's chunks.
    pub(crate) index: u32,
    /// Which of the model's files it is of.
    pub(crate) file: usize,
    /// Where in that file it lies; never empty.
    pub(crate) range: Range<u64>,
}

impl ChunkLayout {
    /// Files of these lengths in chunks of `chunk_bytes`, at least one byte each.
    pub(crate) fn new(files: Vec<u64>, chunk_bytes: u64) -> Self {
        Self { files, chunk_bytes: chunk_bytes.max(1) }
    }

    /// Bytes of all files.
    pub(crate) fn size(&self) -> u64 {
        self.files.iter().fold(0, |sum, len| sum.saturating_add(*len))
    }

    /// The files' lengths.
    pub(crate) fn files(&self) -> &[u64] {
        &self.files
    }

    /// Bytes of every chunk but a file's last.
    pub(crate) fn chunk_bytes(&self) -> u64 {
        self.chunk_bytes
    }

    /// The chunks in order.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = Chunk> + '_ {
        let of_file = |(file, &len): (usize, &u64)| pieces(len, self.chunk_bytes).map(move |range| (file, range));
        let all = self.files.iter().enumerate().flat_map(of_file);
        (0..=u32::MAX).zip(all).map(|(index, (file, range))| Chunk { index, file, range })
    }
}

/// `0..len` in pieces of at most `step` bytes, which is at least 1.
pub(crate) fn pieces(len: u64, step: u64) -> impl Iterator<Item = Range<u64>> {
    let step = step.max(1);
    (0..len.div_ceil(step)).map(move |i| {
        let start = i.saturating_mul(step);
        start..start.saturating_add(step).min(len)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(layout: &ChunkLayout, file: usize) -> Vec<Range<u64>> {
        layout.chunks().filter(|chunk| chunk.file == file).map(|chunk| chunk.range).collect()
    }

    #[test]
    fn chunks_cover_each_file_once() {
        for (size, chunk) in [(0, 4), (1, 4), (4, 4), (5, 4), (8, 4), (9, 4), (7, 1), (3, 0), (10, 100)] {
            let layout = ChunkLayout::new(vec![size, 6, size], chunk);
            assert!(layout.chunks().map(|chunk| chunk.index).eq(0..layout.chunks().count() as u32));
            for (file, size) in [size, 6, size].into_iter().enumerate() {
                let mut next = 0;
                for range in ranges(&layout, file) {
                    assert_eq!(range.start, next);
                    assert!(!range.is_empty(), "{size} in {chunk}");
                    next = range.end;
                }
                assert_eq!(next, size, "{size} in {chunk}");
            }
            assert!(layout.chunks().is_sorted_by_key(|chunk| chunk.file));
        }
    }

    #[test]
    fn the_last_chunk_is_what_is_left() {
        let layout = ChunkLayout::new(vec![3 * CHUNK_BYTES + 1], CHUNK_BYTES);
        assert_eq!(ranges(&layout, 0).len(), 4);
        assert_eq!(ranges(&layout, 0)[3], 3 * CHUNK_BYTES..3 * CHUNK_BYTES + 1);
    }

    #[test]
    fn absurd_sizes_do_not_overflow() {
        let layout = ChunkLayout::new(vec![u64::MAX, u64::MAX], u64::MAX - 1);
        assert_eq!(ranges(&layout, 0)[1], u64::MAX - 1..u64::MAX);
        assert_eq!(layout.size(), u64::MAX);
        assert_eq!(pieces(u64::MAX, 1).nth(7), Some(7..8));
    }
}
