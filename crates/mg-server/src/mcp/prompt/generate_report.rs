//! `generate_report`: a short report on a KPI, or on all of them.

use futures::FutureExt;
use mg_core::Scope;

use super::{Argument, Draft, LANGUAGE, Source, Template, fill};
use crate::app::{self, Known};
use crate::mcp::resource::{self, Address};
use crate::{Problem, problem::nearest};

pub(super) const TEMPLATE: Template = Template {
    name: "generate_report",
    title: "Rédiger une note / Write a report",
    description: "Writes a one-page report with figures, comparison to a year before, outlook and caveats, from the \
        KPIs and their forecasts.",
    arguments: &[
        Argument {
            name: "kpi",
            title: "Indicateur / KPI",
            description: "Name of a KPI; all of them without it.",
            required: false,
            source: Source::Kpi,
        },
        Argument {
            name: "commune",
            title: "Commune",
            description: "Name or INSEE code; the whole territory without it.",
            required: false,
            source: Source::Commune,
        },
        Argument {
            name: "periode",
            title: "Période / Period",
            description: "2026-04 for a month, 2026-T2 for a quarter; the last complete one without it.",
            required: false,
            source: Source::Period,
        },
        LANGUAGE,
    ],
    write: |ctx, app, arguments| {
        async move {
            let language = arguments.language;
            let kpis = app::known(ctx, app, Known::Kpis).await?;
            let kpi = arguments.get("kpi");
            if let Some(name) = kpi
                && !kpis.iter().any(|known| known == name)
            {
                return Err(unknown_kpi(name, &kpis));
            }
            if let Some(commune) = arguments.get("commune") {
                app::zone_name(ctx, app, commune)?;
            }
            let shown = match kpi {
                Some(name) => resource::contents(ctx, app, &Address::Kpi(name.to_owned())).await?,
                None => resource::contents(ctx, app, &Address::Stats).await?,
            };
            let text =
                language.choose(include_str!("generate_report.fr.md"), include_str!("generate_report.en.md"));
            let subject = match kpi {
                Some(name) => format!("`{name}`"),
                None => language.choose("tous les indicateurs", "all KPIs").to_owned(),
            };
            let all = match ctx.principal.scope {
                Scope::All => language.choose("l'ensemble du territoire", "the whole territory"),
                Scope::Communes(_) => language.choose("vos communes", "your communes"),
            };
            let commune = arguments.get("commune").unwrap_or(all);
            let period = arguments
                .get("periode")
                .unwrap_or(language.choose("la dernière période complète", "the last complete period"));
            Ok(Draft {
                text: fill(text, &[("kpi", &subject), ("commune", commune), ("periode", period)]),
                shown: vec![shown],
            })
        }
        .boxed()
    },
};

fn unknown_kpi(name: &str, known: &[String]) -> Problem {
    let near = nearest(name, known.iter().map(String::as_str));
    let advice = if near.is_empty() { known.join(", ") } else { near.join(", ") };
    let shown: String = name.chars().take(60).collect();
    Problem::new("unknown_kpi", format!("There is no KPI named `{shown}`."), format!("There are {advice}."))
}
