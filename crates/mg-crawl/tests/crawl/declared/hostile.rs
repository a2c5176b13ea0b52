//! What a site may send to harm whoever reads it.

use mg_crawl::CrawlError;
use mg_crawl::declared::{Declared, LIST};
use mg_crawl::markdown;
use mg_crawl::page::{PageSpider, Yield};

use super::files::{SHEET, gzip, xlsx, zip};
use super::{list, page, read, spider, with_head};

const LIMIT: u64 = 1 << 20;

fn html() -> Declared {
    spider(&with_head(
        "[table]\nname = \"t\"\nkey = [\"a\"]\n[read]\nitems = \"p\"\n[[field]]\nname = \"a\"\nselector = \"b\"\n\
         required = true\n",
    ))
}

fn file(format: &str) -> Declared {
    spider(&with_head(&format!(
        "[table]\nname = \"t\"\nkey = [\"a\"]\n[read]\n{format}\n[[field]]\nname = \"a\"\nrequired = true\n"
    )))
}

#[test]
fn broken_html_is_read_as_browsers_do() {
    let found = list(&html(), "<p><b>un</i><p <b>deux<p><b>trois</b");
    assert_eq!(found.items.len() + found.rejects.len(), 3);
    let junk: String = (0..2_000).map(|n| char::from(b" <>/=\"'ab&!-"[(n * 7 + n / 11) % 12])).collect();
    list(&html(), &junk);
}

#[test]
fn html_nested_without_end_is_refused_and_overflows_nothing() {
    for tag in ["<div>", "<b>", "<span><b>", "<table><tr><td>", "<svg>", "<select><x>"] {
        let deep = page("http://site.example/", "text/html", LIST, tag.repeat(200_000));
        let refused = html().parse(&deep, &mut Yield::default()).expect_err("too deep");
        assert!(matches!(refused, CrawlError::Format { .. }), "{refused}");
        assert!(markdown::of(&deep).is_err());
    }
}

#[test]
fn html_nested_as_deep_as_is_allowed_is_read() {
    let deep = format!("{}<p><b>fond</b></p>", "<div><ul><li><b>".repeat(300));
    assert_eq!(list(&html(), &deep).items.len(), 1);
    let readable = markdown::of(&page("http://site.example/", "text/html", LIST, deep)).expect("a page");
    assert!(readable.markdown.contains("fond"));
}

#[test]
fn a_large_page_is_read() {
    let many = "<p><b>x</b>".repeat(20_000);
    assert_eq!(list(&html(), &many).items.len(), 20_000);
}

#[test]
fn json_nested_without_end_is_refused() {
    let deep = "[".repeat(1_000_000);
    assert!(matches!(
        read(&file("format = \"json\""), deep.as_bytes(), LIMIT),
        Err(CrawlError::Format { .. })
    ));
    let cut = b"{\"a\": [{\"a\": \"un";
    assert!(read(&file("format = \"json\""), cut, LIMIT).is_err());
}

#[test]
fn a_csv_row_without_end_is_capped() {
    let mut open = b"a\n\"".to_vec();
    open.resize(3 << 20, b'x');
    let packed = gzip(&open);
    assert!(packed.len() < 10_000);
    let refused = read(&file("format = \"csv\""), &packed, LIMIT).expect_err("beyond the cap");
    assert!(refused.to_string().contains("more than is allowed"), "{refused}");
}

#[test]
fn bombs_are_capped() {
    let zeros = vec![b'0'; 64 << 20];
    let (gz, archive) = (gzip(&zeros), zip(&[("a.csv", &zeros)]));
    assert!(gz.len() < 1 << 17 && archive.len() < 1 << 17);
    for (format, body) in [("csv", &gz), ("csv", &archive), ("json", &gz), ("json", &archive)] {
        let refused = read(&file(&format!("format = \"{format}\"")), body, LIMIT).expect_err("a bomb");
        let told = refused.to_string();
        assert!(told.contains("more than is allowed") || told.contains("larger than"), "{format}: {told}");
    }
    let sheet = SHEET.replace("<t>Titre</t>", &format!("<t>{}</t>", "x".repeat(8 << 20)));
    let refused = read(&file("format = \"xlsx\""), &xlsx(&sheet), LIMIT).expect_err("a bomb in a workbook");
    assert!(refused.to_string().contains("more than is allowed"), "{refused}");
}

#[test]
fn a_page_beyond_the_cap_is_refused() {
    let body = vec![b'x'; 2 << 20];
    for format in ["format = \"json\"", "format = \"xlsx\""] {
        assert!(matches!(read(&file(format), &body, LIMIT), Err(CrawlError::TooLarge { .. })), "{format}");
    }
    assert!(matches!(read(&html(), &body, LIMIT), Err(CrawlError::TooLarge { .. })));
}

#[test]
fn what_is_packed_wrongly_is_no_panic() {
    let right = gzip(b"a\n1\n");
    let archive = zip(&[("a.csv", b"a\n1\n")]);
    let book = xlsx(SHEET);
    for cut in [3, right.len() / 2, right.len() - 1] {
        assert!(read(&file("format = \"csv\""), &right[..cut], LIMIT).is_err(), "gzip {cut}");
    }
    for cut in [4, archive.len() / 2, archive.len() - 1] {
        assert!(read(&file("format = \"csv\""), &archive[..cut], LIMIT).is_err(), "zip {cut}");
    }
    assert!(read(&file("format = \"xlsx\""), &book[..book.len() / 2], LIMIT).is_err());
    assert!(read(&file("format = \"xlsx\""), &zip(&[("a.txt", b"x")]), LIMIT).is_err());
    let far = SHEET.replace("r=\"D3\"", "r=\"XFZZZ3\"");
    assert!(read(&file("format = \"xlsx\"\nheader = 3"), &xlsx(&far), LIMIT).is_err());
}
