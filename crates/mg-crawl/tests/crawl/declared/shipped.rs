//! The spiders that are shipped.

use std::path::Path;

use mg_crawl::declared::Declared;

/// Every file of the folder, by name.
pub(super) fn all() -> Vec<Declared> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spiders");
    let files = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let declared = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        name.ends_with(".toml").then_some(name).filter(|name| name != "Cargo.toml")
    };
    files
        .filter_map(|path| Some((declared(&path)?, path)))
        .map(|(name, path)| {
            let text = std::fs::read_to_string(path).expect("a text");
            Declared::parse(&text, &name).unwrap_or_else(|faults| panic!("{faults:#?}"))
        })
        .collect()
}

pub(super) fn named(name: &str) -> Declared {
    all().into_iter().find(|spider| spider.name == name).expect("a shipped spider")
}

#[test]
fn each_is_right_and_documented() {
    let spiders = all();
    assert!(spiders.len() >= 2);
    for spider in spiders {
        let undocumented =
            spider.fields.iter().filter(|field| field.doc_fr.is_none() || field.doc_en.is_none());
        assert_eq!(undocumented.count(), 0, "{}", spider.name);
    }
}

#[test]
fn the_example_of_the_documentation_is_right() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/SPIDERS.md"));
    let text = text.expect("the documentation");
    let example =
        text.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let spider = Declared::parse(example, "annonces.toml").unwrap_or_else(|faults| panic!("{faults:#?}"));
    assert_eq!(spider.fields.len(), 2);
}
