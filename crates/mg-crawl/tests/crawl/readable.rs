//! Pages for reading.

use mg_crawl::declared::LIST;
use mg_crawl::markdown::{self, Readable};

use crate::declared::page;

const PAGE: &str = r##"<!doctype html><html lang="fr"><head><title>Avis  d'enquête</title>
<meta name="Description" content="Révision du PLU"><link rel="canonical" href="/avis">
<script type="application/ld+json">{"@graph":[{"datePublished":"2024-03-03T08:00:00+01:00"}]}</script></head><body>
<header><a href="/">Accueil</a></header><nav>Menu <a href="/menu">menu</a></nav>
<div id="cookie-banner">Acceptez-vous les cookies ?</div>
<main><h1>Avis d'enquête <span>publique</span></h1><p>Du <b>3 mars</b> au 4&nbsp;avril, en <a href="lieux#mairie">mairie</a>
et <a href="javascript:alert(1)">ailleurs</a>.<script>alert(2)</script></p>
<ul><li>un<li>deux</ul><table><tr><th>Lieu<th>Heure<tr><td>Lagny<td>12 h 30</table>
<img src="plan.png" alt="Plan"><img src="pixel.gif"><h2>Contact</h2><p><a href="mailto:plu@site.example">écrire</a>
<a href="lieux#mairie">encore</a> &lt;script&gt;</p><aside>Publicité</aside><form><input value=x>Chercher</form></main>
<footer>Mentions légales</footer></body></html>"##;

fn readable(html: &str) -> Readable {
    markdown::of(&page("http://site.example/doc/avis", "text/html", LIST, html)).expect("a page")
}

#[test]
fn a_page_says_what_it_is() {
    let page = readable(PAGE);
    assert_eq!(page.title.as_deref(), Some("Avis d'enquête"));
    assert_eq!((page.lang.as_deref(), page.description.as_deref()), (Some("fr"), Some("Révision du PLU")));
    assert_eq!(page.canonical.as_deref(), Some("http://site.example/avis"));
    assert_eq!(page.published.map(|day| day.to_string()).as_deref(), Some("2024-03-03"));
    let headings: Vec<(u8, &str)> =
        page.headings.iter().map(|heading| (heading.level, heading.text.as_str())).collect();
    assert_eq!(headings, [(1, "Avis d'enquête publique"), (2, "Contact")]);
    let links: Vec<(&str, &str)> =
        page.links.iter().map(|link| (link.text.as_str(), link.url.as_str())).collect();
    assert_eq!(
        links,
        [("mairie", "http://site.example/doc/lieux#mairie"), ("écrire", "mailto:plu@site.example")]
    );
}

#[test]
fn its_content_is_markdown_and_nothing_around_it() {
    let text = readable(PAGE).markdown;
    for part in [
        "# Avis d'enquête publique",
        "**3 mars**",
        "[mairie](http://site.example/doc/lieux#mairie)",
        "- un\n- deux",
        "| Lagny | 12 h 30 |",
        "![Plan](http://site.example/doc/plan.png)",
        "## Contact",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    for part in
        ["Menu", "cookies", "alert", "Publicité", "Mentions", "Chercher", "javascript", "pixel", "<script>"]
    {
        assert!(!text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_marks_no_content_is_read_whole() {
    let text =
        readable("<header><h1>Titre</h1></header><div><p>Un</p><div>Deux<br>trois</div></div>").markdown;
    assert!(["Titre", "Un", "Deux", "trois"].iter().all(|part| text.contains(part)), "{text}");
    assert_eq!(readable("").markdown, "");
}

#[test]
fn what_is_no_html_is_its_own_content() {
    let page = page("http://site.example/a.txt", "text/plain", LIST, "  <b>tel quel\n");
    assert_eq!(markdown::of(&page).expect("a page").markdown, "<b>tel quel");
}
