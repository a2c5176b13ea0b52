//! A letter as plain text.

use super::letter::Letter;
use super::words::{self, Entry};

/// The letter as people read it without markup.
pub(super) fn render(letter: &Letter) -> String {
    let mut text = String::new();
    for entry in letter.entries() {
        render_entry(&mut text, &entry);
    }
    if letter.untold() > 0 {
        let (french, english) = words::untold(letter.untold());
        text.push_str(&format!("{french}\n{english}\n\n"));
    }
    text.push_str(&format!("-- \nmg-platform, message {}\n", letter.id));
    text
}

fn render_entry(text: &mut String, entry: &Entry) {
    text.push_str(&format!("{}.\n", entry.title));
    let mut line = |name: &str, value: &str| text.push_str(&format!("  {name} : {value}\n"));
    for (name, value) in &entry.facts {
        line(name, value);
    }
    if !entry.commands.is_empty() {
        line("À faire", &entry.commands.join(" ; "));
    }
    if let Some(link) = &entry.link {
        line("Lien", link.as_str());
    }
    text.push_str(&format!("  {}\n\n", entry.english));
}
