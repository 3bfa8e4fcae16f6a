//! How many threads to use, by what they turn out to be worth.
//!
//! Threads that wait for each other some hundred times a token need a core each: one that has to share its core holds up
//! all others, and two threads on one free core are slower than one. How many cores are free no one can say beforehand,
//! and it changes. So it is measured, on the tokens that are generated anyway.

/// Times of steps that are compared.
const FEW: usize = 5;

/// Steps until the first attempt with more threads: soon, as what was measured before may have been disturbed.
const MORE: u32 = 8;

/// Steps until the first attempt with fewer, which costs much where all are worth it.
const FEWER: u32 = 64;

/// Steps at most between two attempts of a kind.
const SELDOM: u32 = 512;

/// Slower by this than it was is worth an attempt with fewer threads.
const SLOW: f64 = 1.2;

/// More threads must gain as much to be kept.
const GAIN: f64 = 0.95;

/// Chooses the number of threads from one step to the next; all steps are to do about the same work.
#[derive(Clone, Debug)]
pub struct Governor {
    /// The number in use when nothing is tried out.
    threads: usize,
    /// The number tried out.
    trial: Option<usize>,
    /// The last steps' times, of the trial if there is one.
    times: Vec<f64>,
    /// What a step takes as a rule with `threads`; 0 when that is not known.
    usual: f64,
    more: Retry,
    fewer: Retry,
}

impl Governor {
    /// Begins with `threads`.
    pub fn new(threads: usize) -> Self {
        Self {
            threads: threads.max(1),
            trial: None,
            times: Vec::with_capacity(FEW),
            usual: 0.0,
            more: Retry::after(MORE),
            fewer: Retry::after(FEWER),
        }
    }

    /// Begins with what is fastest of 1 to `there` threads. `step` does a step with that many and says how long it took, or
    /// `None` when there is no time for more; if there was none at all, all threads are believed to be worth it.
    pub fn measured(there: usize, mut step: impl FnMut(usize) -> Option<f64>) -> Self {
        let (mut best, mut threads) = ((1, f64::INFINITY), 1);
        while threads <= there {
            // The shorter of two: what comes between only makes a step longer.
            let Some(time) = step(threads).zip(step(threads)).map(|(one, other)| one.min(other)) else { break };
            if time < GAIN * best.1 {
                best = (threads, time);
            } else if threads > best.0 + 1 {
                break;
            }
            threads += (threads / 4).max(1);
        }
        Self::new(if best.1.is_finite() { best.0 } else { there })
    }

    /// The number of threads for the next step.
    pub fn threads(&self) -> usize {
        self.trial.unwrap_or(self.threads)
    }

    /// Takes the time that a step took with [`threads`](Self::threads), in any unit; `there` threads can be had.
    pub fn observe(&mut self, time: f64, there: usize) {
        self.times.push(time);
        self.threads = self.threads.min(there.max(1));
        self.more.tick();
        self.fewer.tick();
        if self.times.len() < FEW {
            return;
        }
        let now = median(&mut self.times);
        match self.trial.take() {
            Some(trial) => self.judge(trial, now),
            None => {
                let slow = self.usual > 0.0 && now > SLOW * self.usual;
                // A step takes longer as the context grows: what is usual follows.
                self.usual = now;
                let fewer = self.threads - (self.threads / 4).max(1).min(self.threads - 1);
                let more = (self.threads + (self.threads / 4).max(1)).min(there);
                if fewer < self.threads && (slow || self.fewer.is_due()) {
                    self.trial = Some(fewer);
                } else if more > self.threads && self.more.is_due() {
                    self.trial = Some(more);
                }
            }
        }
        self.times.clear();
    }

    /// Keeps the number that was tried, or goes back.
    fn judge(&mut self, trial: usize, time: f64) {
        let (fewer, gain) = (trial < self.threads, time < GAIN * self.usual);
        let better = gain || (fewer && time <= self.usual);
        match (fewer, better) {
            (true, false) => self.fewer.put_off(),
            (false, false) => self.more.put_off(),
            // Cores come back, perhaps at once: what looked like a lost one may have been a moment's noise.
            (true, true) => self.more = Retry::after(MORE),
            (false, true) => self.fewer = Retry::after(FEWER),
        }
        if better {
            (self.threads, self.usual) = (trial, time);
        }
        if fewer && better {
            // Perhaps still fewer are.
            self.usual = time / SLOW.powi(2);
        }
    }
}

