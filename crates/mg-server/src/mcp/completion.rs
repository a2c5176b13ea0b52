//! `completion/complete`: what an argument may be, while it is being typed.

use std::collections::HashMap;

use mg_core::OpContext;
use rmcp::ErrorData;
use rmcp::model::{CompleteRequestParams, CompleteResult, CompletionInfo, Reference};

use super::prompt::{self, Source};
use super::resource::{KPI_TEMPLATE, RUN_TEMPLATE, TABLE_TEMPLATE};
use super::{failure, prompt::Language};
use crate::Problem;
use crate::app::{self, App, Known, fold};

/// The values that fit what was typed: those that begin with it, then those that contain it.
///
/// # Errors
///
/// `-32602` for a prompt, a template or an argument that is not ours.
pub(super) async fn complete(
    ctx: &OpContext,
    app: &App,
    request: CompleteRequestParams,
) -> Result<CompleteResult, ErrorData> {
    let resolved = request.context.and_then(|context| context.arguments).unwrap_or_default();
    let argument = request.argument.name.as_str();
    let source = match &request.r#ref {
        Reference::Prompt(prompt) => prompt::source(&prompt.name, argument)?,
        Reference::Resource(template) => template_source(&template.uri, argument)?,
        other => {
            let message = format!("Nothing completes a {}.", other.reference_type());
            return Err(ErrorData::invalid_params(message, None));
        }
    };
    let candidates = candidates(ctx, app, source, &resolved).await.map_err(|problem| failure(&problem))?;
    let mut values = fitting(candidates, &request.argument.value);
    let total = values.len();
    values.truncate(CompletionInfo::MAX_VALUES);
    let more = total > values.len();
    let info = CompletionInfo::with_pagination(values, u32::try_from(total).ok(), more)
        .map_err(|error| ErrorData::internal_error(error, None))?;
    Ok(CompleteResult::new(info))
}

fn template_source(uri: &str, argument: &str) -> Result<Source, ErrorData> {
    match (uri, argument) {
        (TABLE_TEMPLATE, "schema") => Ok(Source::Schema),
        (TABLE_TEMPLATE, "table") => Ok(Source::BareTable),
        (KPI_TEMPLATE, "name") => Ok(Source::Kpi),
        (RUN_TEMPLATE, "id") => Ok(Source::Run),
        (TABLE_TEMPLATE | KPI_TEMPLATE | RUN_TEMPLATE, _) => Err(ErrorData::invalid_params(
            format!(
                "The template {uri} has no argument `{}`.",
                argument.chars().take(60).collect::<String>()
            ),
            None,
        )),
        _ => Err(ErrorData::invalid_params(
            format!(
                "There is no template {}; resources/templates/list lists them.",
                uri.chars().take(120).collect::<String>()
            ),
            None,
        )),
    }
}

async fn candidates(
    ctx: &OpContext,
    app: &App,
    source: Source,
    resolved: &HashMap<String, String>,
) -> Result<Vec<String>, Problem> {
    let kpi = resolved.get("kpi").map(String::as_str);
    Ok(match source {
        Source::Free => Vec::new(),
        Source::Language => Language::ALL.map(|language| language.code().to_owned()).to_vec(),
        Source::Table => app::known(ctx, app, Known::Tables).await?,
        Source::Schema | Source::BareTable => {
            let tables = app::known(ctx, app, Known::Tables).await?;
            let named = tables.iter().filter_map(|name| name.split_once('.'));
            let wanted = resolved.get("schema");
            let mut parts: Vec<String> = match source {
                Source::Schema => named.map(|(schema, _)| schema.to_owned()).collect(),
                _ => named
                    .filter(|(schema, _)| wanted.is_none_or(|wanted| wanted == schema))
                    .map(|(_, table)| table.to_owned())
                    .collect(),
            };
            parts.sort_unstable();
            parts.dedup();
            parts
        }
        Source::Kpi => app::known(ctx, app, Known::Kpis).await?,
        Source::Commune => app::known(ctx, app, Known::Communes).await?,
        Source::Period => app::known(ctx, app, Known::Periods(kpi)).await?,
        Source::Run => app::known(ctx, app, Known::Runs).await?,
    })
}

/// Those that begin with `typed`, then those that contain it, each in the order given; accents,
/// capitals and hyphens do not count.
fn fitting(candidates: Vec<String>, typed: &str) -> Vec<String> {
    let typed = fold(typed.trim());
    let (beginning, others): (Vec<String>, Vec<String>) =
        candidates.into_iter().partition(|candidate| fold(candidate).starts_with(&typed));
    let containing = others.into_iter().filter(|candidate| fold(candidate).contains(&typed));
    beginning.into_iter().chain(containing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_with_it_comes_before_what_contains_it() {
        let communes = ["Bussy-Saint-Georges", "Saint-Thibault-des-Vignes", "Lagny-sur-Marne", "Montévrain"];
        let communes = || communes.map(str::to_owned).to_vec();
        assert_eq!(fitting(communes(), "saint"), ["Saint-Thibault-des-Vignes", "Bussy-Saint-Georges"]);
        assert_eq!(fitting(communes(), "MONTE"), ["Montévrain"]);
        assert_eq!(fitting(communes(), "sur m"), ["Lagny-sur-Marne"]);
        assert_eq!(fitting(communes(), "").len(), 4);
        assert!(fitting(communes(), "paris").is_empty());
    }
}
