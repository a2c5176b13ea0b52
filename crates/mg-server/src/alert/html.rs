//! A letter as HTML: styles in place, nothing fetched, readable without either.

use super::letter::Letter;
use super::words::{self, Entry};

const PAGE: &str = "font-family:sans-serif;font-size:15px;line-height:1.45;color:#1b1b1b;max-width:42em";
const QUIET: &str = "color:#5f5f5f;font-size:13px";

/// The letter as HTML.
pub(super) fn render(letter: &Letter) -> String {
    let mut page =
        format!("<!doctype html><html lang=\"fr\"><meta charset=\"utf-8\"><body style=\"{PAGE}\">");
    for entry in letter.entries() {
        page.push_str(&render_entry(&entry));
    }
    if letter.untold() > 0 {
        let (french, english) = words::untold(letter.untold());
        page.push_str(&format!("<p>{french}<br><span lang=\"en\" style=\"{QUIET}\">{english}</span></p>"));
    }
    page.push_str(&format!(
        "<p style=\"{QUIET}\">mg-platform, message {}</p></body></html>",
        escape(&letter.id)
    ));
    page
}

fn render_entry(entry: &Entry) -> String {
    let mut html = format!("<h2 style=\"font-size:17px;margin:1.2em 0 .3em\">{}</h2>", escape(&entry.title));
    html.push_str("<table style=\"border-collapse:collapse\">");
    let mut row = |name: &str, value: String| {
        html.push_str(&format!(
            "<tr><th scope=\"row\" style=\"text-align:left;vertical-align:top;padding:2px 1em 2px 0;font-weight:normal;\
             color:#5f5f5f\">{}</th><td style=\"padding:2px 0\">{value}</td></tr>",
            escape(name)
        ));
    };
    for (name, value) in &entry.facts {
        row(name, escape(value));
    }
    if !entry.commands.is_empty() {
        let commands: Vec<String> =
            entry.commands.iter().map(|command| format!("<code>{}</code>", escape(command))).collect();
        row("À faire", commands.join("<br>"));
    }
    if let Some(link) = &entry.link {
        let link = escape(link.as_str());
        row("Lien", format!("<a href=\"{link}\">{link}</a>"));
    }
    html.push_str(&format!(
        "</table><p lang=\"en\" style=\"{QUIET};margin:.3em 0\">{}</p>",
        escape(&entry.english)
    ));
    html
}

/// What a portal answered may stand in a message: it must not become markup.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
