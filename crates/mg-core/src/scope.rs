//! Whose rows a principal may see.

use std::collections::BTreeSet;
use std::fmt;

/// The communes that a principal is limited to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Every row.
    #[default]
    All,
    /// The rows of these communes alone, by INSEE code; none when the set is empty. What is
    /// reckoned over the whole territory is outside it.
    Communes(BTreeSet<String>),
}

impl Scope {
    /// Whether rows of `zone` (an INSEE code, or [`crate::WHOLE`]) are inside.
    pub fn holds(&self, zone: &str) -> bool {
        match self {
            Scope::All => true,
            Scope::Communes(codes) => codes.contains(zone),
        }
    }

    /// The INSEE codes it is limited to; `None` when it is not limited.
    pub fn communes(&self) -> Option<&BTreeSet<String>> {
        match self {
            Scope::All => None,
            Scope::Communes(codes) => Some(codes),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::All => f.write_str("all"),
            Scope::Communes(codes) => {
                let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
                f.write_str(&codes.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limited_scope_holds_its_communes_and_not_the_whole() {
        let scope = Scope::Communes(["77243".to_owned()].into());
        assert!(scope.holds("77243") && !scope.holds("77001") && !scope.holds(crate::WHOLE));
        assert!(Scope::All.holds("77001") && Scope::All.holds(crate::WHOLE));
        assert!(!Scope::Communes(BTreeSet::new()).holds("77243"), "an empty scope sees nothing");
    }
}
