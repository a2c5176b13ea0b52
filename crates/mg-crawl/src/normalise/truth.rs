//! Truth values: `oui`, `non`, `vrai`, `faux`, `1`, `0`.

use super::{NoValue, folded, spaces};

/// Whether a text says yes; `None` for an empty one.
pub fn truth(text: &str) -> Result<Option<bool>, NoValue> {
    let text = folded(&spaces(text));
    match text.as_str() {
        "" => Ok(None),
        "oui" | "o" | "vrai" | "v" | "1" | "x" | "true" | "t" | "yes" | "y" | "✓" | "✔" => Ok(Some(true)),
        "non" | "n" | "faux" | "f" | "0" | "false" | "no" | "✗" | "✘" => Ok(Some(false)),
        _ => Err(NoValue::because(format!("`{text}` is neither oui nor non"))),
    }
}

#[cfg(test)]
mod tests {
    use super::truth;

    #[test]
    fn yes_no_and_neither() {
        assert_eq!((truth(" OUI "), truth("Faux"), truth("")), (Ok(Some(true)), Ok(Some(false)), Ok(None)));
        assert!(truth("peut-être").is_err());
    }
}
