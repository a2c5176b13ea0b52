//! What a browser is asked for, and what it brings.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::guard::Guard;

/// A page to be opened, and what to do with it.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Where it is.
    pub url: Url,
    /// What to wait for and to do, in order, before the page is read.
    pub steps: Vec<Step>,
    /// What is not loaded.
    pub blocked: Vec<Resource>,
    /// A narrower guard that the page itself must keep to, redirects and navigations of its own included;
    /// what it loads besides is the pool's guard's to judge.
    pub within: Option<Arc<Guard>>,
    /// Whether a picture is taken at the end, and of how much.
    pub screenshot: Option<Extent>,
    /// Time for all of it, once a browser is there.
    pub timeout: Duration,
    /// Most bytes that the page may load, unpacked, and most that its HTML may have.
    pub body_bytes: u64,
}

impl Visit {
    /// A visit that ends when the page has loaded, without images, fonts and media.
    pub fn get(url: Url) -> Self {
        Self {
            url,
            steps: vec![Step::Wait(Until::Loaded)],
            blocked: vec![Resource::Image, Resource::Font, Resource::Media],
            within: None,
            screenshot: None,
            timeout: Duration::from_secs(30),
            body_bytes: 64 << 20,
        }
    }
}

/// Something to do on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Wait.
    Wait(Until),
    /// Click what matches this CSS selector first, once there is such a thing.
    Click(String),
    /// Scroll to the end, and again while that makes the page longer, at most so often.
    ScrollToEnd {
        /// The most.
        at_most: u32,
    },
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// The page and all that it names are loaded.
    Loaded,
    /// Nothing was loaded for half a second, as Chromium sees it.
    NetworkIdle,
    /// Something matches this CSS selector.
    Selector(String),
    /// This JavaScript expression is true.
    Script(String),
}

/// A kind of thing that a page loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// Images.
    Image,
    /// Fonts.
    Font,
    /// Sound and film.
    Media,
    /// Style sheets.
    Stylesheet,
}

/// How much of a page a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What a window of 1280 by 800 points shows.
    Window,
    /// The page from top to bottom, up to 16,384 points.
    Page,
}

/// A page as its scripts left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visited {
    /// Where it was found, after redirects and navigations.
    pub url: Url,
    /// The HTTP status of the document.
    pub status: u16,
    /// Its media type, as Chromium took it.
    pub media_type: String,
    /// Its HTML, written out of the document tree.
    pub html: String,
    /// The picture, PNG.
    pub screenshot: Option<Vec<u8>>,
}
