//! Who asks, and what they may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Scope;

/// What a principal may do. Each role may do all that the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads: SQL, indicators, forecasts.
    Viewer,
    /// Reads, and launches scrapers.
    Editor,
    /// Does all that, and sees what others asked: statistics of every principal.
    Admin,
}

impl Role {
    /// Every role, weakest first.
    pub const ALL: [Role; 3] = [Role::Viewer, Role::Editor, Role::Admin];

    /// The name that is stored, logged and typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Editor => "editor",
            Role::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no role: say viewer, editor or admin")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, UnknownRole> {
        Role::ALL.into_iter().find(|role| role.as_str() == word).ok_or_else(|| UnknownRole(word.to_owned()))
    }
}

/// A person, an agent or a process, once it has shown who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The token's name, or the name of the face's own operator.
    pub name: String,
    /// Number of the token it showed: a name that was revoked can be given anew, a number
    /// cannot. `None` for the operator, who shows none.
    pub token: Option<i64>,
    /// What it may do.
    pub role: Role,
    /// Whose rows it may see.
    pub scope: Scope,
}

impl Principal {
    /// The operator at the command line of the machine itself: whoever may read the data
    /// folder owns the platform, so the command line asks for no token.
    pub fn operator() -> Self {
        Self { name: "operator".to_owned(), token: None, role: Role::Admin, scope: Scope::All }
    }
}
