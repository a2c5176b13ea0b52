//! Where data comes from: one file a source, listed here.

mod communes;
mod dvf;
mod html;
mod populations;
mod sitadel;

use std::sync::Arc;

use mg_crawl::Spider;

/// Every spider there is, by name.
pub fn all() -> Vec<Arc<dyn Spider>> {
    vec![
        Arc::new(dvf::Dvf),
        Arc::new(sitadel::Sitadel),
        Arc::new(populations::Populations),
        Arc::new(communes::Communes),
    ]
}

/// The spider of that name.
pub fn named(name: &str) -> Option<Arc<dyn Spider>> {
    all().into_iter().find(|spider| spider.info().name == name)
}
