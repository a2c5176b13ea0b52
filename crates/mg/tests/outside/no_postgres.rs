//! A machine without Postgres.
//!
//! That the search finds none cannot be played here: it looks in /usr/lib/postgresql, whatever
//! the environment says. What it then says is the same type's business, see `ClusterError`.

use anyhow::ensure;

use crate::data_folder::DataFolder;
use crate::process::{answer, ended, mg};

#[tokio::test]
async fn a_folder_without_the_programs_is_named_with_what_to_do() -> anyhow::Result<()> {
    let folder = DataFolder::new()?;
    let empty = tempfile::tempdir()?;
    let shown = empty.path().display().to_string();
    for arguments in
        [vec!["demo", "--port", "0"], vec!["serve", "--port", "0"], vec!["migrate"], vec!["sql", "select 1"]]
    {
        let mut command = mg(&folder, &arguments);
        command.env("MG_POSTGRES_BIN", empty.path());
        let refused = ended(command).await?;
        ensure!(refused.code == Some(1), "{arguments:?}: {refused:?}");
        for needed in [shown.as_str(), "initdb", "MG_POSTGRES_BIN"] {
            ensure!(refused.err.contains(needed), "{arguments:?} does not say {needed}: {}", refused.err);
        }
    }
    let mut doctor = mg(&folder, &["doctor", "--json"]);
    doctor.env("MG_POSTGRES_BIN", empty.path());
    let found = ended(doctor).await?;
    ensure!(found.code == Some(1), "the doctor is content: {found:?}");
    let findings = found.json()?;
    let postgres = findings.as_array().into_iter().flatten().find(|finding| finding["subject"] == "Postgres");
    let mend = postgres.and_then(|finding| finding["mend"].as_str()).unwrap_or_default();
    ensure!(mend.contains("apt-get install postgresql") && mend.contains("DATABASE_URL"), "{findings}");

    // The same folder is good for a start with the programs of the machine.
    ensure!(answer(&folder, &["migrate"]).await?["migrated"] == true, "it does not start any more");
    Ok(())
}
