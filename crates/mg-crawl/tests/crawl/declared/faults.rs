//! Every fault of a file, with its line and what to do.

use mg_crawl::declared::{Declared, Fault};

const RIGHT: &str = r##"title_fr = "Annonces"
title_en = "Adverts"
producer = "Personne"
base = "http://site.example"
start = ["/annonces"]
engine = "http"
edition = "day"
domains = ["site.example", "*.site.example"]
robots = true

[table]
name = "fact_essai"
key = ["reference"]

[read]
format = "html"
items = "li.annonce"

[follow]
next = "a[rel=next]"
depth = 3
include = ['/annonces']

[politeness]
rate = 0.5
concurrency = 2
delay_ms = 100

[schedule]
cron = "0 6 * * 1"
zone = "Europe/Paris"

[[field]]
name = "reference"
selector = ".reference"
type = "integer"
required = true

[[field]]
name = "prix_eur"
selector = ".prix"
regex = '(\d+)'
type = "float"
unit = "EUR"
default = 0
"##;

fn faults(text: &str) -> Vec<Fault> {
    Declared::parse(text, "spiders/essai.toml").err().unwrap_or_default()
}

#[test]
fn a_right_file_has_none() {
    let spider = Declared::parse(RIGHT, "spiders/essai.toml").expect("a spider");
    assert_eq!((spider.name.as_str(), &*spider.table.name), ("essai", "fact_essai"));
    assert_eq!(spider.table.key().map(|key| key.as_str()).collect::<Vec<_>>(), ["reference"]);
    assert_eq!((spider.politeness.rate, spider.politeness.delay_ms), (Some(0.5), Some(100)));
    assert!(spider.reads_host("site.example") && spider.reads_host("www.site.example"));
    assert!(!spider.reads_host("othersite.example") && !spider.reads_host("site.example.org"));
}

/// A line of the file, what stands there instead, the line and key of the one fault, and words of it.
const WRONG: &[(&str, &str, usize, &str, &str)] = &[
    ("title_fr = \"Annonces\"", "title_fr = 3", 1, "title_fr", "should be a text"),
    (
        "title_fr = \"Annonces\"",
        "titel_fr = \"Annonces\"\ntitle_fr = \"A\"",
        1,
        "titel_fr",
        "Write `title_fr`",
    ),
    ("title_en = \"Adverts\"", "title_en = \" \"", 2, "title_en", "it is empty"),
    ("title_en = \"Adverts\"\n", "", 1, "title_en", "Add a line `title_en"),
    ("base = \"http://site.example\"", "base = \"site.example\"", 4, "base", "no address of a site"),
    ("base = \"http://site.example\"", "base = \"file:///etc\"", 4, "base", "no address of a site"),
    ("start = [\"/annonces\"]", "start = [\"ftp://x/\"]", 5, "start", "is no address"),
    ("start = [\"/annonces\"]", "start = [\"/a\",\n \"\"]", 6, "start", "it is empty"),
    ("start = [\"/annonces\"]\n", "", 1, "start", "where it starts"),
    ("engine = \"http\"", "engine = \"brower\"", 6, "engine", "Write `browser`"),
    ("engine = \"http\"", "wait_for = \"a\"", 6, "wait_for", "only a browser waits"),
    ("edition = \"day\"", "edition = \"2026-13\"", 7, "edition", "no edition"),
    (
        "domains = [\"site.example\", \"*.site.example\"]",
        "domains = [\"http://a/\"]",
        8,
        "domains",
        "no host",
    ),
    ("robots = true", "robots = \"yes\"", 9, "robots", "true or false"),
    ("name = \"fact_essai\"", "name = \"fact essai\"", 12, "table.name", "no name for a table"),
    ("name = \"fact_essai\"", "name = \"select\"", 12, "table.name", "reserved word"),
    ("key = [\"reference\"]", "key = [\"referense\"]", 13, "table.key", "Write `reference`"),
    ("key = [\"reference\"]", "key = [\"prix_eur\", \"reference\"]\n[x]", 14, "x", "no such key"),
    ("key = [\"reference\"]", "", 11, "table.key", "nothing tells one record from another"),
    ("format = \"html\"", "format = \"htlm\"", 16, "read.format", "Write `html`"),
    ("items = \"li.annonce\"", "items = \"li..annonce\"", 17, "read.items", "no selector"),
    ("items = \"li.annonce\"", "list = \"/a\"", 17, "read.list", "no such key"),
    ("next = \"a[rel=next]\"", "next = \"a[\"", 20, "follow.next", "no selector"),
    ("depth = 3", "depth = -1", 21, "follow.depth", "out of bounds"),
    ("include = ['/annonces']", "include = ['(']", 22, "follow.include", "no regular expression"),
    ("rate = 0.5", "rate = 0", 25, "politeness.rate", "above zero"),
    ("concurrency = 2", "concurrency = 2.5", 26, "politeness.concurrency", "whole number"),
    ("delay_ms = 100", "delay = 100", 27, "politeness.delay", "Write `delay_ms`"),
    ("cron = \"0 6 * * 1\"", "cron = \"0 25 * * 1\"", 30, "schedule.cron", "no cron expression"),
    ("cron = \"0 6 * * 1\"", "cron = \"0 0 6 * * 1\"", 30, "schedule.cron", "no cron expression"),
    ("zone = \"Europe/Paris\"", "zone = \"Europe/Pari\"", 31, "schedule.zone", "Write `Europe/Paris`"),
    ("name = \"reference\"\n", "", 33, "field.name", "it is missing"),
    ("name = \"prix_eur\"", "name = \"Prix\"", 40, "field.Prix.name", "no name for a table"),
    ("name = \"prix_eur\"", "name = \"edition\"", 40, "field.edition.name", "each table has"),
    ("name = \"prix_eur\"", "name = \"reference\"", 40, "field.reference.name", "two of that name"),
    ("selector = \".prix\"", "selector = \"..prix\"", 41, "field.prix_eur.selector", "no selector"),
    ("selector = \".prix\"", "", 39, "field.prix_eur.selector", "nothing says where"),
    (
        "selector = \".prix\"",
        "selector = \".p\"\ncolumn = \"PRIX\"",
        42,
        "field.prix_eur.column",
        "Use `selector`",
    ),
    (
        "selector = \".prix\"",
        "selector = \".p\"\npointer = \"a/b\"",
        42,
        "field.prix_eur.pointer",
        "no JSON pointer",
    ),
    (
        "selector = \".prix\"",
        "selectr = \".prix\"\naddress = true",
        41,
        "field.prix_eur.selectr",
        "Write `selector`",
    ),
    ("regex = '(\\d+)'", "regex = '(\\d+'", 42, "field.prix_eur.regex", "unclosed group"),
    ("type = \"float\"", "type = \"flot\"", 43, "field.prix_eur.type", "Write `float`"),
    ("type = \"float\"", "type = \"text\"", 45, "field.prix_eur.default", "the field of type text"),
    ("type = \"float\"", "type = \"float\"\nformat = \"%d\"", 44, "field.prix_eur.format", "has no format"),
    (
        "type = \"float\"",
        "type = \"float\"\ndecimal = \"dot\"",
        44,
        "field.prix_eur.decimal",
        "no decimal mark",
    ),
    ("default = 0", "default = \"rien\"", 45, "field.prix_eur.default", "of type string"),
    ("default = 0", "default = 0\nrequired = true", 45, "field.prix_eur.default", "never without a value"),
    ("default = 0", "default = ", 45, "", "no TOML"),
];

