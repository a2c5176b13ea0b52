//! Hand-written files in the format of geo-dvf.

use mg_portal::DVF_COLUMNS;

/// What every row says unless a test says otherwise.
const USUAL: [(&str, &str); 8] = [
    ("date_mutation", "2025-03-14"),
    ("numero_disposition", "000001"),
    ("nature_mutation", "Vente"),
    ("code_commune", "77243"),
    ("nom_commune", "Lagny-sur-Marne"),
    ("code_departement", "77"),
    ("id_parcelle", "77243000AB0001"),
    ("nombre_lots", "0"),
];

/// The cells of a row that matter to a test, by column.
pub(crate) type Cells<'a> = &'a [(&'a str, &'a str)];

/// A file being written.
#[derive(Debug, Clone)]
pub(crate) struct DvfFile(String);

impl DvfFile {
    /// A file with its header and no row.
    pub(crate) fn new() -> Self {
        Self(format!("{}\n", DVF_COLUMNS.join(",")))
    }

    /// With the rows of mutation `id`; `common` is on each of them.
    pub(crate) fn mutation(mut self, id: &str, common: Cells<'_>, rows: &[Cells<'_>]) -> Self {
        for row in rows {
            let cell = |column: &str| {
                let given = [*row, common, &[("id_mutation", id)], &USUAL].concat();
                given.iter().find(|(name, _)| *name == column).map_or("", |(_, value)| value).to_owned()
            };
            self.0.push_str(&DVF_COLUMNS.map(cell).join(","));
            self.0.push('\n');
        }
        self
    }

    /// With a line of any text.
    pub(crate) fn line(mut self, line: &str) -> Self {
        self.0.push_str(line);
        self.0.push('\n');
        self
    }

    /// Its bytes.
    pub(crate) fn bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}
