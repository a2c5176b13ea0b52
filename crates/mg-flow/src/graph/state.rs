//! What a state looks like.

/// Colours and words of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// Its name in the books.
    pub(super) name: &'static str,
    /// The word in French.
    pub(super) french: &'static str,
    /// Colour of the box.
    pub(super) fill: &'static str,
    /// Colour of its edge; dark enough on white, and on the fill, to be read as text.
    pub(super) stroke: &'static str,
}

/// Every state, and last what a task looks like that has none.
const LOOKS: [Look; 9] = [
    Look { name: "blocked", french: "en attente", fill: "#f4f4f5", stroke: "#52525b" },
    Look { name: "ready", french: "prête", fill: "#e0f2fe", stroke: "#075985" },
    Look { name: "running", french: "en cours", fill: "#dbeafe", stroke: "#1d4ed8" },
    Look { name: "mapped", french: "répartie", fill: "#ede9fe", stroke: "#5b21b6" },
    Look { name: "succeeded", french: "réussie", fill: "#dcfce7", stroke: "#166534" },
    Look { name: "failed", french: "échouée", fill: "#fee2e2", stroke: "#991b1b" },
    Look { name: "skipped", french: "passée", fill: "#fafafa", stroke: "#71717a" },
    Look { name: "cancelled", french: "annulée", fill: "#ffedd5", stroke: "#9a3412" },
    Look { name: "", french: "", fill: "#ffffff", stroke: "#334155" },
];

/// What a task in that state looks like.
pub(super) fn look(state: &str) -> Look {
    let known = LOOKS.iter().find(|look| look.name == state);
    *known.unwrap_or(&LOOKS[LOOKS.len() - 1])
}
