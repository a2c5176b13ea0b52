//! Keys that mean nothing are refused: a misspelt limit must not be a limit left out.

use anyhow::bail;

use super::Config;

/// The merged sources as a [`Config`].
pub(super) fn deserialize(merged: config::Config) -> anyhow::Result<Config> {
    let mut unknown = Vec::new();
    let config: Config = serde_ignored::deserialize(merged, |path| unknown.push(path.to_string()))?;
    // serde_ignored marks optional layers of the path with a question mark.
    let unknown: Vec<String> = unknown.iter().map(|key| key.replace("?.", "").replace(".?", "")).collect();
    let Some(key) = unknown.first() else {
        return Ok(config);
    };
    match nearest(key) {
        Some(known) => {
            bail!("unknown key `{key}`: did you mean `{known}`? mg.example.toml explains every key")
        }
        None => bail!("unknown key `{key}`: mg.example.toml explains every key"),
    }
}

fn nearest(key: &str) -> Option<String> {
    let known = serde_json::to_value(Config::default()).ok()?;
    let known = paths(&known, "");
    let likeness = |candidate: &String| strsim::jaro_winkler(key, candidate);
    let best = known.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(&best) > 0.7).then_some(best)
}

fn paths(value: &serde_json::Value, prefix: &str) -> Vec<String> {
    match value {
        serde_json::Value::Object(object) if !object.is_empty() => object
            .iter()
            .flat_map(|(key, value)| {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                paths(value, &path)
            })
            .collect(),
        _ => vec![prefix.to_owned()],
    }
}
