//! The private Postgres: made once, kept, adopted, and run by nobody mighty.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use mg_core::{Commune, Territory};
use mg_store::{Cluster, ClusterError, ClusterOptions, Store, StoreOptions, runs_as_root};
use sqlx::Connection;

use crate::fresh_cluster::{DISPOSABLE, DataFolder, kill};
use crate::session::{session_at, text};

#[tokio::test]
async fn a_cluster_is_made_once_and_a_restart_keeps_its_data() -> anyhow::Result<()> {
    let folder = DataFolder::open("data")?;
    let cluster = folder.start().await?;
    fill(&cluster).await?;
    let made = system_identifier(&cluster).await?;
    cluster.stop().await?;
    assert!(folder.postmaster().is_err(), "a stopped server leaves no postmaster.pid");

    let cluster = folder.start().await?;
    assert_eq!(system_identifier(&cluster).await?, made, "initdb ran again");
    assert_filled(&cluster).await?;
    Ok(cluster.stop().await?)
}

#[tokio::test]
async fn a_server_that_outlived_its_owner_is_adopted() -> anyhow::Result<()> {
    let folder = DataFolder::open("data")?;
    let owner = folder.start().await?;
    fill(&owner).await?;
    let postmaster = folder.postmaster()?;
    owner.abandon();

    let heir = folder.start().await?;
    assert_eq!(folder.postmaster()?, postmaster, "another server was started");
    assert_filled(&heir).await?;
    heir.stop().await?;
    assert!(folder.postmaster().is_err(), "an adopted server is stopped like an own one");
    Ok(())
}

#[tokio::test]
async fn a_server_that_was_killed_comes_back_with_its_data() -> anyhow::Result<()> {
    let folder = DataFolder::open("data")?;
    let cluster = Cluster::start(folder.path(), "a test", &ClusterOptions::default()).await?;
    fill(&cluster).await?;
    let postmaster = folder.postmaster()?;
    cluster.abandon();
    kill(postmaster)?;

    let cluster = folder.start().await?;
    assert_ne!(folder.postmaster()?, postmaster);
    assert_filled(&cluster).await?;
    Ok(cluster.stop().await?)
}

#[tokio::test]
async fn an_unfinished_initdb_is_cleared_away() -> anyhow::Result<()> {
    let folder = DataFolder::open("data")?;
    let unfinished = folder.path().join("postgres/data.unfinished");
    fs::create_dir_all(unfinished.join("base"))?;
    fs::write(unfinished.join("PG_VERSION"), "15\n")?;

    let cluster = folder.start().await?;
    assert!(!unfinished.exists());
    fill(&cluster).await?;
    Ok(cluster.stop().await?)
}

#[tokio::test]
async fn what_is_kept_is_synced_to_disk_and_no_network_is_listened_on() -> anyhow::Result<()> {
    let folder = DataFolder::open("data")?;
    let cluster = Cluster::start(folder.path(), "a test", &ClusterOptions::default()).await?;
    let mut session = session_at(cluster.socket_dir(), "mg_super", "postgres").await?;
    for (setting, value) in [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
    ] {
        assert_eq!(text(&mut session, &format!("show {setting}")).await?, value, "{setting}");
    }
    session.close().await?;
    let mode = fs::metadata(cluster.socket_dir())?.permissions().mode();
    assert_eq!(mode & 0o077, 0, "others may walk to the socket");
    Ok(cluster.stop().await?)
}

#[tokio::test]
async fn the_server_never_runs_as_root() -> anyhow::Result<()> {
    let folder = DataFolder::open("data")?;
    let cluster = folder.start().await?;
    let server = fs::metadata(format!("/proc/{}", folder.postmaster()?))?.uid();
    let own = fs::metadata("/proc/self")?.uid();
    if runs_as_root() {
        assert_ne!(server, 0);
    } else {
        assert_eq!(server, own);
    }
    assert_eq!(fs::metadata(folder.path().join("postgres/data"))?.uid(), server);
    Ok(cluster.stop().await?)
}

#[tokio::test]
async fn a_folder_without_the_programs_is_named_with_what_to_correct() -> anyhow::Result<()> {
    let folder = DataFolder::open("data")?;
    let empty = tempfile::tempdir()?;
    let refused = start_with(&folder, empty.path()).await;
    assert!(matches!(&refused, ClusterError::WrongBinaries(dir) if dir == empty.path()));
    let said = refused.to_string();
    assert!(said.contains("initdb") && said.contains("MG_POSTGRES_BIN"), "{said}");
    assert!(!folder.path().exists(), "a refused start leaves a folder behind");
    Ok(())
}

#[tokio::test]
async fn a_server_older_than_13_is_refused_by_its_version() -> anyhow::Result<()> {
    let folder = DataFolder::open("data")?;
    let old = tempfile::tempdir()?;
    for program in ["initdb", "pg_ctl", "postgres"] {
        let path = old.path().join(program);
        fs::write(&path, "#!/bin/sh\necho 'postgres (PostgreSQL) 12.22'\n")?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    let refused = start_with(&folder, old.path()).await;
    assert!(matches!(refused, ClusterError::TooOld { found: 12 }), "{refused}");
    Ok(())
}

#[test]
fn where_no_server_is_found_each_system_is_told_what_to_install() {
    let said = ClusterError::NoBinaries.to_string();
    for part in ["apt-get install postgresql", "dnf install", "brew install postgresql", "DATABASE_URL"] {
        assert!(said.contains(part), "{part} is missing in: {said}");
    }
}

/// What starting with the programs in `binaries` is refused with.
async fn start_with(folder: &DataFolder, binaries: &Path) -> ClusterError {
    let options = ClusterOptions { binaries: Some(binaries.to_owned()), ..DISPOSABLE };
    Cluster::start(folder.path(), "a test", &options).await.expect_err("these programs serve nobody")
}

async fn fill(cluster: &Cluster) -> anyhow::Result<()> {
    let store = Store::open_private(cluster.socket_dir(), "mg", &StoreOptions::default()).await?;
    let chessy = Commune { code: "77111".to_owned(), nom: "Chessy".to_owned(), population: 7_000 };
    let territory =
        Territory { nom: "Essai".to_owned(), siren: "247700594".to_owned(), communes: vec![chessy] };
    store.set_territory(&territory).await?;
    store.close().await;
    Ok(())
}

/// Opening again migrates and locks down again, which must change nothing.
async fn assert_filled(cluster: &Cluster) -> anyhow::Result<()> {
    let store = Store::open_private(cluster.socket_dir(), "mg", &StoreOptions::default()).await?;
    let zones = store.zones().await?;
    assert_eq!(zones[1..], [("77111".to_owned(), "Chessy".to_owned())]);
    store.close().await;
    Ok(())
}

async fn system_identifier(cluster: &Cluster) -> anyhow::Result<String> {
    let mut session = session_at(cluster.socket_dir(), "mg_super", "postgres").await?;
    text(&mut session, "select system_identifier::text from pg_control_system()").await
}
