//! What may be reached.

use std::sync::Arc;

use mg_crawl::guard::{Guard, GuardFault, GuardOptions, Refused};
use url::Url;

use crate::hostile::{HARMLESS, HOSTILE};
use crate::names::Names;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn guard(options: &GuardOptions, names: Names) -> anyhow::Result<(Guard, Arc<Names>)> {
    let names = Arc::new(names);
    Ok((Guard::with_resolver(options, names.clone())?, names))
}

#[tokio::test]
async fn every_hostile_spelling_is_refused_by_its_rule_and_nothing_is_looked_up() -> anyhow::Result<()> {
    let names = Names::default().with("site.example", &[&["93.184.215.14"]]);
    let (guard, names) = guard(&GuardOptions::default(), names)?;
    assert!(HOSTILE.len() >= 80, "{}", HOSTILE.len());
    for (text, rule) in HOSTILE {
        let refused = guard.check_url(&url(text)).expect_err(text);
        assert_eq!((refused.rule(), refused.code()), (*rule, "url_refused"), "{text}");
        assert_eq!(guard.admit(&url(text)).await, Err(refused), "{text}");
    }
    for text in HARMLESS {
        assert_eq!(guard.check_url(&url(text)), Ok(()), "{text}");
    }
    assert!(names.asked().is_empty(), "{:?}", names.asked());
    Ok(())
}

#[tokio::test]
async fn a_name_is_refused_if_one_of_its_addresses_is() -> anyhow::Result<()> {
    let names = Names::default()
        .with("public.example", &[&["93.184.215.14", "2606:2800:220:1::1"]])
        .with("mixed.example", &[&["93.184.215.14", "10.0.0.1"]])
        .with("mapped.example", &[&["::ffff:127.0.0.1"]])
        .with("translated.example", &[&["64:ff9b::7f00:1"]])
        .with("empty.example", &[&[]]);
    let (guard, _) = guard(&GuardOptions::default(), names)?;
    let admitted = async |name: &str| guard.admit(&url(&format!("http://{name}/"))).await;
    let addresses = ["93.184.215.14:80", "[2606:2800:220:1::1]:80"].map(|text| text.parse().expect("one"));
    assert_eq!(admitted("public.example").await, Ok(addresses.to_vec()));
    for name in ["mixed.example", "mapped.example", "translated.example"] {
        let refused = admitted(name).await.expect_err(name);
        assert_eq!(refused, Refused::Private(name.to_owned()));
        assert!(!refused.to_string().contains("127") && !refused.to_string().contains("10."), "{refused}");
    }
    for name in ["empty.example", "unknown.example"] {
        assert_eq!(admitted(name).await, Err(Refused::Unknown(name.to_owned())));
        assert_eq!(Refused::Unknown(name.to_owned()).code(), "host_unknown");
    }
    Ok(())
}

#[tokio::test]
async fn a_private_host_is_allowed_by_name_and_port_and_nothing_beside_it() -> anyhow::Result<()> {
    let allow = ["127.0.0.1:8099", "[::1]:8099", "portal.lan:80", "portal:8080"].map(str::to_owned).to_vec();
    let names = Names::default().with("portal.lan", &[&["10.0.0.7"]]).with("portal", &[&["10.0.0.8"]]);
    let (guard, _) = guard(&GuardOptions { allow, ..GuardOptions::default() }, names)?;
    let refused = |text: &str| guard.check_url(&url(text)).map_err(|refused| refused.rule());
    for text in ["http://127.0.0.1:8099/", "http://0x7f.1:8099/", "http://[0::1]:8099/", "http://portal.lan/"]
    {
        assert_eq!(refused(text), Ok(()), "{text}");
    }
    assert_eq!(guard.admit(&url("http://portal:8080/")).await, Ok(vec!["10.0.0.8:8080".parse()?]));
    assert_eq!(
        guard.admit(&url("http://PORTAL.lan./")).await,
        Err(Refused::Unknown("portal.lan.".to_owned()))
    );
    assert_eq!(guard.admit(&url("http://PORTAL.lan/")).await, Ok(vec!["10.0.0.7:80".parse()?]));
    for text in ["http://127.0.0.1/", "http://127.0.0.1:8098/", "https://portal.lan/", "http://portal/"] {
        assert_eq!(refused(text), Err("port"), "{text}");
    }
    assert_eq!(refused("http://127.0.0.2:8099/"), Err("address"));
    assert_eq!(refused("http://other.lan/"), Err("name"));
    Ok(())
}

#[tokio::test]
async fn domains_limit_all_and_can_only_be_narrowed() -> anyhow::Result<()> {
    let options = GuardOptions {
        allow: vec!["127.0.0.1:8099".to_owned()],
        domains: vec!["Example.fr".to_owned(), "été.fr".to_owned()],
        ..GuardOptions::default()
    };
    let (guard, _) = guard(&options, Names::default())?;
    let refused = |guard: &Guard, text: &str| guard.check_url(&url(text)).map_err(|refused| refused.rule());
    for text in ["http://example.fr/", "https://a.b.example.fr/", "http://example.fr./", "http://www.été.fr/"]
    {
        assert_eq!(refused(&guard, text), Ok(()), "{text}");
    }
    for text in ["http://notexample.fr/", "http://example.fr.evil.org/", "http://127.0.0.1:8099/"] {
        assert_eq!(refused(&guard, text), Err("domain"), "{text}");
    }
    let narrow = guard.limited_to(&["data.example.fr".to_owned()])?;
    assert_eq!(refused(&narrow, "http://www.example.fr/"), Err("domain"));
    assert_eq!(refused(&narrow, "http://data.example.fr/"), Ok(()));
    let wider = guard.limited_to(&["example.org".to_owned()]).expect_err("wider");
    assert_eq!(wider, GuardFault::Wider("example.org".to_owned()));
    assert_eq!(refused(&guard.limited_to(&[])?, "http://other.fr/"), Err("domain"));
    Ok(())
}

#[test]
fn a_wrong_configuration_is_told_apart() {
    let fault = |allow: &[&str], domains: &[&str]| {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let options =
            GuardOptions { allow: texts(allow), domains: texts(domains), ..GuardOptions::default() };
        Guard::new(&options).expect_err("a fault")
    };
    for entry in ["127.0.0.1", "http://127.0.0.1:80", "portal.lan:", "portal.lan:99999", "[::1]"] {
        assert_eq!(fault(&[entry], &[]), GuardFault::Endpoint(entry.to_owned()));
    }
    for entry in ["https://example.fr", "example.fr/a", ""] {
        assert_eq!(fault(&[], &[entry]), GuardFault::Domain(entry.to_owned()));
    }
}
