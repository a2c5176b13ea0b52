//! Two processes on one data folder: the second learns of the first, and may share its database.

use mg_store::{Cluster, ClusterError, Store, StoreOptions};
use mg_testkit::TestDatabase;

use crate::fresh_cluster::{DISPOSABLE, DataFolder};

#[tokio::test]
async fn a_second_start_on_a_folder_says_who_holds_it() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let refused = Cluster::start(database.folder(), "mg demo", &DISPOSABLE).await;
    let Err(refused @ ClusterError::InUse(_)) = refused else {
        panic!("a held folder was taken: {refused:?}");
    };
    let said = refused.to_string();
    let ClusterError::InUse(tenant) = refused else { unreachable!("matched above") };
    assert_eq!((tenant.pid, tenant.command.as_str()), (std::process::id(), "a test"));
    for part in [&tenant.pid.to_string(), "`a test`", &tenant.since, "--data"] {
        assert!(said.contains(part), "{part} is missing in: {said}");
    }
    database.store.zones().await?;
    Ok(())
}

#[tokio::test]
async fn a_second_process_attaches_to_the_database_of_the_first() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let attachment = Cluster::attach(database.folder())?.expect("somebody holds it");
    assert_eq!(attachment.socket_dir, database.socket_dir());
    assert_eq!(attachment.tenant.command, "a test");

    database.store.record_edition("dvf", "2026-10", 7).await?;
    let second = Store::attach_private(&attachment.socket_dir, "mg", &StoreOptions::default()).await?;
    let edition = second.latest_edition("dvf").await?.expect("the first one's edition");
    assert_eq!(edition.name, "2026-10");
    second.close().await;
    Ok(())
}

#[tokio::test]
async fn there_is_nothing_to_attach_to_in_a_folder_that_nobody_holds() -> anyhow::Result<()> {
    let folder = DataFolder::open("data")?;
    assert!(Cluster::attach(folder.path())?.is_none());
    assert!(!folder.path().exists(), "looking made a folder");
    let cluster = folder.start().await?;
    assert!(Cluster::attach(folder.path())?.is_some());
    cluster.stop().await?;
    assert!(Cluster::attach(folder.path())?.is_none());
    Ok(())
}
