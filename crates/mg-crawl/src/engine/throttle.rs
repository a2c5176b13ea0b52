//! The gap between two requests to one host, as its answers ask for it.
//!
//! The rule is that of Scrapy's AutoThrottle: a host that takes `latency` to answer has `n` requests in work
//! when one begins every `latency / n`; the gap is the mean of what it was and of that, and not less than
//! that; an answer that is no success may make it longer and never shorter. Besides, a fault doubles it.

use std::time::Duration;

use super::options::{HostOptions, ThrottleOptions};

/// What a first fault makes of no gap at all.
const FIRST_GAP: Duration = Duration::from_millis(100);

/// The gap of one host.
#[derive(Debug)]
pub(super) struct Throttle {
    floor: Duration,
    gap: Duration,
    options: Option<ThrottleOptions>,
}

impl Throttle {
    pub(super) fn new(host: &HostOptions) -> Self {
        let start = host.throttle.map_or(Duration::ZERO, |throttle| throttle.start);
        Self { floor: host.gap, gap: host.gap.max(start), options: host.throttle }
    }

    /// The time to leave between two requests.
    pub(super) fn gap(&self) -> Duration {
        self.gap
    }

    /// The site asks for at least so much.
    pub(super) fn at_least(&mut self, floor: Duration) {
        self.floor = self.floor.max(floor);
        self.gap = self.gap.max(self.floor);
    }

    /// An answer came, its headers after `latency`.
    pub(super) fn answered(&mut self, latency: Duration, success: bool) {
        let Some(options) = self.options else { return };
        let wanted = latency.div_f64(options.target_concurrency.max(0.01));
        let next = wanted.max((self.gap + wanted) / 2);
        let next = next.min(options.longest).max(self.floor);
        if success || next > self.gap {
            self.gap = next;
        }
    }

    /// None came, or one that says that it is too much.
    pub(super) fn failed(&mut self) {
        let Some(options) = self.options else { return };
        self.gap = (self.gap * 2).max(FIRST_GAP).min(options.longest).max(self.floor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn throttle(gap: u64, start: u64) -> Throttle {
        let throttle = ThrottleOptions { target_concurrency: 2.0, start: ms(start), longest: ms(10_000) };
        Throttle::new(&HostOptions { gap: ms(gap), throttle: Some(throttle), ..HostOptions::default() })
    }

    #[test]
    fn the_gap_nears_latency_over_target() {
        let mut throttle = throttle(0, 1_000);
        throttle.answered(ms(400), true);
        assert_eq!(throttle.gap(), ms(600));
        throttle.answered(ms(400), true);
        assert_eq!(throttle.gap(), ms(400));
        // A slow answer counts at once, not by half.
        throttle.answered(ms(4_000), true);
        assert_eq!(throttle.gap(), ms(2_000));
    }

    #[test]
    fn errors_never_shorten_it() {
        let mut throttle = throttle(0, 1_000);
        throttle.answered(ms(2), false);
        assert_eq!(throttle.gap(), ms(1_000));
        throttle.answered(ms(4_000), false);
        assert_eq!(throttle.gap(), ms(2_000));
        throttle.failed();
        assert_eq!(throttle.gap(), ms(4_000));
        throttle.failed();
        throttle.failed();
        assert_eq!(throttle.gap(), ms(10_000));
    }

    #[test]
    fn it_is_never_below_the_floor() {
        let mut throttle = throttle(250, 0);
        throttle.answered(ms(1), true);
        assert_eq!(throttle.gap(), ms(250));
        throttle.at_least(ms(12_000));
        throttle.answered(ms(1), true);
        throttle.failed();
        assert_eq!(throttle.gap(), ms(12_000));
        let mut fixed = Throttle::new(&HostOptions { gap: ms(5), throttle: None, ..HostOptions::default() });
        fixed.failed();
        fixed.answered(ms(900), true);
        assert_eq!(fixed.gap(), ms(5));
    }
}
