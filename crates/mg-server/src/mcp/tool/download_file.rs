//! `download_file`.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Effect, McpTool};
use crate::Problem;
use crate::app::{self, App, Download};

pub(super) struct DownloadFile;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The file, a whole URL of the public web.
    #[schemars(example = &"https://www.insee.fr/fr/statistiques/fichier/8290591/ensemble.zip")]
    url: String,
}

impl McpTool for DownloadFile {
    type Input = Input;
    type Output = Download;
    const NAME: &'static str = "download_file";
    const TITLE: &'static str = "Download a file / Télécharger un fichier";
    const DESCRIPTION: &'static str = "Stores one file of the public web in the platform's data folder, under a name made \
        of its content, and gives that name, its size, its SHA-256 and what its content says it is: PDF, ZIP (XLSX), gzip, \
        PNG, JPEG, Parquet or text. Asked again, the same file is stored once. To load data into tables, launch a spider.";
    const READ_ONLY: bool = false;
    const ROLE: Role = Role::Editor;
    const EFFECT: Effect = Effect { destructive: false, idempotent: true, open_world: true };

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let file = app::download_file(&ctx, &app, &input.url).await?;
        let text = format!(
            "Stored {} as {} ({}, {} bytes){}.",
            file.url,
            file.file,
            file.media_type,
            file.size_bytes,
            if file.already_there { "; it was there already" } else { "" }
        );
        Answer::new(&file, text)
    }
}
