//! Facts and KPIs reckoned from the portal's own structs, by another way than the platform's:
//! what tests hold its answers against.

use std::collections::BTreeMap;

use anyhow::bail;
use chrono::{Datelike, NaiveDate};
use mg_core::{Grain, Period, WHOLE};
use mg_portal::{Etat, LocalType, Mutation, Nature, Permit, Truth};

/// A KPI's value with the number of records it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reckoned {
    pub(crate) value: f64,
    pub(crate) records: i64,
}

/// The values of a KPI, by zone and first day of the period; only where there is a record.
pub(crate) type Values = BTreeMap<(String, NaiveDate), Reckoned>;

/// One record as a KPI sees it: where, when, how much.
struct Sample {
    commune: String,
    day: NaiveDate,
    amount: f64,
}

/// The KPI called `name`, from what `truth` says of permits in `edition` and of sales.
pub(crate) fn kpi(truth: &Truth, edition: &str, name: &str) -> anyhow::Result<Values> {
    let permits = || truth.permits(edition).iter().filter(|permit| permit.etat != Etat::Annule);
    let opened = || permits().filter_map(|permit| Some((permit, permit.ouverture?)));
    Ok(match name {
        "permis_autorises" => {
            by_zone(Grain::Month, sum, permits().map(|p| sample(&p.commune, p.autorisation, 1.0)))
        }
        "logements_autorises" => {
            let dwellings = |p: &Permit| p.programme.dwellings() as f64;
            by_zone(Grain::Month, sum, permits().map(|p| sample(&p.commune, p.autorisation, dwellings(p))))
        }
        "logements_commences" => {
            let dwellings = |p: &Permit| p.programme.dwellings() as f64;
            by_zone(Grain::Month, sum, opened().map(|(p, day)| sample(&p.commune, day, dwellings(p))))
        }
        "delai_ouverture_chantier" => {
            let days = |p: &Permit, day: NaiveDate| (day - p.autorisation).num_days() as f64;
            by_zone(Grain::Month, median, opened().map(|(p, day)| sample(&p.commune, day, days(p, day))))
        }
        "mutations" => {
            let sold = mutations(truth).filter(|m| matches!(m.nature, Nature::Vente | Nature::Vefa));
            by_zone(Grain::Month, sum, sold.map(|m| sample(&m.commune, m.date, 1.0)))
        }
        "prix_m2_appartement" => prices(truth, LocalType::Appartement),
        "prix_m2_maison" => prices(truth, LocalType::Maison),
        other => bail!("nobody has reckoned {other} yet"),
    })
}

/// Every mutation that the portal has published.
pub(crate) fn mutations(truth: &Truth) -> impl Iterator<Item = &Mutation> {
    (2014..=truth.last_sale_day().year()).flat_map(|year| truth.mutations(year))
}

/// A permit as the platform should have it, in one line.
pub(crate) fn permit_line(permit: &Permit) -> String {
    let etat = match permit.etat {
        Etat::Autorise => "autorise",
        Etat::Annule => "annule",
        Etat::Commence => "commence",
        Etat::Termine => "termine",
    };
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let programme = &permit.programme;
    [
        permit.type_dau.to_owned(),
        permit.num_dau.clone(),
        permit.commune.clone(),
        etat.to_owned(),
        permit.autorisation.to_string(),
        day(permit.ouverture),
        day(permit.achevement),
        permit.depot.year().to_string(),
        programme.dwellings().to_string(),
        (programme.detached + programme.grouped).to_string(),
        (programme.flats + programme.residence).to_string(),
        programme.residence.to_string(),
        programme.demolished.to_string(),
        programme.social.to_string(),
        permit.site.land_m2.to_string(),
        programme.area.created.to_string(),
    ]
    .join("|")
}

/// The query that says the same of the platform's rows.
pub(crate) const PERMIT_LINES: &str =
    "select concat_ws('|', type_dau, num_dau, code_commune, etat, date_autorisation,
    coalesce(date_ouverture::text, ''), coalesce(date_achevement::text, ''), annee_depot, logements,
    logements_individuels, logements_collectifs, logements_residence, logements_demolis, logements_sociaux,
    surface_terrain_m2, surface_habitation_creee_m2) from analytics.fact_permis order by 1";

fn prices(truth: &Truth, kind: LocalType) -> Values {
    let of_kind = mutations(truth).filter(|m| m.rows.iter().any(|row| row.local == Some(kind)));
    let priced = of_kind.filter_map(|m| Some(sample(&m.commune, m.date, m.price_per_m2()?)));
    by_zone(Grain::Quarter, median, priced)
}

fn sample(commune: &str, day: NaiveDate, amount: f64) -> Sample {
    Sample { commune: commune.to_owned(), day, amount }
}

fn by_zone(grain: Grain, of: fn(&mut [f64]) -> f64, samples: impl Iterator<Item = Sample>) -> Values {
    let mut amounts: BTreeMap<(String, NaiveDate), Vec<f64>> = BTreeMap::new();
    for sample in samples {
        let period = Period::holding(grain, sample.day).start();
        for zone in [sample.commune, WHOLE.to_owned()] {
            amounts.entry((zone, period)).or_default().push(sample.amount);
        }
    }
    let reckon = |mut amounts: Vec<f64>| Reckoned { value: of(&mut amounts), records: amounts.len() as i64 };
    amounts.into_iter().map(|(place, amounts)| (place, reckon(amounts))).collect()
}

fn sum(amounts: &mut [f64]) -> f64 {
    amounts.iter().sum()
}

fn median(amounts: &mut [f64]) -> f64 {
    amounts.sort_unstable_by(f64::total_cmp);
    let middle = amounts.len() / 2;
    if amounts.len() % 2 == 1 { amounts[middle] } else { (amounts[middle - 1] + amounts[middle]) / 2.0 }
}
