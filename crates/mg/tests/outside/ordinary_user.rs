//! As an ordinary user: everything else here runs as whoever runs the tests, often root.

use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use crate::data_folder::DataFolder;
use crate::process::{mg, succeeded};

#[tokio::test]
async fn an_ordinary_user_needs_no_rights_to_have_a_database() -> anyhow::Result<()> {
    if id("-u", None)? != 0 {
        eprintln!("skipped: who runs the tests is an ordinary user, so every other test shows it");
        return Ok(());
    }
    let (uid, gid) = (id("-u", Some("nobody"))?, id("-g", Some("nobody"))?);
    let folder = DataFolder::new()?;
    // Root's target folder may be closed to others.
    let binary = folder.beside().join("mg");
    std::fs::copy(env!("CARGO_BIN_EXE_mg"), &binary).context("copying mg")?;
    std::fs::create_dir(folder.path())?;
    chown(folder.path(), Some(uid), Some(gid))?;
    for arguments in [["migrate", "--json"], ["sql", "select count(*) from analytics.dim_commune"]] {
        let command = succeeded(as_user(&folder, &binary, (uid, gid), &arguments)).await?;
        ensure!(command.out.contains("migrated") || command.out.contains("20"), "{command:?}");
    }
    let files = std::fs::metadata(folder.path().join("postgres/data"))?;
    ensure!(std::os::unix::fs::MetadataExt::uid(&files) == uid, "the cluster belongs to somebody else");
    Ok(())
}

fn as_user(
    folder: &DataFolder,
    binary: &Path,
    user: (u32, u32),
    arguments: &[&str],
) -> tokio::process::Command {
    let usual = mg(folder, arguments);
    let mut command = tokio::process::Command::new(binary);
    command.args(usual.as_std().get_args()).current_dir(folder.beside()).kill_on_drop(true);
    for (name, value) in usual.as_std().get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env("HOME", folder.path()).uid(user.0).gid(user.1);
    command
}

fn id(what: &str, user: Option<&str>) -> anyhow::Result<u32> {
    let output = Command::new("id").arg(what).args(user).output().context("running id")?;
    String::from_utf8(output.stdout)?.trim().parse().context("a number from id")
}
