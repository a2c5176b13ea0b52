//! A portal of the test's own, and the facts that must come of it.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, ensure};
use chrono::{Datelike, NaiveDate};
use mg_core::{Clock, Commune, SystemClock};
use mg_gate::{Gate, Policy};
use mg_portal::{Etat, Permit, Portal, PortalConfig};
use mg_server::model::Models;
use serde_json::Value;
use tokio::process::Command;

use crate::data_folder::DataFolder;
use crate::process::{mg, rows_of};

/// A portal for the communes of the built-in models.
pub(crate) async fn start() -> anyhow::Result<Portal> {
    let gate = Gate::new(Policy::reading(["analytics", "kpi"]));
    let models = Models::built_in(&gate, &["sitadel", "dvf"]);
    let models = models.map_err(|faults| anyhow::anyhow!("the built-in models are wrong: {faults:?}"))?;
    start_for(models.territory.communes).await
}

/// A portal for these communes alone.
pub(crate) async fn start_for(communes: Vec<Commune>) -> anyhow::Result<Portal> {
    // `mg` goes by the machine's clock, so its portal has to.
    let today = SystemClock.today();
    let config = PortalConfig { communes, today, seed: 7 };
    Ok(Portal::start(config, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?)
}

/// Makes a command's spiders read from `portal`.
pub(crate) fn read_from(portal: &Portal, command: &mut Command) {
    for spider in ["SITADEL", "DVF"] {
        command.env(format!("MG__SPIDERS__{spider}__BASE"), portal.url());
    }
}

/// What is known of a permit or a sale, as text: sets of these can be compared.
type Facts = BTreeSet<String>;

/// The facts in the folder's database are those of the portal, each of them once, and the KPIs
/// count them.
pub(crate) async fn holds_what_was_served(folder: &DataFolder, portal: &Portal) -> anyhow::Result<()> {
    holds_what_was_served_by(portal, |query| mg(folder, &["sql", query, "--json"])).await
}

/// The same of the database that `sql`, a prepared `mg sql … --json`, asks.
pub(crate) async fn holds_what_was_served_by(
    portal: &Portal,
    sql: impl Fn(&str) -> Command,
) -> anyhow::Result<()> {
    let permits =
        "select type_dau, num_dau, code_commune, etat, date_autorisation::text, date_ouverture::text,
        date_achevement::text, logements from analytics.fact_permis";
    same("permits", &permits_served(portal)?, &rows_of(sql(permits)).await?)?;
    let sales = "select id_mutation, code_commune, date_mutation::text, nature, round(prix_eur * 100)::bigint
        from analytics.fact_mutation";
    same("sales", &sales_served(portal), &rows_of(sql(sales)).await?)?;

    let measured =
        "select sum(valeur)::bigint from kpi.value where kpi = 'permis_autorises' and zone = 'ensemble'";
    let measured = rows_of(sql(measured)).await?;
    let standing = latest_permits(portal)?.iter().filter(|permit| permit.etat != Etat::Annule).count();
    ensure!(measured == [[Value::from(standing)]], "{measured:?} permits measured, {standing} served");
    Ok(())
}

fn same(what: &str, served: &[Vec<Value>], stored: &[Vec<Value>]) -> anyhow::Result<()> {
    ensure!(!served.is_empty(), "the portal serves no {what}");
    ensure!(stored.len() == served.len(), "{} {what} stored, {} served", stored.len(), served.len());
    let text =
        |rows: &[Vec<Value>]| rows.iter().map(|row| Value::from(row.clone()).to_string()).collect::<Facts>();
    let (served, stored) = (text(served), text(stored));
    let wrong: Vec<_> = served.symmetric_difference(&stored).take(6).collect();
    ensure!(wrong.is_empty(), "{what} differ: {wrong:#?}");
    Ok(())
}

fn permits_served(portal: &Portal) -> anyhow::Result<Vec<Vec<Value>>> {
    Ok(latest_permits(portal)?.iter().map(permit).collect())
}

fn latest_permits(portal: &Portal) -> anyhow::Result<&[Permit]> {
    let editions = portal.truth().millesimes();
    Ok(portal.truth().permits(editions.last().context("an edition")?))
}

fn permit(permit: &Permit) -> Vec<Value> {
    let state = match permit.etat {
        Etat::Autorise => "autorise",
        Etat::Annule => "annule",
        Etat::Commence => "commence",
        Etat::Termine => "termine",
    };
    let day = |day: Option<NaiveDate>| day.map_or(Value::Null, |day| day.to_string().into());
    vec![
        permit.type_dau.into(),
        permit.num_dau.as_str().into(),
        permit.commune.as_str().into(),
        state.into(),
        day(Some(permit.autorisation)),
        day(permit.ouverture),
        day(permit.achevement),
        permit.programme.dwellings().into(),
    ]
}

fn sales_served(portal: &Portal) -> Vec<Vec<Value>> {
    let years = 2014..=SystemClock.today().year();
    let sales = years.flat_map(|year| portal.truth().mutations(year).to_vec());
    sales
        .map(|sale| {
            vec![
                sale.id.into(),
                sale.commune.into(),
                sale.date.to_string().into(),
                sale.nature.label().into(),
                sale.price.map_or(Value::Null, |price| Value::from((price * 100.0).round() as i64)),
            ]
        })
        .collect()
}
