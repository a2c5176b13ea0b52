//! CSV files and workbooks, plain and packed.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use mg_core::Value;
use mg_crawl::CrawlError;
use mg_crawl::declared::Declared;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{read, spider, with_head};

const LIMIT: u64 = 1 << 20;

fn csv(read: &str) -> Declared {
    spider(&with_head(&format!(
        "[table]\nname = \"t\"\nkey = [\"code\"]\n[read]\n{read}\n[[field]]\nname = \"code\"\ncolumn = \"Code commune\"\n\
         required = true\n[[field]]\nname = \"prix\"\ncolumn = \"Prix\"\ntype = \"float\"\n[[field]]\nname = \"jour\"\n\
         column = \"Jour\"\ntype = \"date\"\nformat = \"%d.%m.%y\"\n"
    )))
}

fn workbook(read: &str) -> Declared {
    let csv = format!("format = \"xlsx\"\n{read}");
    spider(&with_head(&format!(
        "[table]\nname = \"t\"\nkey = [\"code\"]\n[read]\n{csv}\n[[field]]\nname = \"code\"\ncolumn = \"Code\"\n\
         required = true\n[[field]]\nname = \"prix\"\ncolumn = \"Prix\"\ntype = \"float\"\n[[field]]\nname = \"jour\"\n\
         column = \"Jour\"\ntype = \"date\"\n"
    )))
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn day(day: &str) -> Value {
    Value::Date(day.parse().expect("a day"))
}

pub(super) fn gzip(body: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(body).expect("memory");
    packed.finish().expect("memory")
}

pub(super) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, body) in members {
        archive.start_file(*name, SimpleFileOptions::default()).expect("memory");
        archive.write_all(body).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

const ROWS: &str = "Export du 3 mars\nJour; Code\u{a0}commune ;Autre;Prix\n04.03.24;77243;x;1 234,50\n;77001;y;\n\
                    05.03.24;;z;1\n06.03.24;77002;trop;1;2\n06.03.24;77003;\"a;b\";abc 1 2\n";

#[test]
fn rows_of_a_csv_file() {
    let (records, rejects) =
        read(&csv("format = \"csv\"\nheader = 2"), ROWS.as_bytes(), LIMIT).expect("a file");
    assert_eq!(
        records,
        [[text("77243"), Value::Float(1234.5), day("2024-03-04")], [text("77001"), Value::Null, Value::Null]]
    );
    let told: Vec<(Option<&str>, &str)> =
        rejects.iter().map(|reject| (reject.field.as_deref(), reject.content.as_str())).collect();
    assert_eq!(
        told,
        [(Some("code"), "05.03.24;;z;1"), (None, "06.03.24;77002;trop;1;2"), (Some("prix"), "abc 1 2")]
    );
    assert_eq!(rejects[1].reason, "line 6 has 5 cells where the header has 4");
}

#[test]
fn encodings_by_name_and_by_look() {
    let (latin9, windows) =
        (b"Nom;P\nCr\xe9teil \xa4;1\n".as_slice(), b"Nom;P\nCr\xe9teil \x80;1\n".as_slice());
    let utf8 = "\u{feff}Nom;P\nCréteil €;1\n".as_bytes();
    for (encoding, body) in [
        ("encoding = \"iso-8859-15\"", latin9),
        ("encoding = \"windows-1252\"", windows),
        ("", windows),
        ("", utf8),
        ("encoding = \"utf-8\"", utf8),
    ] {
        let spider = spider(&with_head(&format!(
            "[table]\nname = \"t\"\nkey = [\"nom\"]\n[read]\nformat = \"csv\"\n{encoding}\n[[field]]\nname = \"nom\"\n\
             column = \"Nom\"\nrequired = true\n"
        )));
        assert_eq!(read(&spider, body, LIMIT).expect("a file").0, [[text("Créteil €")]], "{encoding}");
    }
}

#[test]
fn a_column_that_is_gone_fails_the_file() {
    let body = b"Jour;Code commune\n04.03.24;77243\n";
    let missing = read(&csv("format = \"csv\""), body, LIMIT).expect_err("no column");
    assert!(matches!(missing, CrawlError::MissingColumn { column, .. } if column == "Prix"));
}

#[test]
fn packed_files_are_read_as_they_are() {
    let body = b"Jour,Code commune,Prix\n04.03.24,77243,\"1,5\"\n";
    let expected = vec![vec![text("77243"), Value::Float(1.5), day("2024-03-04")]];
    let plain = csv("format = \"csv\"\ndelimiter = \",\"");
    let named = csv("format = \"csv\"\ndelimiter = \",\"\nmember = \"prix-*.csv\"");
    assert_eq!(read(&plain, &gzip(body), LIMIT).expect("gzip").0, expected);
    assert_eq!(read(&plain, &zip(&[("../../etc/passwd", body)]), LIMIT).expect("one file").0, expected);
    let several = zip(&[("lisez-moi.txt", b"x"), ("dossier/prix-2024.csv", body), ("dossier/", b"")]);
    assert_eq!(read(&named, &several, LIMIT).expect("a member").0, expected);
    let refused = read(&plain, &several, LIMIT).expect_err("several files");
    assert!(refused.to_string().contains("name one by `member`"), "{refused}");
    let refused = read(&named, &zip(&[("autre.csv", body)]), LIMIT).expect_err("no such file");
    assert!(refused.to_string().contains("no file prix-*.csv"), "{refused}");
}

/// A workbook with one sheet, as little as is one (ECMA-376).
pub(super) fn xlsx(sheet: &str) -> Vec<u8> {
    let book = "<workbook xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>\
                <sheet name=\"Feuille\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>";
    let relations = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
                     <Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/\
                     relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>";
    let styles = "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>";
    let root = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
                <Relationship Id=\"r0\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/\
                relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
    zip(&[
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

pub(super) const SHEET: &str = "<worksheet><dimension ref=\"A1:XFD1048576\"/><sheetData>\
    <row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Titre</t></is></c></row>\
    <row r=\"3\"><c r=\"A3\" t=\"inlineStr\"><is><t>Prix</t></is></c><c r=\"C3\" t=\"inlineStr\"><is><t>Code</t></is></c>\
    <c r=\"D3\" t=\"inlineStr\"><is><t>Jour</t></is></c></row>\
    <row r=\"4\"><c r=\"A4\"><v>1.234</v></c><c r=\"C4\"><v>77243</v></c><c r=\"D4\" s=\"1\"><v>45355</v></c></row>\
    <row r=\"5\"><c r=\"A5\" t=\"inlineStr\"><is><t>1 234,5 €</t></is></c><c r=\"C5\" t=\"inlineStr\"><is><t>2A004</t></is>\
    </c></row><row r=\"6\"><c r=\"A6\"><v>3</v></c></row></sheetData></worksheet>";

#[test]
fn rows_of_a_sheet() {
    for read_keys in ["header = 3", "header = 3\nsheet = \"Feuille\""] {
        let (records, rejects) = read(&workbook(read_keys), &xlsx(SHEET), LIMIT).expect("a workbook");
        assert_eq!(
            records,
            [
                [text("77243"), Value::Float(1.234), day("2024-03-04")],
                [text("2A004"), Value::Float(1234.5), Value::Null]
            ]
        );
        assert_eq!((rejects.len(), rejects[0].field.as_deref()), (1, Some("code")));
    }
    let packed = zip(&[("a.txt", b"x"), ("b.xlsx", &xlsx(SHEET))]);
    let spider = workbook("header = 3\nmember = \"*.xlsx\"");
    assert_eq!(read(&spider, &packed, LIMIT).expect("a workbook").0.len(), 2);
    let missing =
        read(&workbook("header = 3\nsheet = \"Autre\""), &xlsx(SHEET), LIMIT).expect_err("no sheet");
    assert!(missing.to_string().contains("no sheet Autre"), "{missing}");
}
