//! Configuration: `mg.toml`, then the environment (`MG__SERVER__PORT`), then the command line.
//!
//! Every key is in `mg.example.toml` with what it means; a test holds the two together.

mod alerts;
mod sections;
mod unknown;
mod work;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use config::{Environment, File, FileFormat};

pub(crate) use sections::{AccessConfig, Config, LimitsConfig, LogConfig, LogFormat, ServerConfig};

const FILE: &str = "mg.toml";
/// Keys whose value in the environment is a list, separated by commas.
const LISTS: [&str; 6] = [
    "server.allowed_hosts",
    "server.allowed_origins",
    "access.masked_columns",
    "access.allowed_tables",
    "access.blocked_tables",
    "access.functions",
];

impl Config {
    /// The configuration of this process. `file` must exist when it is named.
    pub(crate) fn load(file: Option<&Path>, data: Option<&Path>) -> anyhow::Result<Self> {
        let (path, needed) = match file {
            Some(path) => (path.to_owned(), true),
            None => (PathBuf::from(FILE), false),
        };
        if needed && !path.is_file() {
            bail!("the configuration file {} does not exist", path.display());
        }
        let mut environment = Environment::with_prefix("MG")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .list_separator(",");
        for key in LISTS {
            environment = environment.with_list_parse_key(key);
        }
        let merged = config::Config::builder()
            .add_source(File::from(path.clone()).format(FileFormat::Toml).required(needed))
            .add_source(environment)
            .build()
            .with_context(|| format!("reading the configuration ({})", path.display()))?;
        let mut config = unknown::deserialize(merged)
            .with_context(|| format!("in the configuration ({} and MG__… variables)", path.display()))?;
        if let Some(data) = data {
            config.data_dir = data.to_owned();
        }
        config.complete_from_environment()?;
        Ok(config)
    }

    /// Names that other programs know these by, and the secret that stands in a file.
    fn complete_from_environment(&mut self) -> anyhow::Result<()> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        let database = &mut self.database;
        if let Some(file) = &database.url_file {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("reading database.url_file {}", file.display()))?;
            database.url = Some(text.trim().to_owned());
        }
        database.url = database.url.take().or_else(|| variable("DATABASE_URL"));
        database.postgres_bin =
            database.postgres_bin.take().or_else(|| variable("MG_POSTGRES_BIN").map(PathBuf::from));
        if database.read_url.is_some() && database.url.is_none() {
            bail!(
                "database.read_url names a standby of the server in database.url, which is not set: a private \
                 Postgres has none"
            );
        }
        self.alerts.complete_from_environment(variable);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_toml(text: &str) -> anyhow::Result<Config> {
        let merged = config::Config::builder().add_source(File::from_str(text, FileFormat::Toml)).build()?;
        unknown::deserialize(merged)
    }

    #[test]
    fn the_example_names_every_key_and_its_default() {
        let example = include_str!("../../../mg.example.toml");
        assert_eq!(from_toml(example).expect("a right file"), Config::default());
        // With every `# key =` taken in, nothing is unknown: the file documents keys that exist.
        let all: String = example
            .lines()
            .map(|line| match line.strip_prefix("#= ") {
                Some(key) => format!("{key}\n"),
                None => format!("{line}\n"),
            })
            .collect();
        let full = from_toml(&all).expect("optional keys exist");
        let keys = serde_json::to_value(&full).expect("plain data");
        let unset: Vec<String> = unset_keys(&keys, "");
        assert!(unset.is_empty(), "mg.example.toml does not name {unset:?}");
    }

    fn unset_keys(value: &serde_json::Value, path: &str) -> Vec<String> {
        match value {
            serde_json::Value::Null => vec![path.to_owned()],
            serde_json::Value::Object(object) => {
                object.iter().flat_map(|(key, value)| unset_keys(value, &format!("{path}.{key}"))).collect()
            }
            _ => Vec::new(),
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_known_one() {
        let refused = from_toml("[server]\nprot = 1").expect_err("no such key").to_string();
        assert!(refused.contains("server.prot") && refused.contains("server.port"), "{refused}");
        let refused = from_toml("data_folder = 'x'").expect_err("no such key").to_string();
        assert!(refused.contains("data_dir"), "{refused}");
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_refused_with_its_key() {
        let refused = format!("{:#}", from_toml("[server]\nport = 'high'").expect_err("no number"));
        assert!(refused.contains("port"), "{refused}");
    }
}
