//! Communes by code or by name, as people write them, and within the scope of who asks.

use mg_core::{Commune, OpContext, Scope, WHOLE};

use super::App;
use crate::Problem;
use crate::problem::nearest;

/// A zone with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Zone {
    pub(super) code: String,
    pub(super) name: String,
}

/// The zones that `communes` name, each once, in their order: INSEE codes, names with or without
/// accents, `ensemble` for the whole. None named: the whole territory, or to a principal that is
/// limited to communes, these.
///
/// The one place where a use case learns which zones it may answer about.
pub(super) fn resolve(ctx: &OpContext, app: &App, communes: &[String]) -> Result<Vec<Zone>, Problem> {
    let scope = &ctx.principal.scope;
    if communes.is_empty() && *scope == Scope::All {
        return Ok(vec![whole(app)]);
    }
    let allowed = || app.models.territory.communes.iter().filter(|commune| scope.holds(&commune.code));
    let mut zones: Vec<Zone> = Vec::with_capacity(communes.len());
    let (mut unknown, mut outside) = (Vec::new(), Vec::new());
    for text in communes.iter().map(|text| text.trim()) {
        match find(app, text) {
            Some(zone) if zones.contains(&zone) => {}
            Some(zone) if !scope.holds(&zone.code) => outside.push(text),
            Some(zone) => zones.push(zone),
            None => unknown.push(text),
        }
    }
    if !unknown.is_empty() {
        return Err(unknown_communes(app, scope, &unknown));
    }
    if communes.is_empty() {
        zones.extend(allowed().map(of));
    }
    if outside.is_empty() && !zones.is_empty() {
        return Ok(zones);
    }
    let named = |zone: Zone| format!("{} ({})", zone.name, zone.code);
    Err(out_of_scope(&outside, &allowed().map(of).map(named).collect::<Vec<_>>()))
}

/// Codes of the zones that a principal's view of a KPI as a whole rests on: the whole territory,
/// or the communes that it is limited to.
pub(super) fn in_sight(ctx: &OpContext, app: &App) -> Vec<String> {
    match &ctx.principal.scope {
        Scope::All => vec![whole(app).code],
        Scope::Communes(codes) => codes.iter().cloned().collect(),
    }
}

/// Their codes.
pub(super) fn codes(zones: &[Zone]) -> Vec<String> {
    zones.iter().map(|zone| zone.code.clone()).collect()
}

/// Their names, as a sentence has them.
pub(super) fn names(zones: &[Zone]) -> String {
    zones.iter().map(|zone| zone.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The commune that `text` names: an INSEE code, or a name with or without accents.
pub(super) fn commune<'a>(app: &'a App, text: &str) -> Result<&'a Commune, Problem> {
    known(app, text.trim()).ok_or_else(|| unknown_communes(app, &Scope::All, &[text.trim()]))
}

fn whole(app: &App) -> Zone {
    Zone { code: WHOLE.to_owned(), name: app.models.territory.nom.clone() }
}

fn of(commune: &Commune) -> Zone {
    Zone { code: commune.code.clone(), name: commune.nom.clone() }
}

fn find(app: &App, text: &str) -> Option<Zone> {
    let wanted = fold(text);
    if wanted == WHOLE || wanted == fold(&app.models.territory.nom) {
        return Some(whole(app));
    }
    known(app, text).map(of)
}

fn known<'a>(app: &'a App, text: &str) -> Option<&'a Commune> {
    let wanted = fold(text);
    app.models.territory.communes.iter().find(|c| c.code == text || fold(&c.nom) == wanted)
}

/// `outside` as it was written: the name behind a code is told to those alone who may see it.
fn out_of_scope(outside: &[&str], allowed: &[String]) -> Problem {
    let message = match outside {
        [] => "This token may see no commune of the territory.".to_owned(),
        names => format!("This token may not see {}.", names.join(", ")),
    };
    let advice = match allowed {
        [] => "Ask the operator for a token with communes.".to_owned(),
        allowed => format!("It may see {}; name some of these, or none for all of them.", allowed.join(", ")),
    };
    Problem::new("out_of_scope", message, advice)
}

/// Names that no commune has, with the nearest that are in `scope`.
fn unknown_communes(app: &App, scope: &Scope, unknown: &[&str]) -> Problem {
    let territory = &app.models.territory;
    let shown = |text: &str| text.chars().take(60).collect::<String>();
    let listed: Vec<String> = unknown.iter().take(5).map(|text| format!("`{}`", shown(text))).collect();
    let message = match listed.as_slice() {
        [only] => format!("{only} is no commune of {}.", territory.nom),
        several => format!("{} are no communes of {}.", several.join(", "), territory.nom),
    };
    let allowed = || territory.communes.iter().filter(|commune| scope.holds(&commune.code));
    let mut near: Vec<&str> = unknown
        .iter()
        .take(5)
        .flat_map(|text| nearest(text, allowed().map(|commune| commune.nom.as_str())))
        .collect();
    near.dedup();
    let near = if near.is_empty() { String::new() } else { format!("Did you mean {}? ", near.join(" or ")) };
    Problem::new(
        "unknown_commune",
        message,
        format!(
            "{near}Give names or INSEE codes of its communes, or leave them out for the whole territory."
        ),
    )
}

/// The name of the zone that `text` names, if the principal may ask for it.
pub fn zone_name(ctx: &OpContext, app: &App, text: &str) -> Result<String, Problem> {
    Ok(names(&resolve(ctx, app, &[text.to_owned()])?))
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
