//! A service on an empty database, with few communes and one KPI so that a run is short, and a
//! portal for it to read.

use anyhow::{Context, ensure};
use mg_core::Commune;
use mg_portal::Portal;

use super::script::{COMMUNE, FORECAST_TITLE, KPI};
use crate::data_folder::DataFolder;
use crate::local_portal::{self, read_from};
use crate::process::{Running, answer, mg, number, rows_of};

/// INSEE code of [`COMMUNE`].
const CODE: &str = "77243";

/// A running service.
pub(super) struct Service {
    folder: DataFolder,
    portal: Portal,
    running: Running,
    /// The MCP endpoint.
    pub(super) url: String,
    /// A token that reads.
    pub(super) viewer: String,
    /// A token that launches too.
    pub(super) editor: String,
}

/// Months, such as 2026-03, with dwellings as the tools write them.
pub(super) struct Figures {
    /// The last month that the source has completed.
    observed: (String, String),
    /// The twelve months to come.
    forecast: Vec<(String, String)>,
}

impl Figures {
    /// Whether an answer has each figure where it belongs: the observed one behind the commune's
    /// code, each of the forecast's in the line that its month begins.
    pub(super) fn told_in(&self, answer: &str) -> anyhow::Result<()> {
        let halves = answer.split_once(FORECAST_TITLE);
        let (observed, forecast) = halves.with_context(|| format!("no forecast in {answer}"))?;
        let (month, dwellings) = &self.observed;
        ensure!(observed.contains(month), "{month} is not in {observed}");
        let (_, behind) = observed.split_once(&format!("({CODE})")).context("the commune's code")?;
        let told = words(behind).find(|word| word != month);
        ensure!(told == Some(dwellings), "{dwellings} in {month}, and not: {observed}");
        for (month, dwellings) in &self.forecast {
            let line = forecast.lines().find(|line| line.starts_with(month));
            let line = line.with_context(|| format!("{month} is not in {forecast}"))?;
            ensure!(words(line).nth(1) == Some(dwellings), "{dwellings} in {month}, and not: {line}");
        }
        Ok(())
    }
}

/// The words and numbers of a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_alphanumeric() || c == '.' || c == '-';
    text.split(move |c| !is_part(c)).map(|word| word.trim_end_matches('.')).filter(|word| !word.is_empty())
}

impl Service {
    /// Starts it, and waits until it serves.
    pub(super) async fn start() -> anyhow::Result<Self> {
        let communes = [(CODE, COMMUNE, 21_191), ("77464", "Thorigny-sur-Marne", 10_405)];
        let communes = communes.map(|(code, nom, population)| Commune {
            code: code.to_owned(),
            nom: nom.to_owned(),
            population,
        });
        let folder = DataFolder::new()?;
        write_models(&folder, &communes)?;
        let portal = local_portal::start_for(communes.into()).await?;
        let mut command = mg(&folder, &["serve", "--port", "0"]);
        read_from(&portal, &mut command);
        let mut running = Running::start(command)?;
        let line = running.said("serving").await?;
        let url = line.split('"').find(|part| part.starts_with("http://")).context("where it serves")?;
        let (viewer, editor) = (token(&folder, "viewer").await?, token(&folder, "editor").await?);
        Ok(Self { folder, portal, running, url: url.to_owned(), viewer, editor })
    }

    /// Permits in its database.
    pub(super) async fn permits(&self) -> anyhow::Result<i64> {
        number(&self.folder, "select count(*) from fact_permis").await
    }

    /// Permits in the portal's latest edition.
    pub(super) fn permits_served(&self) -> anyhow::Result<i64> {
        let editions = self.portal.truth().millesimes();
        let latest = editions.last().context("an edition")?;
        Ok(i64::try_from(self.portal.truth().permits(latest).len())?)
    }

    /// What must be told of the commune.
    pub(super) async fn figures(&self) -> anyhow::Result<Figures> {
        // Counted from the facts, not read from the KPI.
        let observed = format!(
            "select to_char(v.periode, 'YYYY-MM'), coalesce(sum(p.logements), 0)::bigint::text
             from (select max(periode) as periode from kpi.value
                   where kpi = '{KPI}' and zone = '{CODE}' and not provisoire) v
             left join fact_permis p on p.code_commune = '{CODE}' and p.etat <> 'annule'
                 and p.fichier = 'logements' and date_trunc('month', p.date_autorisation) = v.periode
             group by v.periode"
        );
        let forecast = format!(
            "select to_char(periode, 'YYYY-MM'), trim_scale(round(valeur::numeric, 2))::text
             from kpi.forecast where kpi = '{KPI}' and zone = '{CODE}'
                 and periode >= date_trunc('month', current_date) order by 1 limit 12"
        );
        let mut figures = Vec::new();
        for query in [observed, forecast] {
            let rows = rows_of(mg(&self.folder, &["sql", &query, "--json"])).await?;
            let rows: Vec<(String, String)> = serde_json::from_value(serde_json::to_value(rows)?)?;
            figures.push(rows);
        }
        let [observed, forecast] = figures.try_into().ok().context("two queries")?;
        let [observed] = observed.try_into().ok().context("one month")?;
        ensure!(forecast.len() == 12, "{forecast:?}");
        Ok(Figures { observed, forecast })
    }

    /// Stops it in order.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.running.signal("TERM");
        let (code, said) = self.running.end().await?;
        ensure!(code == Some(0), "the service ended with {code:?}: {said:#?}");
        self.portal.stop().await;
        Ok(())
    }
}

/// The project's own definition of the KPI, for these communes. `mg` looks beside where it is
/// called.
fn write_models(folder: &DataFolder, communes: &[Commune]) -> anyhow::Result<()> {
    let models = folder.beside().join("models");
    std::fs::create_dir_all(models.join("kpi"))?;
    let line = |commune: &Commune| {
        let Commune { code, nom, population } = commune;
        format!("{{ code = \"{code}\", nom = \"{nom}\", population = {population} }},\n")
    };
    let communes: String = communes.iter().map(line).collect();
    let territory = format!("nom = \"Essai\"\nsiren = \"247700594\"\ncommunes = [\n{communes}]\n");
    std::fs::write(models.join("territoire.toml"), territory)?;
    let file = format!("kpi/{KPI}.toml");
    let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(&file);
    std::fs::copy(own, models.join(file))?;
    Ok(())
}

async fn token(folder: &DataFolder, role: &str) -> anyhow::Result<String> {
    let made = answer(folder, &["token", "create", role, "--role", role]).await?;
    made["token"].as_str().map(str::to_owned).context("a token")
}
