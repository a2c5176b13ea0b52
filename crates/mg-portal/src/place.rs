//! What the portal knows of a commune besides its name: where it is, and what its market is like.

use mg_core::Commune;

/// A commune and the facts that its synthetic data are drawn from.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) commune: Commune,
    pub(crate) postcode: &'static str,
    pub(crate) longitude: f64,
    pub(crate) latitude: f64,
    /// Share of permits that are for a large collective programme.
    pub(crate) large_programmes: f64,
    /// Share of sold dwellings that are flats.
    pub(crate) flats: f64,
    /// Price level, 1 for the territory's mean.
    pub(crate) price: f64,
}

/// Code, postcode, longitude, latitude, large programmes, flats, price. The last three
/// are orders of magnitude of ours, not statistics.
type Facts = (&'static str, &'static str, f64, f64, f64, f64, f64);

const KNOWN: [Facts; 20] = [
    ("77058", "77600", 2.698, 48.842, 0.070, 0.72, 1.06),
    ("77059", "77600", 2.684, 48.850, 0.000, 0.10, 1.03),
    ("77062", "77400", 2.704, 48.901, 0.000, 0.05, 0.94),
    ("77075", "77144", 2.772, 48.888, 0.004, 0.20, 1.00),
    ("77085", "77600", 2.735, 48.853, 0.060, 0.45, 1.05),
    ("77121", "77090", 2.671, 48.835, 0.010, 0.30, 0.98),
    ("77124", "77600", 2.712, 48.858, 0.004, 0.15, 1.07),
    ("77155", "77400", 2.743, 48.887, 0.008, 0.25, 0.97),
    ("77181", "77164", 2.709, 48.823, 0.015, 0.35, 0.99),
    ("77209", "77400", 2.692, 48.858, 0.002, 0.15, 1.05),
    ("77221", "77600", 2.704, 48.852, 0.000, 0.10, 1.08),
    ("77234", "77450", 2.764, 48.914, 0.000, 0.05, 0.90),
    ("77237", "77600", 2.754, 48.835, 0.000, 0.05, 0.95),
    ("77243", "77400", 2.709, 48.873, 0.020, 0.65, 1.04),
    ("77248", "77450", 2.783, 48.905, 0.000, 0.05, 0.93),
    ("77307", "77144", 2.745, 48.874, 0.075, 0.68, 1.08),
    ("77372", "77400", 2.683, 48.881, 0.006, 0.35, 0.97),
    ("77374", "77135", 2.706, 48.798, 0.004, 0.20, 0.92),
    ("77438", "77400", 2.680, 48.868, 0.010, 0.40, 0.98),
    ("77464", "77400", 2.706, 48.886, 0.012, 0.50, 0.93),
];

impl Place {
    /// The facts of `commune`; for one that is not known here, plain middling ones.
    pub(crate) fn of(commune: &Commune) -> Self {
        let middling = ("", "77000", 2.71, 48.86, 0.005, 0.3, 1.0);
        let known = KNOWN.into_iter().find(|(code, ..)| *code == commune.code);
        let (_, postcode, longitude, latitude, large_programmes, flats, price) = known.unwrap_or(middling);
        Self { commune: commune.clone(), postcode, longitude, latitude, large_programmes, flats, price }
    }

    /// The INSEE code of its département.
    pub(crate) fn departement(&self) -> &str {
        departement(&self.commune.code)
    }

    /// Its name as the registers write it: capitals without accents, no hyphens.
    pub(crate) fn locality(&self) -> String {
        self.commune.nom.to_uppercase().replace('-', " ").replace(['É', 'È', 'Ê'], "E")
    }
}

/// The département in an INSEE commune code.
pub(crate) fn departement(commune: &str) -> &str {
    commune.get(..2).unwrap_or(commune)
}

/// The name of a département; elsewhere than in Île-de-France, its code.
pub(crate) fn departement_name(code: &str) -> &str {
    match code {
        "75" => "Paris",
        "77" => "Seine-et-Marne",
        "78" => "Yvelines",
        "91" => "Essonne",
        "92" => "Hauts-de-Seine",
        "93" => "Seine-Saint-Denis",
        "94" => "Val-de-Marne",
        "95" => "Val-d'Oise",
        other => other,
    }
}
