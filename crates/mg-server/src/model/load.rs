//! Reading `models/`: every fault is found, each with its file and line.

use std::path::Path;

use include_dir::{Dir, include_dir};
use mg_core::Territory;
use mg_gate::Gate;
use sha2::{Digest, Sha256};

use super::Kpi;
use super::kpi::KpiFile;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../models");

/// What is wrong with a file of `models/`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {reason}", line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct ModelError {
    /// The file.
    pub file: String,
    /// The line, where it is known.
    pub line: Option<usize>,
    /// What is wrong, and what is expected.
    pub reason: String,
}

/// The territory and the KPIs.
#[derive(Debug, Clone)]
pub struct Models {
    /// The territory.
    pub territory: Territory,
    /// The KPIs, by name.
    pub kpis: Vec<Kpi>,
}

/// A file that was read.
struct ModelFile {
    name: String,
    text: String,
}

impl Models {
    /// The models of `folder`.
    pub fn read(folder: &Path, gate: &Gate, datasets: &[&str]) -> Result<Self, Vec<ModelError>> {
        let territory = read_file(&folder.join("territoire.toml")).map_err(|fault| vec![fault])?;
        let kpis = read_folder(&folder.join("kpi")).map_err(|fault| vec![fault])?;
        Self::check(&territory, &kpis, gate, datasets)
    }

    /// The models that are built into the binary.
    pub fn built_in(gate: &Gate, datasets: &[&str]) -> Result<Self, Vec<ModelError>> {
        let file = |path: &Path| {
            let text = BUILT_IN.get_file(path).and_then(|file| file.contents_utf8());
            ModelFile {
                name: format!("models/{}", path.display()),
                text: text.unwrap_or_default().to_owned(),
            }
        };
        let kpis = BUILT_IN.get_dir("kpi").into_iter().flat_map(Dir::files);
        let kpis: Vec<ModelFile> = kpis.map(|found| file(found.path())).collect();
        Self::check(&file(Path::new("territoire.toml")), &kpis, gate, datasets)
    }

    /// The KPI of that name.
    pub fn kpi(&self, name: &str) -> Option<&Kpi> {
        self.kpis.iter().find(|kpi| kpi.name == name)
    }

    fn check(
        territory: &ModelFile,
        kpis: &[ModelFile],
        gate: &Gate,
        datasets: &[&str],
    ) -> Result<Self, Vec<ModelError>> {
        let mut faults = Vec::new();
        let territory = check_territory(territory).map_err(|fault| faults.push(fault)).ok();
        let mut checked = Vec::new();
        for file in kpis {
            match check_kpi(file, gate, datasets) {
                Ok(kpi) => checked.push(kpi),
                Err(fault) => faults.push(fault),
            }
        }
        checked.sort_by(|a, b| a.name.cmp(&b.name));
        match territory {
            Some(territory) if faults.is_empty() => Ok(Self { territory, kpis: checked }),
            _ => Err(faults),
        }
    }
}

fn read_folder(folder: &Path) -> Result<Vec<ModelFile>, ModelError> {
    let unreadable = |error: std::io::Error| ModelError {
        file: folder.display().to_string(),
        line: None,
        reason: format!("the folder cannot be read: {error}"),
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(read_file(&path)?);
        }
    }
    Ok(files)
}

fn read_file(path: &Path) -> Result<ModelFile, ModelError> {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(ModelFile { name, text }),
        Err(error) => {
            Err(ModelError { file: name, line: None, reason: format!("the file cannot be read: {error}") })
        }
    }
}

fn parse<T: serde::de::DeserializeOwned>(file: &ModelFile) -> Result<T, ModelError> {
    toml::from_str(&file.text).map_err(|error| ModelError {
        file: file.name.clone(),
        line: error.span().map(|span| line_of(&file.text, span.start)),
        reason: error.message().replace('\n', " "),
    })
}

fn line_of(text: &str, byte: usize) -> usize {
    text.as_bytes().iter().take(byte).filter(|byte| **byte == b'\n').count() + 1
}

fn check_territory(file: &ModelFile) -> Result<Territory, ModelError> {
    let territory: Territory = parse(file)?;
    let fault = |word: &str, reason: String| Err(fault_at(file, word, reason));
    if territory.communes.is_empty() {
        return fault("communes", "there is no commune".to_owned());
    }
    for (place, commune) in territory.communes.iter().enumerate() {
        let code = &commune.code;
        if code.len() != 5 || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return fault(code, format!("`{code}` is no INSEE code (five characters)"));
        }
        if territory.communes[..place].iter().any(|earlier| earlier.code == *code) {
            return fault(code, format!("commune {code} stands twice"));
        }
    }
    Ok(territory)
}

