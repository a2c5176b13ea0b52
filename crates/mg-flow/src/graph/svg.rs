//! A DAG as a picture: SVG of our own, which needs no font, script or other file.

use std::fmt::Write;

use super::layout::{Layout, Size, Stretch, lay_out};
use super::state::{Look, look};
use super::{Marks, label};
use crate::{Definition, TaskDefinition, TaskShape};

/// Around the drawing, and between a box and its text, pixels.
const MARGIN: f64 = 24.0;
const PADDING: f64 = 12.0;
/// Of a line of text, pixels.
const LINE: f64 = 18.0;
/// The widest that a character is on average in the fonts that a browser may choose, pixels.
const NAME_CHARACTER: f64 = 8.6;
const CHARACTER: f64 = 6.9;
const HEAD: f64 = 30.0;

/// A task, ready to be drawn.
struct Drawn<'a> {
    task: &'a TaskDefinition,
    lines: Vec<String>,
    look: Look,
    state: Option<String>,
    size: Size,
}

/// The DAG as SVG, left to right; with colours where `marks` says how tasks stand.
pub fn svg(dag: &Definition, marks: &Marks) -> String {
    let tasks: Vec<Drawn<'_>> = dag.tasks.iter().map(|task| drawn(task, marks)).collect();
    let place = |name: &str| dag.tasks.iter().position(|task| task.name == name);
    let mut edges = Vec::new();
    let mut branches = Vec::new();
    for (to, task) in dag.tasks.iter().enumerate() {
        for edge in &task.after {
            // Only what stands before: a definition from the books is drawn whatever it says.
            if let Some(from) = place(&edge.task).filter(|from| *from < to) {
                edges.push((from, to));
                branches.push(edge.branch.as_deref());
            }
        }
    }
    let sizes: Vec<Size> = tasks.iter().map(|task| task.size).collect();
    let layout = lay_out(&sizes, &edges);
    let mut text = head(dag, &layout);
    for (line, branch) in layout.lines.iter().zip(branches) {
        draw_line(&mut text, line, branch);
    }
    for (task, corner) in tasks.iter().zip(&layout.corners) {
        draw_task(&mut text, task, *corner);
    }
    text.push_str("</g>\n</svg>\n");
    text
}

fn drawn<'a>(task: &'a TaskDefinition, marks: &Marks) -> Drawn<'a> {
    let mark = marks.get(&task.name);
    let look = look(mark.map_or("", |mark| &mark.state));
    let state = mark.map(|mark| match &mark.progress {
        Some(progress) => format!("{} {progress}", look.french),
        None => look.french.to_owned(),
    });
    let lines = label::lines(task);
    let wide = |text: &str, character: f64| text.chars().count() as f64 * character;
    let widest = lines.iter().chain(&state).map(|line| wide(line, CHARACTER)).fold(0.0, f64::max);
    let width = widest.max(wide(&task.name, NAME_CHARACTER)) + 2.0 * PADDING;
    let count = 1 + lines.len() + usize::from(state.is_some());
    let height = count as f64 * LINE + 1.5 * PADDING;
    Drawn { task, lines, look, state, size: Size { width, height } }
}

fn head(dag: &Definition, layout: &Layout) -> String {
    let name = escaped(&dag.name);
    let least = (dag.name.chars().count() as f64 * NAME_CHARACTER).max(200.0);
    let width = layout.size.width.max(least) + 2.0 * MARGIN;
    let height = layout.size.height + HEAD + 2.0 * MARGIN;
    let doc = escaped(&dag.doc);
    let below = MARGIN + HEAD;
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" role="img" lang="fr" viewBox="0 0 {width:.0} {height:.0}" width="{width:.0}" height="{height:.0}" font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="12">
<title>{name}</title>
<desc>{doc}</desc>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#64748b"/></marker></defs>
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="{MARGIN}" y="{MARGIN}" dominant-baseline="hanging" font-size="15" font-weight="600" fill="#0f172a">{name}</text>
<g transform="translate({MARGIN} {below})">
"##
    )
}

fn draw_line(text: &mut String, line: &[Stretch], branch: Option<&str>) {
    let (first, y) = (line[0], line[0].y);
    let mut path = format!("M{:.1} {y:.1} L{:.1} {y:.1}", first.from, first.to);
    for pair in line.windows(2) {
        let (here, next) = (pair[0], pair[1]);
        let middle = (here.to + next.from) / 2.0;
        let _ = write!(
            path,
            " C{middle:.1} {:.1} {middle:.1} {:.1} {:.1} {:.1}",
            here.y, next.y, next.from, next.y
        );
        let _ = write!(path, " L{:.1} {:.1}", next.to, next.y);
    }
    // The line ends at the left side of its box, not at its right.
    if let Some(end) = path.rfind(" L") {
        path.truncate(end);
    }
    let dashes = if branch.is_some() { r#" stroke-dasharray="5 3""# } else { "" };
    let _ = writeln!(
        text,
        r##"<path d="{path}" fill="none" stroke="#64748b" stroke-width="1.5"{dashes} marker-end="url(#tip)"/>"##
    );
    if let (Some(branch), Some(last)) = (branch, line.last()) {
        let (x, y, branch) = (last.from - 10.0, last.y - 6.0, escaped(branch));
        let _ = writeln!(
            text,
            r##"<text x="{x:.1}" y="{y:.1}" text-anchor="end" font-size="11" fill="#334155" stroke="#ffffff" stroke-width="3" paint-order="stroke">{branch}</text>"##
        );
    }
}

fn draw_task(text: &mut String, drawn: &Drawn<'_>, (x, y): (f64, f64)) {
    let Drawn { task, lines, look, state, size } = drawn;
    let Size { width, height } = size;
    let Look { fill, stroke, name: in_english, .. } = look;
    let about = [
        Some(task.name.as_str()),
        task.doc.as_deref(),
        Some(in_english).filter(|name| !name.is_empty()).copied(),
    ];
    let about = about.into_iter().flatten().map(escaped).collect::<Vec<_>>().join(" · ");
    let _ = writeln!(text, r#"<g transform="translate({x:.1} {y:.1})"><title>{about}</title>"#);
    if matches!(task.shape, TaskShape::Map { .. }) {
        // A second sheet behind the first: there are several.
        let _ = writeln!(
            text,
            r#"<rect x="4" y="4" width="{width:.1}" height="{height:.1}" rx="6" fill="{fill}" stroke="{stroke}" stroke-opacity="0.5"/>"#
        );
    }
    let radius = if matches!(task.shape, TaskShape::Branch { .. }) { 18 } else { 6 };
    let dashes = if *in_english == "skipped" { r#" stroke-dasharray="4 3""# } else { "" };
    let _ = writeln!(
        text,
        r#"<rect width="{width:.1}" height="{height:.1}" rx="{radius}" fill="{fill}" stroke="{stroke}" stroke-width="1.5"{dashes}/>"#
    );
    let mut line_at = 0.75 * PADDING + LINE / 2.0;
    let mut say = |style: &str, said: &str| {
        let said = escaped(said);
        let _ = writeln!(
            text,
            r#"<text x="{PADDING}" y="{line_at:.1}" dominant-baseline="central" {style}>{said}</text>"#
        );
        line_at += LINE;
    };
    say(r##"font-size="14" font-weight="600" fill="#0f172a""##, &task.name);
    for line in lines {
        say(r##"fill="#475569""##, line);
    }
    if let Some(state) = state {
        say(&format!(r#"font-weight="600" fill="{stroke}""#), state);
    }
    text.push_str("</g>\n");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
