//! The keys, and what they are when nobody says otherwise.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

use super::alerts::AlertsConfig;
use super::work::WorkConfig;

/// Everything that can be configured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Config {
    /// Folder of the private Postgres and all that is kept.
    pub(crate) data_dir: PathBuf,
    /// Folder of KPIs and territory; unset: `./models` if there is one, else those built in.
    pub(crate) models_dir: Option<PathBuf>,
    pub(crate) spiders_dir: Option<PathBuf>,
    pub(crate) server: ServerConfig,
    pub(crate) database: DatabaseConfig,
    pub(crate) limits: LimitsConfig,
    pub(crate) access: AccessConfig,
    pub(crate) audit: AuditConfig,
    pub(crate) retention: RetentionConfig,
    pub(crate) alerts: AlertsConfig,
    pub(crate) work: WorkConfig,
    pub(crate) crawl: CrawlConfig,
    pub(crate) spiders: BTreeMap<String, SpiderConfig>,
    pub(crate) browser: BrowserConfig,
    pub(crate) log: LogConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("./data"),
            models_dir: None,
            spiders_dir: None,
            server: ServerConfig::default(),
            database: DatabaseConfig::default(),
            limits: LimitsConfig::default(),
            access: AccessConfig::default(),
            audit: AuditConfig::default(),
            retention: RetentionConfig::default(),
            alerts: AlertsConfig::default(),
            work: WorkConfig::default(),
            crawl: CrawlConfig::default(),
            spiders: BTreeMap::new(),
            browser: BrowserConfig::default(),
            log: LogConfig::default(),
        }
    }
}

/// Where the service listens, and who may knock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ServerConfig {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) public_url: Option<Url>,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) allowed_origins: Vec<String>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        Self {
            host: "127.0.0.1".to_owned(),
            port: 8080,
            public_url: None,
            allowed_hosts: texts(&["localhost", "127.0.0.1", "::1"]),
            allowed_origins: texts(&["http://localhost:*", "http://127.0.0.1:*"]),
        }
    }
}

/// Which database. None: a private one in the data folder.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct DatabaseConfig {
    pub(crate) url: Option<String>,
    pub(crate) url_file: Option<PathBuf>,
    pub(crate) writer_url: Option<String>,
    pub(crate) reader_url: Option<String>,
    pub(crate) read_url: Option<String>,
    pub(crate) postgres_bin: Option<PathBuf>,
    pub(crate) reader_connections: Option<usize>,
}

/// How much one query, and one principal, may give and take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LimitsConfig {
    pub(crate) rows: usize,
    pub(crate) bytes: usize,
    pub(crate) cell_chars: usize,
    pub(crate) timeout_ms: u64,
    pub(crate) concurrency: u32,
    pub(crate) requests_per_minute: NonZeroU32,
    pub(crate) slow_ms: u64,
    pub(crate) cache_ttl_ms: u64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            rows: 1_000,
            bytes: 1_000_000,
            cell_chars: 20_000,
            timeout_ms: 15_000,
            concurrency: 6,
            requests_per_minute: NonZeroU32::new(600).expect("not zero"),
            slow_ms: 1_000,
            cache_ttl_ms: 0,
        }
    }
}

/// What queries may read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AccessConfig {
    pub(crate) masked_columns: Vec<String>,
    pub(crate) allowed_tables: Option<Vec<String>>,
    pub(crate) blocked_tables: Vec<String>,
    pub(crate) functions: Vec<String>,
}

impl Default for AccessConfig {
    fn default() -> Self {
        let masked = ["nom_demandeur", "prenom_demandeur", "adresse_demandeur", "email", "telephone"];
        Self {
            masked_columns: masked.map(|column| format!("*.*.{column}")).to_vec(),
            allowed_tables: None,
            blocked_tables: Vec::new(),
            functions: Vec::new(),
        }
    }
}

/// The book of calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AuditConfig {
    pub(crate) retention_days: u32,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self { retention_days: 400 }
    }
}

/// For how many days the other books are kept; 0: for good.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RetentionConfig {
    pub(crate) task_log_days: u32,
    pub(crate) run_days: u32,
    pub(crate) alert_days: u32,
    pub(crate) reject_days: u32,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self { task_log_days: 90, run_days: 400, alert_days: 400, reject_days: 400 }
    }
}

/// How spiders reach the web.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct CrawlConfig {
    pub(crate) user_agent: String,
    pub(crate) timeout_ms: u64,
    pub(crate) body_limit_mb: u64,
    pub(crate) concurrency: usize,
    pub(crate) allow: Vec<String>,
    pub(crate) agent_domains: Vec<String>,
    pub(crate) download_limit_mb: u64,
}

impl Default for CrawlConfig {
    fn default() -> Self {
        let version = env!("CARGO_PKG_VERSION");
        Self {
            user_agent: format!("mg-platform/{version} (open data; operator not named)"),
            timeout_ms: 60_000,
            body_limit_mb: 2_048,
            concurrency: 4,
            allow: Vec::new(),
            agent_domains: Vec::new(),
            download_limit_mb: 256,
        }
    }
}

/// What one spider is told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SpiderConfig {
    pub(crate) base: Option<Url>,
}

/// The browser for pages that need one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct BrowserConfig {
    pub(crate) executable: Option<PathBuf>,
    pub(crate) no_sandbox: bool,
    pub(crate) browsers: usize,
    pub(crate) pages: usize,
}

impl Default for BrowserConfig {
    fn default() -> Self {
        Self { executable: None, no_sandbox: false, browsers: 1, pages: 4 }
    }
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LogConfig {
    pub(crate) level: String,
    pub(crate) format: LogFormat,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Text }
    }
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}
