//! Reproducible chance: every draw depends on the seed and on what is drawn, never on
//! what was drawn before for something else.

use chrono::{Days, NaiveDate};
use mg_core::Period;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// A stream of chance for one thing.
pub(crate) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// The stream of the thing called `name` and numbered `number`, under `seed`.
    pub(crate) fn of(seed: u64, name: &str, number: u64) -> Self {
        // FNV-1a: `std`'s hasher may change between releases, and the data with it.
        let start = 0xcbf2_9ce4_8422_2325_u64 ^ seed;
        let bytes = name.bytes().chain(number.to_le_bytes());
        let hash = bytes.fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(Xoshiro256PlusPlus::seed_from_u64(hash))
    }

    /// True with probability `probability`.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// A number in [0, 1).
    pub(crate) fn share(&mut self) -> f64 {
        self.0.random_range(0.0..1.0)
    }

    /// A whole number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// One of `choices`, which must not be empty.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.0.random_range(0..choices.len())]
    }

    /// One of `choices`, which must not be empty, each as likely as its weight says.
    pub(crate) fn weighted<T: Copy>(&mut self, choices: &[(T, f64)]) -> T {
        let total: f64 = choices.iter().map(|(_, weight)| weight).sum();
        let mut left = self.share() * total;
        for &(choice, weight) in choices {
            left -= weight;
            if left < 0.0 {
                return choice;
            }
        }
        choices[choices.len() - 1].0
    }

    /// How often something happens that happens `mean` times on average.
    pub(crate) fn poisson(&mut self, mean: f64) -> usize {
        if mean > 30.0 {
            return self.bell(mean, mean.sqrt()).round().max(0.0) as usize;
        }
        let (limit, mut product, mut count) = ((-mean).exp(), self.share(), 0);
        while product > limit {
            product *= self.share();
            count += 1;
        }
        count
    }

    /// A bell-shaped draw (the sum of four uniform ones).
    pub(crate) fn bell(&mut self, mean: f64, spread: f64) -> f64 {
        let sum: f64 = (0..4).map(|_| self.share()).sum();
        mean + spread * (sum - 2.0) * 3.0_f64.sqrt()
    }

    /// A day of `month`; weekends move to the Friday before.
    pub(crate) fn day(&mut self, month: Period) -> NaiveDate {
        use chrono::Datelike;
        let first = month.start();
        let days = month.end().signed_duration_since(first).num_days();
        let day = first + Days::new(self.between(0, days).unsigned_abs());
        let past_friday = u64::from(day.weekday().num_days_from_monday().saturating_sub(4));
        (day - Days::new(past_friday)).max(first)
    }

    /// `count` decimal digits.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.0.random_range(0..10_u8))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_thing_draws_the_same_and_another_does_not() {
        let draw = |seed, name, number| Dice::of(seed, name, number).digits(12);
        assert_eq!(draw(1, "permit", 7), draw(1, "permit", 7));
        assert_ne!(draw(1, "permit", 7), draw(2, "permit", 7));
        assert_ne!(draw(1, "permit", 7), draw(1, "sale", 7));
        assert_ne!(draw(1, "permit", 7), draw(1, "permit", 8));
    }

    #[test]
    fn counts_have_the_mean_that_was_asked() {
        for mean in [0.2, 3.0, 80.0] {
            let total: usize = (0..2000).map(|number| Dice::of(5, "count", number).poisson(mean)).sum();
            let seen = total as f64 / 2000.0;
            assert!((seen - mean).abs() < 0.1 * mean + 0.05, "{seen} instead of {mean}");
        }
    }
}
