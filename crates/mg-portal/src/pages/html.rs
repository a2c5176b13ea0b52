//! The frame of a page.

use axum::response::Html;

/// A page called `title`, in French, with `body`, which is HTML already.
pub(super) fn page(title: &str, body: &str) -> Html<String> {
    let title = escape(title);
    Html(format!(
        "<!doctype html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}}\
         table{{border-collapse:collapse}}td,th{{padding:.2rem .8rem;border-bottom:1px solid #ccc}}\
         .synthetique{{background:#fff3cd;padding:.5rem 1rem}}</style>\n</head>\n<body>\n\
         <p class=\"synthetique\">Données synthétiques, sans lien avec des personnes ou des biens réels.</p>\n\
         <h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    ))
}

/// `text` as it may stand in HTML and in its attributes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\u{a0}', "&nbsp;")
}
