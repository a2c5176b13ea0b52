//! Names of the tests' own, each with what it answers at the first look-up, the second, and so on.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::Mutex;

use futures::future::BoxFuture;
use mg_crawl::guard::Resolver;

/// Answers look-ups in order, the last answer for good; keeps what was asked.
#[derive(Debug, Default)]
pub(crate) struct Names {
    answers: HashMap<&'static str, Vec<Vec<IpAddr>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    /// A name that answers these addresses, one answer a look-up.
    pub(crate) fn with(mut self, name: &'static str, answers: &[&[&str]]) -> Self {
        let parsed = |texts: &&[&str]| texts.iter().map(|text| text.parse().expect("an address")).collect();
        self.answers.insert(name, answers.iter().map(parsed).collect());
        self
    }

    /// What was looked up, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no test panics while it holds this").clone()
    }
}

impl Resolver for Names {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        let mut asked = self.asked.lock().expect("no test panics while it holds this");
        let times = asked.iter().filter(|earlier| *earlier == name).count();
        asked.push(name.to_owned());
        let answers = self.answers.get(name);
        let answer = answers.and_then(|answers| answers.get(times).or(answers.last())).cloned();
        Box::pin(async move { answer.ok_or_else(|| io::Error::other("no such name")) })
    }
}
