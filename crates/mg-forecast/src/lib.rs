//! Series in, forecast out.
//!
//! A [`Panel`] holds many zones' values of one KPI and gives out each zone's [`Series`];
//! [`forecast`] tries the candidate models of its [`Settings`] on the series' own past, keeps
//! the one that erred least, and answers with values, intervals and the evidence.
//!
//! No database, no clock, no thread: the same series always gives the same forecast. polars
//! and augurs stay inside. Work is proportional to the series' length and the number of
//! candidates; call it off the async threads.
//!
//! ```
//! use chrono::NaiveDate;
//! use mg_core::{Grain, Period};
//! use mg_forecast::{Series, Settings, forecast};
//!
//! let first = NaiveDate::from_ymd_opt(2020, 1, 1).expect("a day");
//! let values = (0..60).map(|month| Some(20.0 + f64::from(month % 12))).collect();
//! let series = Series::new(Period::holding(Grain::Month, first), values)?;
//! let settings = Settings { non_negative: true, ..Settings::new(12) };
//! let forecast = forecast(&series, &settings)?;
//! assert_eq!(forecast.steps[0].period, NaiveDate::from_ymd_opt(2025, 1, 1).expect("a day"));
//! assert!((forecast.steps[11].value - 31.0).abs() < 0.1);
//! # Ok::<(), mg_forecast::ForecastError>(())
//! ```
//!
//! How a forecast is made, and the file that says why:
//! - missing values are filled and the ends trimmed (`history`, `gap`);
//! - candidates are tried at several past instants (`backtest`), and one is chosen (`choice`);
//! - its spread is widened by what its intervals missed then (`interval`);
//! - series that leave nothing to choose from get a plainer answer that says so ([`Note`]).

mod backtest;
mod choice;
mod error;
mod forecast;
mod gap;
mod history;
mod interval;
mod model;
mod panel;
mod projection;
mod season;
mod series;
mod settings;

pub use backtest::{Backtest, Outcome, Score};
pub use error::{ForecastError, ModelFailure};
pub use forecast::{Forecast, Note, Step, forecast};
pub use model::{Model, UnknownModel};
pub use panel::{Observation, Panel};
pub use series::Series;
pub use settings::Settings;
