//! Series built for tests.

#![expect(dead_code, reason = "each test file uses some of these")]

use chrono::NaiveDate;
use mg_core::{Grain, Period};
use mg_forecast::Series;

/// A series from January 2000 on.
pub(crate) fn series(grain: Grain, values: Vec<Option<f64>>) -> Series {
    Series::new(Period::holding(grain, day(2000, 1)), values).expect("usable values")
}

/// A series without a missing value.
pub(crate) fn whole(grain: Grain, values: impl IntoIterator<Item = f64>) -> Series {
    series(grain, values.into_iter().map(Some).collect())
}

/// The first day of a month.
pub(crate) fn day(year: i32, month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, 1).expect("a month")
}

/// Seeded randomness (splitmix64), the same on every machine.
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in 0..1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in 0..end.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.share() * end as f64) as usize
    }

    /// About normal, around zero: twelve uniforms.
    pub(crate) fn normal(&mut self, deviation: f64) -> f64 {
        ((0..12).map(|_| self.share()).sum::<f64>() - 6.0) * deviation
    }

    /// A Poisson count, for means below about 30.
    pub(crate) fn count(&mut self, mean: f64) -> f64 {
        let (mut count, mut product) = (0.0, self.share());
        while product > (-mean).exp() {
            count += 1.0;
            product *= self.share();
        }
        count
    }
}
