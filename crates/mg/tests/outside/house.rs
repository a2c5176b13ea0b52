//! The rules of the house that a machine can hold us to.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

/// Where a file is to be split.
const LONGEST_FILE: usize = 500;

#[test]
fn no_source_file_is_longer_than_a_reader_can_hold() -> anyhow::Result<()> {
    for file in sources()? {
        let lines = std::fs::read_to_string(&file)?.lines().count();
        ensure!(lines <= LONGEST_FILE, "{} has {lines} lines: split it", file.display());
    }
    Ok(())
}

#[test]
fn nothing_is_left_to_be_done_in_the_sources() -> anyhow::Result<()> {
    // Put together here, so that this file does not contain them.
    let marks = ["todo", "unimplemented", "dbg"].map(|name| format!("{name}!("));
    let marks = marks.into_iter().chain([["FIX", "ME"].concat(), ["XX", "X:"].concat()]);
    let marks: Vec<String> = marks.collect();
    for file in sources()? {
        let text = std::fs::read_to_string(&file)?;
        for (number, line) in text.lines().enumerate() {
            let mark = marks.iter().find(|mark| line.contains(mark.as_str()));
            ensure!(mark.is_none(), "{}:{}: {line}", file.display(), number + 1);
        }
    }
    Ok(())
}

#[test]
fn both_licences_are_there_and_are_what_the_manifests_name() -> anyhow::Result<()> {
    for (file, words) in [("LICENSE-MIT", "MIT License"), ("LICENSE-APACHE", "Apache License")] {
        let text = std::fs::read_to_string(root().join(file)).with_context(|| format!("reading {file}"))?;
        ensure!(text.contains(words), "{file} is something else");
    }
    let manifest = std::fs::read_to_string(root().join("Cargo.toml"))?;
    ensure!(manifest.contains("license = \"MIT OR Apache-2.0\""), "the manifest names another licence");
    Ok(())
}

#[test]
fn no_tracked_file_knows_the_home_of_whoever_wrote_it() -> anyhow::Result<()> {
    let listed = Command::new("git").arg("-C").arg(root()).args(["ls-files", "-z"]).output();
    let Some(listed) = listed.ok().filter(|listed| listed.status.success()) else {
        eprintln!("skipped: this is no git checkout");
        return Ok(());
    };
    let listed = String::from_utf8(listed.stdout)?;
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
        // A tracked file may have been deleted; one that is no text has no paths to show.
        let Ok(text) = std::fs::read_to_string(root().join(name)) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            ensure!(!names_a_home(line), "{name}:{}: {line}", number + 1);
        }
    }
    Ok(())
}

/// Whether a line has a path below somebody's home.
fn names_a_home(line: &str) -> bool {
    let below = |folder: &str| {
        let rests = line.match_indices(folder).map(|(place, _)| &line[place + folder.len()..]);
        // `/home/` alone, or with a variable after it, is nobody's.
        rests
            .into_iter()
            .any(|rest| rest.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '.'))
    };
    ["home", "Users", "root"].iter().any(|name| below(&format!("/{name}/")))
}

#[test]
fn a_home_is_told_from_other_paths() {
    let (slash, user) = ('/', "someone");
    assert!(names_a_home(&format!("see {slash}home{slash}{user}{slash}x")));
    assert!(names_a_home(&format!("{slash}root{slash}.cargo")));
    assert!(!names_a_home("under a closed home (/root is 0700 on Debian)"));
    assert!(!names_a_home("COPY --chown=mg . /home/$USER/"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every Rust file of ours.
fn sources() -> anyhow::Result<Vec<PathBuf>> {
    let mut open: Vec<PathBuf> = ["crates", "dags", "spiders"].iter().map(|name| root().join(name)).collect();
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    ensure!(files.len() > 100, "only {} sources were found", files.len());
    Ok(files)
}
