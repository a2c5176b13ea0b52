//! Hand-written files in Sitadel's format, with only the columns that are read.

use std::fmt::Write;

/// The line of codes.
pub(crate) const HEADER: &str = "COMM;TYPE_DAU;NUM_DAU;ETAT_DAU;DATE_REELLE_AUTORISATION;DATE_REELLE_DOC;\
    DATE_REELLE_DAACT;AN_DEPOT;NATURE_PROJET_DECLAREE;NB_LGT_TOT_CREES;NB_LGT_IND_CREES;NB_LGT_COL_CREES;\
    NB_LGT_RES;NB_LGT_DEMOLIS;NB_LGT_PRET_LOC_SOCIAL;SUPERFICIE_TERRAIN;SURF_HAB_CREEE;SURF_LOC_CREEE";

/// A file being written; its lines are counted from 1, the header's.
#[derive(Debug, Clone)]
pub(crate) struct SitadelFile(Vec<u8>);

/// What a test wants of a permit; the rest is a house in Lagny.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Permit<'a> {
    pub(crate) commune: &'a str,
    pub(crate) number: &'a str,
    pub(crate) authorised: &'a str,
    pub(crate) dwellings: &'a str,
}

impl Default for Permit<'_> {
    fn default() -> Self {
        Self { commune: "77243", number: "", authorised: "2025-03-14", dwellings: "1" }
    }
}

impl SitadelFile {
    /// A file with its header and no row.
    pub(crate) fn new() -> Self {
        Self(format!("{HEADER}\n").into_bytes())
    }

    /// With a row for `permit`.
    pub(crate) fn permit(self, permit: Permit<'_>) -> Self {
        let Permit { commune, number, authorised, dwellings } = permit;
        let mut line = String::new();
        write!(line, "{commune};PC;{number};2;{authorised};;;2024;1;{dwellings};1;0;0;0;0;400;110;0")
            .expect("writing into a string does not fail");
        self.line(line.as_bytes())
    }

    /// With a line of any bytes.
    pub(crate) fn line(mut self, line: &[u8]) -> Self {
        self.0.extend_from_slice(line);
        self.0.push(b'\n');
        self
    }

    /// Its bytes.
    pub(crate) fn bytes(self) -> Vec<u8> {
        self.0
    }
}
