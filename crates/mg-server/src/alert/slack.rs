//! A letter as Slack's incoming webhooks take it: <https://api.slack.com/messaging/webhooks>.

use serde_json::{Value, json};

use super::letter::Letter;
use super::words::{self, Entry};

/// Slack's own bounds on a header and on the text of a section.
const HEADER_CHARS: usize = 150;
const SECTION_CHARS: usize = 3_000;

/// The body: `text` for notifications and clients without blocks, `blocks` for the others.
pub(super) fn body(letter: &Letter) -> Value {
    let subject = letter.subject();
    let mut blocks = vec![
        json!({ "type": "header", "text": { "type": "plain_text", "text": cut(&subject, HEADER_CHARS) } }),
    ];
    for entry in letter.entries() {
        blocks.push(section(&render(&entry)));
    }
    if letter.untold() > 0 {
        let (french, english) = words::untold(letter.untold());
        blocks.push(section(&format!("{french}\n_{english}_")));
    }
    let footer = format!("mg-platform, message {}", letter.id);
    blocks.push(json!({ "type": "context", "elements": [{ "type": "mrkdwn", "text": footer }] }));
    json!({ "text": escape(&subject), "blocks": blocks })
}

fn section(text: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": cut(text, SECTION_CHARS) } })
}

fn render(entry: &Entry) -> String {
    let mut text = format!("*{}*", escape(&entry.title));
    for (name, value) in &entry.facts {
        text.push_str(&format!("\n• {name} : {}", escape(value)));
    }
    let commands: Vec<String> =
        entry.commands.iter().map(|command| format!("`{}`", escape(command))).collect();
    if !commands.is_empty() {
        text.push_str(&format!("\n• À faire : {}", commands.join(" ")));
    }
    if let Some(link) = &entry.link {
        text.push_str(&format!("\n• <{link}|Voir>"));
    }
    text.push_str(&format!("\n_{}_", escape(&entry.english)));
    text
}

/// The three characters that mean something in Slack's texts; `<!channel>` is otherwise obeyed.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn cut(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars - 1).collect();
    format!("{kept}…")
}
