//! `mg spider list`.

use std::process::ExitCode;

use serde::Serialize;

use super::folder;
use crate::config::Config;
use crate::show;

/// A spider, in short.
#[derive(Serialize)]
struct Listed {
    name: String,
    title_fr: String,
    title_en: String,
    producer: String,
    table: String,
    base: String,
    /// The file that declares it; none for one in Rust.
    file: Option<String>,
    /// What is wrong with the file.
    faults: usize,
}

/// Shows every spider.
pub(super) fn run(config: &Config, json: bool) -> anyhow::Result<ExitCode> {
    let mut listed: Vec<Listed> = mg_spiders::all().iter().map(|spider| in_rust(spider.as_ref())).collect();
    // Without a folder there are those in Rust.
    let files = if folder::path(config).is_dir() { folder::all(config)? } else { Vec::new() };
    listed.extend(files.iter().map(|file| declared(config, file)));
    listed.sort_by(|one, other| one.name.cmp(&other.name));
    if json {
        show::json(&listed)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = show::table(&["Nom / name", "Titre", "Table", "Site", "Fichier / file"], &[]);
    for spider in listed {
        let file = spider.file.unwrap_or_else(|| "(Rust)".to_owned());
        let title = match spider.faults {
            0 => spider.title_fr,
            faults => format!("{faults} défauts / faults: mg spider check {file}"),
        };
        table.add_row([spider.name, title, spider.table, spider.base, file]);
    }
    show::print(table)?;
    Ok(ExitCode::SUCCESS)
}

fn in_rust(spider: &dyn mg_crawl::Spider) -> Listed {
    let info = spider.info();
    Listed {
        name: info.name.to_owned(),
        title_fr: info.title_fr.to_owned(),
        title_en: info.title_en.to_owned(),
        producer: info.producer.to_owned(),
        table: spider.table().name.to_string(),
        base: info.default_base.to_owned(),
        file: None,
        faults: 0,
    }
}

fn declared(config: &Config, file: &folder::SpiderFile) -> Listed {
    let path = Some(file.path.display().to_string());
    match (file.parse(), file.spider(config)) {
        (Ok(_), Ok(spider)) => Listed {
            name: spider.name,
            title_fr: spider.title_fr,
            title_en: spider.title_en,
            producer: spider.producer,
            table: spider.table.name.to_string(),
            base: spider.base.to_string(),
            file: path,
            faults: 0,
        },
        (parsed, _) => Listed {
            name: file.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned(),
            title_fr: String::new(),
            title_en: String::new(),
            producer: String::new(),
            table: String::new(),
            base: String::new(),
            file: path,
            faults: parsed.err().map_or(0, |faults| faults.len()),
        },
    }
}