fn check_kpi(file: &ModelFile, gate: &Gate, datasets: &[&str]) -> Result<Kpi, ModelError> {
    let parsed: KpiFile = parse(file)?;
    let fault = |word: &str, reason: String| fault_at(file, word, reason);
    let name = Path::new(&file.name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let name = name.filter(|name| is_kpi_name(name)).ok_or_else(|| {
        fault("", "the file's name names the KPI: small letters, digits and underscores".to_owned())
    })?;
    if !datasets.contains(&parsed.dataset.as_str()) {
        let known = datasets.join(", ");
        return Err(fault("dataset", format!("no spider is named `{}`; there are {known}", parsed.dataset)));
    }
    let longest = mg_forecast::Settings::MAX_HORIZON;
    if !(1..=longest).contains(&parsed.forecast.horizon) {
        return Err(fault("horizon", format!("a horizon is 1 to {longest} periods")));
    }
    if parsed.forecast.models.is_empty() {
        return Err(fault("models", "name at least one model, or leave the line out".to_owned()));
    }
    let query = gate.admit_query(&parsed.sql).map_err(|refusal| {
        // The position counts from the start of the query, which begins after `sql = """`.
        let begin = file.text.find("sql").unwrap_or(0);
        let line = line_of(&file.text, begin) + line_of(&parsed.sql, refusal.position.unwrap_or(0));
        ModelError {
            file: file.name.clone(),
            line: Some(line),
            reason: format!("{} {}", refusal.message, refusal.hint),
        }
    })?;
    Ok(Kpi {
        name,
        title_fr: parsed.title_fr,
        title_en: parsed.title_en,
        description: parsed.description,
        unit: parsed.unit,
        grain: parsed.grain,
        good: parsed.good,
        dataset: parsed.dataset,
        empty: parsed.empty,
        query,
        freshness: parsed.freshness,
        forecast: parsed.forecast,
        fingerprint: hexadecimal(&Sha256::digest(file.text.as_bytes())),
    })
}

/// A fault at the first line that holds `word`.
fn fault_at(file: &ModelFile, word: &str, reason: String) -> ModelError {
    let place = if word.is_empty() { None } else { file.text.find(word) };
    ModelError { file: file.name.clone(), line: place.map(|byte| line_of(&file.text, byte)), reason }
}

fn is_kpi_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mg_gate::Policy;

    fn gate() -> Gate {
        Gate::new(Policy::reading(["analytics", "kpi"]))
    }

    fn fault(text: &str) -> ModelError {
        let file = ModelFile { name: "models/kpi/essai.toml".into(), text: text.to_owned() };
        check_kpi(&file, &gate(), &["sitadel"]).expect_err("a wrong file")
    }

    fn right() -> String {
        let file = BUILT_IN.get_file("kpi/permis_autorises.toml").expect("a built-in KPI");
        file.contents_utf8().expect("text").to_owned()
    }

    #[test]
    fn the_built_in_models_are_right() {
        let models = Models::built_in(&gate(), &["sitadel", "dvf"]).expect("right models");
        assert_eq!(models.territory.communes.len(), 20);
        assert_eq!(models.kpis.len(), 7);
    }

    #[test]
    fn a_wrong_file_is_refused_with_its_line() {
        let wrong = fault(&right().replace("grain = \"month\"", "grain = \"week\""));
        assert_eq!((wrong.file.as_str(), wrong.line), ("models/kpi/essai.toml", Some(5)));
        assert!(wrong.reason.contains("week"), "{wrong}");
        assert_eq!(fault(&right().replace("unit =", "units =")).line, Some(4));
        assert_eq!(fault(&right().replace("\"sitadel\"", "\"sitadelle\"")).line, Some(7));
    }

    #[test]
    fn a_query_that_does_not_pass_the_gate_is_refused_where_it_errs() {
        let wrong = fault(&right().replace("count(*)::float8", "pg_sleep(9)"));
        assert_eq!(wrong.line, Some(11), "{wrong}");
        let wrong = fault(&right().replace("analytics.fact_permis", "mg.token"));
        assert!(wrong.reason.contains("mg"), "{wrong}");
    }
}
