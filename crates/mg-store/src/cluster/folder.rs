//! Where the cluster lies, and as whom it runs.
//!
//! Postgres refuses root. As root the cluster belongs to an unprivileged user, who must be
//! able to walk down to it; under a closed home (/root is 0700 on Debian) that cannot be,
//! so then the cluster lies in /var/lib/mg and the data folder holds a link to it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use nix::unistd::{Uid, User, geteuid};

use super::ClusterError;

/// A Unix socket's path may have 107 bytes, `/.s.PGSQL.5432.lock` included.
const LONGEST_SOCKET_DIR: usize = 85;

/// The user that Postgres runs as.
#[derive(Debug, Clone)]
pub(super) struct ServerUser {
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) home: PathBuf,
}

/// The places of one cluster.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    /// PGDATA.
    pub(super) pgdata: PathBuf,
    /// Where the socket lies.
    pub(super) socket_dir: PathBuf,
    /// What the server said.
    pub(super) log: PathBuf,
    /// Whom to run it as; `None` when that is whoever runs `mg`.
    pub(super) run_as: Option<ServerUser>,
    /// Name of the operating-system user who runs `mg`.
    pub(super) os_user: String,
}

impl Folder {
    /// Major version of Postgres that the cluster was made by; `None` before it is made.
    pub(super) fn version(&self) -> Option<u32> {
        std::fs::read_to_string(self.pgdata.join("PG_VERSION")).ok()?.trim().parse().ok()
    }

    /// Makes the places that are missing; what is there stays as it is.
    pub(super) fn prepare(data_dir: &Path) -> Result<Self, ClusterError> {
        let data_dir = data_dir
            .canonicalize()
            .map_err(ClusterError::io(format!("find the data folder {}", data_dir.display())))?;
        let os_user = user_name(geteuid())?;
        let run_as = if geteuid().is_root() { Some(unprivileged_user()?) } else { None };
        let home = cluster_home(&data_dir, run_as.as_ref())?;
        let socket_dir = socket_dir(&home);
        for dir in [&home, &socket_dir] {
            private_dir(dir, run_as.as_ref())?;
        }
        Ok(Self { pgdata: home.join("data"), log: home.join("server.log"), socket_dir, run_as, os_user })
    }
}

fn user_name(uid: Uid) -> Result<String, ClusterError> {
    let user = User::from_uid(uid).ok().flatten();
    user.map(|user| user.name).ok_or(ClusterError::NamelessUser(uid.as_raw()))
}

fn unprivileged_user() -> Result<ServerUser, ClusterError> {
    let user = ["postgres", "nobody"].iter().find_map(|name| User::from_name(name).ok().flatten());
    let user = user.ok_or(ClusterError::NoUnprivilegedUser)?;
    Ok(ServerUser { uid: user.uid.as_raw(), gid: user.gid.as_raw(), home: user.dir })
}

fn cluster_home(data_dir: &Path, run_as: Option<&ServerUser>) -> Result<PathBuf, ClusterError> {
    let inside = data_dir.join("postgres");
    let Some(user) = run_as else {
        return Ok(inside);
    };
    if let Ok(target) = std::fs::read_link(&inside) {
        return Ok(target);
    }
    if inside.exists() || can_walk_to(data_dir, user) {
        return Ok(inside);
    }
    let outside = unused_place_outside(data_dir);
    std::fs::create_dir_all(&outside).map_err(ClusterError::io(format!("create {}", outside.display())))?;
    symlink(&outside, &inside).map_err(ClusterError::io(format!("link {}", inside.display())))?;
    Ok(outside)
}

/// A place that no earlier data folder of this path left behind: whoever deletes the data
/// folder and starts again wants an empty database, and may want the old one kept.
fn unused_place_outside(data_dir: &Path) -> PathBuf {
    let name = short_hash(data_dir);
    (1u32..)
        .map(|number| Path::new("/var/lib/mg").join(format!("{name}-{number}")))
        .find(|place| !place.exists())
        .expect("numbers do not run out")
}

/// Whether `user` may pass through `dir` and all above it.
fn can_walk_to(dir: &Path, user: &ServerUser) -> bool {
    dir.ancestors().all(|ancestor| {
        let Ok(metadata) = ancestor.metadata() else {
            return false;
        };
        let pass = match () {
            () if metadata.uid() == user.uid => 0o100,
            () if metadata.gid() == user.gid => 0o010,
            () => 0o001,
        };
        metadata.mode() & pass != 0
    })
}

fn socket_dir(home: &Path) -> PathBuf {
    let inside = home.join("socket");
    if inside.as_os_str().len() <= LONGEST_SOCKET_DIR && is_plain(&inside) {
        return inside;
    }
    PathBuf::from(format!("/tmp/mg-{}-{}", geteuid(), short_hash(home)))
}

/// Whether a list of folders in a setting, quoted for a shell, can hold `path`.
fn is_plain(path: &Path) -> bool {
    path.to_str().is_some_and(|path| !path.contains(['\'', '"', ',', '\\']))
}

fn short_hash(path: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn private_dir(dir: &Path, owner: Option<&ServerUser>) -> Result<(), ClusterError> {
    let act = || -> std::io::Result<()> {
        std::fs::create_dir_all(dir)?;
        // In /tmp someone else may have laid a folder or a link of this name before us.
        let found = std::fs::symlink_metadata(dir)?;
        let ours = [geteuid().as_raw(), owner.map_or(geteuid().as_raw(), |user| user.uid)];
        if !found.is_dir() || !ours.contains(&found.uid()) {
            return Err(std::io::Error::other("it belongs to someone else"));
        }
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))?;
        match owner {
            Some(user) => chown(dir, Some(user.uid), Some(user.gid)),
            None => Ok(()),
        }
    };
    act().map_err(ClusterError::io(format!("prepare {}", dir.display())))
}
