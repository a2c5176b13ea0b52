//! The published file of communes: its columns, its rows, its archive.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{ZipWriter, result::ZipResult};

use super::Population;
use crate::place;
use crate::trouble::Renamed;

/// The file of communes in an archive.
const NAME: &str = "donnees_communes.csv";

/// The columns, in the published order.
pub const COLUMNS: [&str; 11] =
    ["REG", "Région", "DEP", "CODARR", "CODCAN", "CODCOM", "COM", "Commune", "PMUN", "PCAP", "PTOT"];

/// The file of `populations`: semicolon, UTF-8, CR LF. The column that `renamed` names bears
/// its other name.
pub(super) fn csv<'a>(
    populations: impl Iterator<Item = &'a Population>,
    renamed: Option<&Renamed>,
) -> Result<Vec<u8>, csv::Error> {
    let mut writer =
        csv::WriterBuilder::new().delimiter(b';').terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS.map(|column| renamed.map_or(column, |renamed| renamed.of(column))))?;
    for population in populations {
        writer.write_record(fields(population))?;
    }
    writer.into_inner().map_err(|unwritten| unwritten.into_error().into())
}

fn fields(population: &Population) -> [String; 11] {
    let code = population.commune.as_str();
    let department = place::departement(code);
    [
        // All that is played is in the one region; arrondissement and canton are no one's.
        "11".to_owned(),
        "Île-de-France".to_owned(),
        department.to_owned(),
        "5".to_owned(),
        "99".to_owned(),
        code.strip_prefix(department).unwrap_or(code).to_owned(),
        code.to_owned(),
        population.name.clone(),
        population.municipal.to_string(),
        population.apart.to_string(),
        population.total().to_string(),
    ]
}

/// The archive that the file is published in.
pub(super) fn archive(csv: &[u8]) -> ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(NAME, SimpleFileOptions::default())?;
    archive.write_all(csv)?;
    Ok(archive.finish()?.into_inner())
}
