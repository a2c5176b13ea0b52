//! The spiders that files declare: `spiders/*.toml`, read and checked.

use std::path::Path;
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use mg_crawl::declared::{Declared, Fault};
use mg_store::NewTable;
use url::Url;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../spiders");

/// Why the declared spiders cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpidersError {
    /// A folder or file could not be read.
    #[error("{path} cannot be read: {source}")]
    Unreadable {
        /// Which.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Files are wrong.
    #[error("{}", .0.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n  "))]
    Faults(Vec<Fault>),
    /// Two spiders have one name, or fill one table.
    #[error("{0}")]
    Clash(String),
}

/// The declared spiders.
#[derive(Debug, Clone, Default)]
pub struct DeclaredSpiders {
    all: Vec<Arc<Declared>>,
}

impl DeclaredSpiders {
    /// Those of the `.toml` files of `folder`, and those built in that none of them is named as.
    pub fn read(folder: &Path) -> Result<Self, SpidersError> {
        let unreadable =
            |path: &Path, source| SpidersError::Unreadable { path: path.display().to_string(), source };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
            let path = entry.map_err(|error| unreadable(folder, error))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if is_spider(&name) {
                files.push((name, std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?));
            }
        }
        for (name, text) in built_in_files() {
            if !files.iter().any(|(known, _)| known == name) {
                files.push((name.to_owned(), text.to_owned()));
            }
        }
        files.sort();
        Self::check(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
    }

    /// Those that are built into the binary.
    pub fn built_in() -> Result<Self, SpidersError> {
        Self::check(built_in_files())
    }

    fn check<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, SpidersError> {
        let mut all: Vec<Arc<Declared>> = Vec::new();
        let mut faults = Vec::new();
        for (name, text) in files {
            match Declared::parse(text, name) {
                Ok(spider) => all.push(Arc::new(spider)),
                Err(found) => faults.extend(found),
            }
        }
        if !faults.is_empty() {
            return Err(SpidersError::Faults(faults));
        }
        for (place, spider) in all.iter().enumerate() {
            if mg_spiders::named(&spider.name).is_some() {
                let clash = format!("spider {} is there in Rust already: rename its file", spider.name);
                return Err(SpidersError::Clash(clash));
            }
            if let Some(other) = all[..place].iter().find(|other| other.table.name == spider.table.name) {
                let (name, other, table) = (&spider.name, &other.name, &spider.table.name);
                let clash =
                    format!("spiders {other} and {name} both fill analytics.{table}: give one another table");
                return Err(SpidersError::Clash(clash));
            }
        }
        Ok(Self { all })
    }

    /// The same spiders, those of `bases` at other places than their files say.
    pub fn at(self, bases: impl Fn(&str) -> Option<Url>) -> Self {
        let moved = |spider: Arc<Declared>| match bases(&spider.name) {
            Some(base) => Arc::new(Declared::clone(&spider).at(base)),
            None => spider,
        };
        Self { all: self.all.into_iter().map(moved).collect() }
    }

    /// All of them, by name.
    pub fn all(&self) -> &[Arc<Declared>] {
        &self.all
    }

    /// The spider of that name.
    pub fn named(&self, name: &str) -> Option<&Arc<Declared>> {
        self.all.iter().find(|spider| spider.name == name)
    }

    /// The tables that they fill, to be made where they are missing.
    pub fn tables(&self) -> Vec<NewTable> {
        let table = |spider: &Arc<Declared>| NewTable { name: spider.table.name.clone(), ddl: spider.ddl() };
        self.all.iter().map(table).collect()
    }
}

/// The files that are built into the binary: name and text.
pub fn built_in_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    let named = BUILT_IN.files().filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?)));
    named.filter(|(name, _)| is_spider(name))
}

/// The folder holds the package of the spiders in Rust as well.
fn is_spider(file: &str) -> bool {
    file.ends_with(".toml") && file != "Cargo.toml"
}