#[test]
fn each_fault_is_told_by_its_line() {
    for (right, wrong, line, key, words) in WRONG {
        assert_eq!(RIGHT.matches(right).count(), 1, "{right}");
        let found = faults(&RIGHT.replace(right, wrong));
        let told: Vec<String> = found.iter().map(Fault::to_string).collect();
        let is_it =
            |fault: &&Fault| fault.line == *line && fault.key == *key && fault.to_string().contains(words);
        assert!(found.iter().any(|fault| is_it(&fault)), "{wrong}: {told:#?}");
        assert!(
            told.iter().all(|told| told.starts_with("spiders/essai.toml:") && told.ends_with('.')),
            "{told:#?}"
        );
    }
}

#[test]
fn a_fault_makes_no_other() {
    let twice = [("key = [\"reference\"]", 14), ("", 0)];
    for (right, wrong, ..) in WRONG.iter().filter(|(right, _, line, ..)| !twice.contains(&(right, *line))) {
        let found = faults(&RIGHT.replace(right, wrong));
        assert_eq!(found.len(), 1, "{wrong}: {found:#?}");
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let text = RIGHT.replace("engine = \"http\"", "engine = \"x\"").replace("\".prix\"", "\"[\"");
    let lines: Vec<usize> = faults(&text).iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [6, 41]);
    assert!(faults("").len() >= 6);
}

#[test]
fn a_key_that_may_be_empty_is_refused() {
    let found = faults(&RIGHT.replace("required = true\n", ""));
    assert_eq!((found.len(), found[0].line), (1, 13));
    assert!(found[0].to_string().contains("may be empty"), "{}", found[0]);
}

#[test]
fn keys_of_one_format_are_none_of_another() {
    let json = RIGHT.replace("format = \"html\"", "format = \"json\"");
    let keys: Vec<String> = faults(&json).into_iter().map(|fault| fault.key).collect();
    assert_eq!(keys, ["read.items", "follow.next", "field.reference.selector", "field.prix_eur.selector"]);
    let wrong = [
        ("delimiter = \"ab\"", "delimiter"),
        ("encoding = \"utf-16\"", "encoding"),
        ("header = 0", "header"),
    ];
    for (line, key) in wrong {
        let csv = format!(
            "title_fr = \"a\"\ntitle_en = \"a\"\nproducer = \"a\"\nbase = \"http://a\"\nstart = [\"/\"]\n[read]\n\
             format = \"csv\"\n{line}\n[table]\nname = \"t\"\nkey = [\"a\"]\n[[field]]\nname = \"a\"\nrequired = true\n"
        );
        let found = faults(&csv);
        assert_eq!(
            (found.len(), found[0].line, found[0].key.as_str()),
            (1, 8, &*format!("read.{key}")),
            "{found:?}"
        );
    }
}

#[test]
fn a_file_is_named_as_its_spider() {
    let found = Declared::parse(RIGHT, "spiders/Mes annonces.toml").expect_err("a name that is none");
    assert!(found[0].reason.contains("no name for a spider"));
}
