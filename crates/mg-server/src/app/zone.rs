//! Communes by code or by name, as people write them.

use mg_core::{Commune, OpContext, WHOLE};

use super::App;
use crate::Problem;
use crate::problem::nearest;

/// A zone with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Zone {
    pub(super) code: String,
    pub(super) name: String,
}

/// The zone that `text` names: an INSEE code, a name with or without accents, `ensemble`, or
/// nothing for the whole.
pub(super) fn find(app: &App, text: Option<&str>) -> Result<Zone, Problem> {
    let territory = &app.models.territory;
    let whole = || Zone { code: WHOLE.to_owned(), name: territory.nom.clone() };
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(whole());
    };
    let wanted = fold(text);
    if wanted == WHOLE || wanted == fold(&territory.nom) {
        return Ok(whole());
    }
    commune(app, text).map(|commune| Zone { code: commune.code.clone(), name: commune.nom.clone() })
}

/// The commune that `text` names: an INSEE code, or a name with or without accents.
pub(super) fn commune<'a>(app: &'a App, text: &str) -> Result<&'a Commune, Problem> {
    let territory = &app.models.territory;
    let text = text.trim();
    let wanted = fold(text);
    let found = territory.communes.iter().find(|c| c.code == text || fold(&c.nom) == wanted);
    if let Some(commune) = found {
        return Ok(commune);
    }
    let near = nearest(text, territory.communes.iter().map(|commune| commune.nom.as_str()));
    let near = if near.is_empty() { String::new() } else { format!("Did you mean {}? ", near.join(" or ")) };
    Err(Problem::new(
        "unknown_commune",
        format!("`{}` is no commune of {}.", text.chars().take(60).collect::<String>(), territory.nom),
        format!("{near}Give a name or an INSEE code, or leave it out for the whole territory."),
    ))
}

/// The name of the zone that `text` names.
pub fn zone_name(_ctx: &OpContext, app: &App, text: &str) -> Result<String, Problem> {
    Ok(find(app, Some(text))?.name)
}

/// Small letters without accents, hyphens as spaces: how names are compared.
pub(crate) fn fold(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .map(|letter| match letter {
            'à' | 'â' | 'ä' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'î' | 'ï' => 'i',
            'ô' | 'ö' => 'o',
            'ù' | 'û' | 'ü' => 'u',
            'ç' => 'c',
            '-' | '\'' | '’' => ' ',
            other => other,
        })
        .collect()
}
