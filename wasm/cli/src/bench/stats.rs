//! What is said of repeated measurements. The median and not the mean: what disturbs a machine only ever makes it slower.

use serde::Serialize;

/// Repeated measurements of one thing.
#[derive(Clone, Debug, Serialize)]
pub struct Stats {
    /// The middle one, or the mean of the two in the middle.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// Half of the distance between the quartiles, as a share of the median.
    pub spread: f64,
    /// All of them, in the order of the rounds.
    pub samples: Vec<f64>,
}

impl Stats {
    /// Sums up at least one sample; of none, everything is 0.
    pub fn of(samples: Vec<f64>) -> Self {
        let mut sorted = samples.clone();
        sorted.sort_by(f64::total_cmp);
        let median = quantile(&sorted, 0.5);
        let between = quantile(&sorted, 0.75) - quantile(&sorted, 0.25);
        Self {
            median,
            min: quantile(&sorted, 0.0),
            max: quantile(&sorted, 1.0),
            spread: if median == 0.0 { 0.0 } else { between / 2.0 / median },
            samples,
        }
    }
}

/// The value below which `share` of `sorted` lies, between the two nearest; 0 of nothing.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * sorted.len().saturating_sub(1) as f64;
    let value = |at: f64| sorted.get(at as usize).copied().unwrap_or(0.0);
    let (below, above) = (value(at.floor()), value(at.ceil()));
    below + (above - below) * at.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_the_samples() {
        let stats = Stats::of(vec![3.0, 1.0, 2.0, 4.0]);
        assert_eq!((stats.median, stats.min, stats.max), (2.5, 1.0, 4.0));
        assert!((stats.spread - 0.75 / 2.5).abs() < 1e-12, "{}", stats.spread);
        assert_eq!(stats.samples, [3.0, 1.0, 2.0, 4.0]);
        let one = Stats::of(vec![7.0]);
        assert_eq!((one.median, one.min, one.max, one.spread), (7.0, 7.0, 7.0, 0.0));
        assert_eq!(Stats::of(Vec::new()).median, 0.0);
    }
}
