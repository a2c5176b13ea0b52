//! Where the files of declared spiders are.

use std::path::{Path, PathBuf};

use anyhow::Context;
use mg_crawl::declared::{Declared, Fault};

use crate::config::Config;
use crate::platform::running_portal;

/// The file of a spider, read.
pub(super) struct SpiderFile {
    /// As faults call it.
    pub(super) path: PathBuf,
    text: String,
}

impl SpiderFile {
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        Ok(Self { path: path.to_owned(), text })
    }

    pub(super) fn parse(&self) -> Result<Declared, Vec<Fault>> {
        Declared::parse(&self.text, &self.path.display().to_string())
    }

    /// The spider at the place that the configuration gives it, or a running demo.
    pub(super) fn spider(&self, config: &Config) -> anyhow::Result<Declared> {
        let spider = self.parse().map_err(|faults| {
            let faults: Vec<String> = faults.iter().map(Fault::to_string).collect();
            anyhow::anyhow!("{}", faults.join("\n  "))
        })?;
        let configured = config.spiders.get(&spider.name).and_then(|told| told.base.clone());
        Ok(match configured.or_else(|| running_portal(&config.data_dir)) {
            Some(base) => spider.at(base),
            None => spider,
        })
    }
}

/// The folder of the files, whether or not it is there.
pub(super) fn path(config: &Config) -> PathBuf {
    config.spiders_dir.clone().unwrap_or_else(|| PathBuf::from("./spiders"))
}

/// Every file of the folder, and those built in that none of them is named as, by name.
pub(super) fn all(config: &Config) -> anyhow::Result<Vec<SpiderFile>> {
    let folder = path(config);
    let mut paths = Vec::new();
    // A folder that the configuration names is one that has to be there.
    let entries = match std::fs::read_dir(&folder) {
        Err(_) if config.spiders_dir.is_none() => None,
        entries => Some(entries.with_context(|| {
            format!("reading the folder of spiders {}, which spiders_dir names", folder.display())
        })?),
    };
    for entry in entries.into_iter().flatten() {
        let path = entry.context("reading the folder of spiders")?.path();
        // The folder holds the package of the spiders in Rust as well.
        if path.extension().is_some_and(|extension| extension == "toml") && !path.ends_with("Cargo.toml") {
            paths.push(path);
        }
    }
    let mut files: Vec<SpiderFile> =
        paths.iter().map(|path| SpiderFile::read(path)).collect::<anyhow::Result<_>>()?;
    for (name, text) in mg_server::spiders::built_in_files() {
        if !files.iter().any(|file| file.path.ends_with(name)) {
            files.push(SpiderFile { path: Path::new("built-in").join(name), text: text.to_owned() });
        }
    }
    files.sort_by(|one, other| one.path.file_name().cmp(&other.path.file_name()));
    Ok(files)
}

/// The file that a name or a path means.
pub(super) fn named(config: &Config, name: &str) -> anyhow::Result<SpiderFile> {
    if name.ends_with(".toml") || name.contains(['/', '\\']) {
        return SpiderFile::read(Path::new(name));
    }
    let files = all(config)?;
    let stem = |file: &SpiderFile| {
        file.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned()
    };
    let known: Vec<String> = files.iter().map(stem).collect();
    let found = files.into_iter().find(|file| stem(file) == name);
    found.with_context(|| match mg_spiders::named(name) {
        Some(_) => {
            format!("spider {name} is written in Rust: it is tried by its tests and run by `mg crawl {name}`")
        }
        None => format!("no spider is declared as {name}; there are {}", known.join(", ")),
    })
}
