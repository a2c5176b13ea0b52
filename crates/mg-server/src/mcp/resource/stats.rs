//! `mg://stats`: what there is, and how fresh.

use mg_core::OpContext;
use rmcp::model::{Resource, Role};

use super::{Address, JSON, Reading, annotations};
use crate::Problem;
use crate::app::{self, App};

pub(super) fn listed() -> Resource {
    Resource::new(Address::Stats.uri(), "stats")
        .with_title("What there is and how fresh / État des données")
        .with_description(
            "Rows of each table (estimated), edition and age of each dataset, span of each KPI, the latest runs. \
             Read it to say how fresh a figure is, or whether a scraper should be launched.",
        )
        .with_mime_type(JSON)
        .with_annotations(annotations(&[Role::User, Role::Assistant], 0.7))
}

pub(super) async fn read(ctx: &OpContext, app: &App) -> Result<Reading, Problem> {
    Reading::json(&app::overview(ctx, app).await?)
}
