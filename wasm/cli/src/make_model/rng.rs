//! Random numbers that are the same on every machine, so that a generated file is the same bytes everywhere.

/// SplitMix64 (Steele, Lea and Flood 2014): one addition and a mix a number.
#[derive(Clone, Debug)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// The sequence that starts from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from −1 to 1, evenly spread: 24 bits, which an f32 holds exactly.
    fn signed_unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    /// A whole number below `limit`; 0 for a limit of 0.
    pub fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }

    /// Random bytes into all of `out`.
    pub fn bytes(&mut self, out: &mut [u8]) {
        let (words, rest) = out.as_chunks_mut();
        words.iter_mut().for_each(|word| *word = self.next().to_le_bytes());
        let last = self.next().to_le_bytes();
        rest.iter_mut().zip(last).for_each(|(byte, random)| *byte = random);
    }

    /// `len` numbers around `mean` with standard deviation `std`. Evenly spread rather than normal: logarithms and cosines
    /// differ between C libraries in the last bit.
    pub fn vec(&mut self, len: usize, mean: f32, std: f32) -> Vec<f32> {
        let half_range = std * 3f32.sqrt();
        (0..len).map(|_| mean + half_range * self.signed_unit()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        let mut rng = SplitMix64::new(1_234_567);
        assert_eq!([rng.next(), rng.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn mean_and_deviation_are_as_asked() {
        let values = SplitMix64::new(7).vec(100_000, 1.0, 0.5);
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / values.len() as f32;
        assert!((mean - 1.0).abs() < 0.01 && (variance.sqrt() - 0.5).abs() < 0.01, "{mean} {variance}");
    }
}