/// When to try something again.
#[derive(Clone, Debug)]
struct Retry {
    /// Steps until then.
    left: u32,
    /// Steps to wait when it fails.
    pause: u32,
}

impl Retry {
    fn after(steps: u32) -> Self {
        Self { left: steps, pause: 2 * steps }
    }

    fn tick(&mut self) {
        self.left = self.left.saturating_sub(1);
    }

    fn is_due(&self) -> bool {
        self.left == 0
    }

    fn put_off(&mut self) {
        *self = Self { left: self.pause, pause: (2 * self.pause).min(SELDOM) };
    }
}

/// The middle one of some times.
fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine of so many free cores: each step waits for the slowest thread.
    struct Machine {
        cores: usize,
        noise: u64,
    }

    impl Machine {
        fn step(&mut self, threads: usize) -> f64 {
            self.noise = self.noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let noise = 1.0 + (self.noise >> 40) as f64 / (1u64 << 24) as f64 * 0.06;
            let crowded = if threads > self.cores { 2.5 * threads as f64 / self.cores as f64 } else { 1.0 };
            noise * (0.1 + 10.0 / threads as f64) * crowded
        }

        /// Lets a governor of `there` threads run for `steps`; how many of them it used each number of threads for.
        fn run(&mut self, governor: &mut Governor, there: usize, steps: usize) -> Vec<usize> {
            let mut used = vec![0; there + 1];
            for _ in 0..steps {
                used[governor.threads()] += 1;
                let time = self.step(governor.threads());
                governor.observe(time, there);
            }
            used
        }
    }

    #[test]
    fn finds_the_free_cores_and_stays_there() {
        for (cores, there, first) in [(2, 2, 1), (4, 8, 1), (4, 8, 8), (1, 2, 2), (8, 8, 1), (3, 16, 16)] {
            let (mut machine, mut governor) = (Machine { cores, noise: 1 }, Governor::new(first));
            machine.run(&mut governor, there, 1200);
            let used = machine.run(&mut governor, there, 1000);
            assert!(used[cores] >= 950, "{cores} of {there} from {first}: {used:?}");
        }
    }

    #[test]
    fn gives_way_within_some_tokens_and_comes_back() {
        let (mut machine, mut governor) = (Machine { cores: 2, noise: 7 }, Governor::new(2));
        machine.run(&mut governor, 2, 100);
        machine.cores = 1;
        let used = machine.run(&mut governor, 2, 100);
        assert!(used[1] >= 70, "{used:?}");
        machine.cores = 2;
        let used = machine.run(&mut governor, 2, 300);
        assert!(used[2] >= 180, "{used:?}");
    }

    #[test]
    fn growing_work_is_no_reason_to_give_way() {
        let mut governor = Governor::new(4);
        let mut used = 0;
        for i in 0..3000 {
            used += u32::from(governor.threads() == 4);
            governor.observe(40.0 / governor.threads() as f64 + f64::from(i) * 0.02, 4);
        }
        assert!(used >= 2800, "{used}");
    }

    #[test]
    fn a_ramp_finds_the_free_cores_at_once() {
        for (cores, there) in [(1, 1), (1, 2), (2, 2), (4, 16), (16, 16), (5, 5)] {
            let mut machine = Machine { cores, noise: 3 };
            let governor = Governor::measured(there, |threads| Some(machine.step(threads)));
            let threads = governor.threads();
            assert!(threads <= cores && 10 * threads >= 9 * cores, "{threads} for {cores} of {there}");
        }
        // One that cannot be measured to its end stays at what has been.
        let mut steps = 0;
        let governor = Governor::measured(16, |threads| {
            steps += 1;
            (steps < 6).then_some(1.0 / threads as f64)
        });
        assert_eq!(governor.threads(), 2);
        assert_eq!(Governor::measured(3, |_| None).threads(), 3);
    }

    #[test]
    fn threads_that_are_no_more_are_not_counted_on() {
        let mut governor = Governor::new(4);
        governor.observe(1.0, 2);
        assert_eq!(governor.threads(), 2);
        governor.observe(1.0, 0);
        assert_eq!(governor.threads(), 1);
    }
}
