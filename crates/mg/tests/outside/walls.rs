//! The walls between the crates, over what cargo says that they depend on.
//!
//! ARCHITECTURE.md says why each wall stands. A new edge between two of our crates makes
//! [`EDGES`] wrong: it is a decision, to be taken here.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Node, PackageId};

/// What each of our crates is built on, of our crates.
const EDGES: [(&str, &[&str]); 14] = [
    (
        "mg",
        &[
            "mg-core",
            "mg-crawl",
            "mg-dags",
            "mg-flow",
            "mg-gate",
            "mg-portal",
            "mg-server",
            "mg-spiders",
            "mg-store",
        ],
    ),
    ("mg-conformance", &["mg-core", "mg-server", "mg-testkit"]),
    ("mg-core", &[]),
    ("mg-crawl", &["mg-core"]),
    ("mg-dags", &["mg-flow"]),
    ("mg-flow", &["mg-core", "mg-store"]),
    ("mg-flow-bench", &["mg-flow", "mg-store"]),
    ("mg-forecast", &["mg-core"]),
    ("mg-gate", &[]),
    ("mg-portal", &["mg-core"]),
    (
        "mg-server",
        &["mg-core", "mg-crawl", "mg-dags", "mg-flow", "mg-forecast", "mg-gate", "mg-spiders", "mg-store"],
    ),
    ("mg-spiders", &["mg-core", "mg-crawl"]),
    ("mg-store", &["mg-core", "mg-gate"]),
    (
        "mg-testkit",
        &[
            "mg-core",
            "mg-crawl",
            "mg-dags",
            "mg-flow",
            "mg-gate",
            "mg-portal",
            "mg-server",
            "mg-spiders",
            "mg-store",
        ],
    ),
];

/// Who keeps what to itself: a crate, and the beginnings of the names behind its wall.
const KEPT: [(&str, &[&str]); 4] = [
    ("mg-store", &["sqlx"]),
    ("mg-forecast", &["polars", "augurs"]),
    ("mg-crawl", &["chromiumoxide"]),
    ("mg-gate", &["pg_query"]),
];

/// Who must not reach what, however far down.
const FORBIDDEN: [(&str, &[&str]); 5] = [
    ("mg-core", &["tokio", "sqlx", "reqwest", "mg-"]),
    ("mg-gate", &["tokio", "sqlx", "reqwest", "mg-"]),
    ("mg-crawl", &["sqlx", "mg-store", "mg-gate", "polars"]),
    ("mg-forecast", &["sqlx", "mg-store", "mg-crawl", "chromiumoxide"]),
    ("mg-flow", &["mg-crawl", "mg-forecast", "mg-spiders", "mg-server", "chromiumoxide", "polars"]),
];

#[test]
fn every_edge_between_our_crates_is_one_that_was_decided() -> anyhow::Result<()> {
    let graph = Graph::read()?;
    let decided: BTreeMap<&str, BTreeSet<&str>> =
        EDGES.iter().map(|(from, to)| (*from, to.iter().copied().collect())).collect();
    let found: BTreeMap<&str, BTreeSet<&str>> =
        graph.ours().map(|id| (graph.name(id), graph.our_dependencies(id))).collect();
    for (name, edges) in &found {
        let expected =
            decided.get(name).with_context(|| format!("{name} is new: say what it may depend on"))?;
        ensure!(edges == expected, "{name} depends on {edges:?}, decided was {expected:?}");
    }
    ensure!(found.len() == decided.len(), "a crate is gone: {:?}", found.keys());
    Ok(())
}

#[test]
fn heavy_dependencies_are_reached_through_their_keeper_alone() -> anyhow::Result<()> {
    let graph = Graph::read()?;
    for (keeper, kept) in KEPT {
        ensure!(
            graph.reached(keeper, None)?.iter().any(|name| begins(name, kept)),
            "{keeper} has no {kept:?}"
        );
        for id in graph.ours().filter(|id| graph.name(id) != keeper) {
            let around = graph.reached(graph.name(id), Some(keeper))?;
            let leaked: Vec<_> = around.iter().filter(|name| begins(name, kept)).collect();
            ensure!(leaked.is_empty(), "{} reaches {leaked:?} around {keeper}", graph.name(id));
        }
    }
    Ok(())
}

#[test]
fn what_a_crate_must_not_know_it_cannot_reach() -> anyhow::Result<()> {
    let graph = Graph::read()?;
    for (name, forbidden) in FORBIDDEN {
        let reached = graph.reached(name, None)?;
        let wrong: Vec<_> = reached.iter().filter(|reached| begins(reached, forbidden)).collect();
        ensure!(wrong.is_empty(), "{name} reaches {wrong:?}");
    }
    Ok(())
}

#[test]
fn nothing_that_is_shipped_needs_the_testkit() -> anyhow::Result<()> {
    let graph = Graph::read()?;
    // The conformance server is a test itself; no other crate stands on it: see EDGES.
    for id in graph.ours().filter(|id| graph.name(id) != "mg-conformance") {
        ensure!(!graph.our_dependencies(id).contains("mg-testkit"), "{} ships the testkit", graph.name(id));
    }
    Ok(())
}

fn begins(name: &str, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|beginning| name.starts_with(beginning))
}

/// The dependencies of the workspace, as they are built on this machine.
struct Graph {
    metadata: Metadata,
    nodes: HashMap<PackageId, Node>,
}

impl Graph {
    fn read() -> anyhow::Result<Self> {
        // For this machine alone: packages of other systems need not have been downloaded.
        let rustc = Command::new("rustc").arg("-vV").output().context("running rustc")?;
        let rustc = String::from_utf8(rustc.stdout)?;
        let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).context("the host")?;
        let mut metadata = MetadataCommand::new()
            .manifest_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml"))
            .other_options(["--offline", "--filter-platform", host].map(str::to_owned))
            .exec()
            .context("cargo metadata")?;
        let resolve = metadata.resolve.take().context("resolved dependencies")?;
        let nodes = resolve.nodes.into_iter().map(|node| (node.id.clone(), node)).collect();
        Ok(Self { metadata, nodes })
    }

    fn ours(&self) -> impl Iterator<Item = &PackageId> {
        self.metadata.workspace_members.iter()
    }

    fn name(&self, id: &PackageId) -> &str {
        &self.metadata[id].name
    }

    /// What `id` is built with, tests left out.
    fn built_with(&self, id: &PackageId) -> impl Iterator<Item = &PackageId> {
        let dependencies = self.nodes.get(id).into_iter().flat_map(|node| &node.deps);
        let shipped = dependencies.filter(|dependency| {
            dependency.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development)
        });
        shipped.map(|dependency| &dependency.pkg)
    }

    fn our_dependencies(&self, id: &PackageId) -> BTreeSet<&str> {
        let ours: HashSet<&PackageId> = self.ours().collect();
        self.built_with(id).filter(|id| ours.contains(id)).map(|id| self.name(id)).collect()
    }

    /// All that the crate called `from` is built with, near and far, without going through
    /// the crate called `around`.
    fn reached(&self, from: &str, around: Option<&str>) -> anyhow::Result<BTreeSet<&str>> {
        let start =
            self.ours().find(|id| self.name(id) == from).with_context(|| format!("no crate {from}"))?;
        let mut seen = HashSet::new();
        let mut open: Vec<&PackageId> = self.built_with(start).collect();
        while let Some(id) = open.pop() {
            if Some(self.name(id)) != around && seen.insert(id) {
                open.extend(self.built_with(id));
            }
        }
        Ok(seen.into_iter().map(|id| self.name(id)).collect())
    }
}
