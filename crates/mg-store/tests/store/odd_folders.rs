//! Data folders where a server has it hard: closed homes, long paths, odd names.

use std::fs;
use std::path::{Path, PathBuf};

use mg_store::{Cluster, Store, StoreOptions, runs_as_root};

use crate::fresh_cluster::DataFolder;

/// A Unix socket's address holds this many bytes.
const LONGEST_SOCKET: usize = 107;

#[tokio::test]
async fn a_path_too_long_for_a_socket_works() -> anyhow::Result<()> {
    let folder = DataFolder::open(&"a-long-name-".repeat(12))?;
    assert!(folder.path().as_os_str().len() > LONGEST_SOCKET);
    opens_twice(&folder).await
}

#[tokio::test]
async fn a_name_with_an_apostrophe_a_comma_and_spaces_works() -> anyhow::Result<()> {
    opens_twice(&DataFolder::open("l'été, à Chessy")?).await
}

#[tokio::test]
async fn under_a_closed_home_the_cluster_lies_where_its_user_can_walk() -> anyhow::Result<()> {
    let folder = DataFolder::closed("data")?;
    let cluster = folder.start().await?;
    let link = folder.path().join("postgres");
    if !runs_as_root() {
        // Whoever runs mg runs the server too, and may walk through a home of their own.
        assert!(link.is_dir() && !link.is_symlink());
        return Ok(cluster.stop().await?);
    }
    let place = Placed(fs::read_link(&link)?);
    assert!(place.0.starts_with("/var/lib/mg"), "{}", place.0.display());
    Store::open_private(cluster.socket_dir(), "mg", &StoreOptions::default()).await?.close().await;
    cluster.stop().await?;

    let again = folder.start().await?;
    assert_eq!(fs::read_link(&link)?, place.0, "a restart chose another place");
    again.stop().await?;

    fs::remove_file(&link)?;
    let anew = folder.start().await?;
    let other = Placed(fs::read_link(&link)?);
    assert_ne!(other.0, place.0, "a deleted data folder came back with its old database");
    Ok(anew.stop().await?)
}

async fn opens_twice(folder: &DataFolder) -> anyhow::Result<()> {
    let cluster = folder.start().await?;
    let aside = Aside::of(&cluster, folder.path());
    Store::open_private(cluster.socket_dir(), "mg", &StoreOptions::default()).await?.close().await;
    let attached = Cluster::attach(folder.path())?.expect("this process holds it");
    assert_eq!(attached.socket_dir, cluster.socket_dir());
    cluster.stop().await?;

    let again = folder.start().await?;
    assert_eq!(again.socket_dir(), attached.socket_dir, "nobody else would find the socket");
    Store::attach_private(again.socket_dir(), "mg", &StoreOptions::default()).await?.close().await;
    again.stop().await?;
    drop(aside);
    Ok(())
}

/// A cluster outside its data folder, removed at the end.
struct Placed(PathBuf);

impl Drop for Placed {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
        // The shelf stays while another cluster lies on it.
        let _ = fs::remove_dir("/var/lib/mg");
    }
}

/// A socket's folder outside the data folder, removed at the end.
struct Aside(Option<PathBuf>);

impl Aside {
    fn of(cluster: &Cluster, data_dir: &Path) -> Self {
        let socket_dir = cluster.socket_dir();
        Self((!socket_dir.starts_with(data_dir)).then(|| socket_dir.to_owned()))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if let Some(dir) = &self.0 {
            let _ = fs::remove_dir_all(dir);
        }
    }
}
