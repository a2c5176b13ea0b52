//! What `get_indicator` answers.

use schemars::JsonSchema;
use serde::Serialize;

/// A value against an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Change {
    /// The earlier value, in the unit of the KPI.
    pub value: f64,
    /// The later value minus the earlier, in the unit of the KPI.
    pub change: f64,
    /// The change in percent of the earlier value; left out when that is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_percent: Option<f64>,
}

impl Change {
    /// From `earlier` to `later`.
    pub(super) fn between(earlier: f64, later: f64) -> Self {
        let change = later - earlier;
        let change_percent = (earlier != 0.0).then(|| 100.0 * change / earlier.abs());
        Self { value: earlier, change, change_percent }
    }
}

/// The value of one zone.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ZoneValue {
    /// INSEE code of the commune, or ensemble for the whole territory.
    #[schemars(example = &"77243")]
    pub zone: String,
    /// Name of the zone.
    pub zone_name: String,
    /// The value, in the unit of the KPI; left out where there is nothing to measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// How many records it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub records: Option<i64>,
    /// Against the previous period; left out when either has no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Change>,
    /// Against the same period a year before; left out when either has no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year_before: Option<Change>,
}

/// How fresh the data are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Freshness {
    /// When the latest edition was last loaded, RFC 3339.
    pub loaded_at: String,
    /// Days since that edition first came: since then there was nothing newer.
    #[schemars(range(min = 0))]
    pub age_days: i64,
    /// After how many days a newer edition should have come.
    #[schemars(range(min = 0))]
    pub late_after_days: i64,
    /// Whether it should have come by now.
    pub late: bool,
}

/// Values of a KPI in one period, one a zone, and what is true of them all.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Indicator {
    /// Name of the KPI.
    pub name: String,
    /// Title in French.
    pub title_fr: String,
    /// Title in English.
    pub title_en: String,
    /// Unit of the values.
    pub unit: String,
    /// Length of a period.
    #[schemars(extend("enum" = ["month", "quarter", "year"]))]
    pub grain: String,
    /// Which direction of change is good: hausse (up), baisse (down) or neutre.
    #[schemars(extend("enum" = ["hausse", "baisse", "neutre"]))]
    pub good_direction: String,
    /// The period: 2026-04 for a month, 2026-T2 for a quarter.
    pub period: String,
    /// True while the source still completes the period: the values will change.
    pub provisional: bool,
    /// The period before, which `previous` of a value tells of.
    pub previous_period: String,
    /// The same period a year before, which `year_before` of a value tells of.
    pub year_before_period: String,
    /// The values, in the order of the communes asked for.
    pub values: Vec<ZoneValue>,
    /// How many communes of the territory have a value in this period; of those that the token is limited to, if it is.
    #[schemars(range(min = 0))]
    pub communes_with_value: i64,
    /// How many communes the territory has, or the token is limited to.
    #[schemars(range(min = 0))]
    pub communes: i64,
    /// Share of communes that have a value, percent.
    #[schemars(range(min = 0, max = 100))]
    pub communes_with_value_percent: f64,
    /// Edition (millésime) of the data, YYYY-MM.
    pub edition: String,
    /// How fresh the data are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freshness: Option<Freshness>,
    /// What is counted, and what is left out.
    pub definition: String,
}
