//! What every model answers with, before anyone knows how far to trust it.

use crate::ModelFailure;

/// Where a model expects a series to go: one entry a step ahead in each list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Projection {
    /// The expected values.
    pub(crate) values: Vec<f64>,
    /// The model's own idea of its errors: one standard deviation, never negative.
    pub(crate) spreads: Vec<f64>,
}

impl Projection {
    /// The same value at each step.
    pub(crate) fn level(value: f64, spreads: Vec<f64>) -> Self {
        Self { values: vec![value; spreads.len()], spreads }
    }

    /// The same projection with its values cut off at zero.
    pub(crate) fn cut_at_zero(mut self) -> Self {
        for value in &mut self.values {
            *value = value.max(0.0);
        }
        self
    }

    /// The projection, unless something in it is no number.
    pub(crate) fn finite(self) -> Result<Self, ModelFailure> {
        let finite = self.values.iter().chain(&self.spreads).all(|number| number.is_finite());
        if finite { Ok(self) } else { Err(ModelFailure::Diverged) }
    }
}
