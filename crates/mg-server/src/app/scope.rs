//! Scopes, as an operator writes them.

use mg_core::Scope;

use super::{App, zone};
use crate::Problem;

/// The scope of `communes`, each an INSEE code or a name; without any, every row.
pub fn scope_of(app: &App, communes: &[String]) -> Result<Scope, Problem> {
    if communes.is_empty() {
        return Ok(Scope::All);
    }
    let codes = communes.iter().map(|text| zone::commune(app, text).map(|commune| commune.code.clone()));
    Ok(Scope::Communes(codes.collect::<Result<_, _>>()?))
}
