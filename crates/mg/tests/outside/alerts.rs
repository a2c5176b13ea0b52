//! `mg alert`, and `mg serve` telling of a run that failed: over a real mail server and webhook.

use anyhow::ensure;
use mg_testkit::{HookSink, SmtpOptions, SmtpSink};
use url::Url;

use crate::data_folder::DataFolder;
use crate::process::{Running, answer, ended, mg, succeeded};

/// Both ways, told of everything; the password is left to the environment.
async fn configured(folder: &DataFolder) -> anyhow::Result<(SmtpSink, HookSink)> {
    let login = ("mg".to_owned(), "0123".to_owned());
    let mail = SmtpSink::start(SmtpOptions { credentials: Some(login), tls: None }).await?;
    let hook = HookSink::start().await?;
    let text = format!(
        "[alerts]\ntick_s = 1\n\
         [alerts.mail]\nhost = \"localhost\"\nport = {}\ntls = \"plain\"\nfrom = \"mg@example.fr\"\nusername = \"mg\"\n\
         [alerts.webhooks.ops]\nurl = \"{}\"\n\
         [[alerts.route]]\nto = [\"ops\", \"mail:urbanisme@example.fr\"]\n",
        mail.port(),
        hook.url()
    );
    std::fs::write(folder.beside().join("mg.toml"), text)?;
    Ok((mail, hook))
}

const PASSWORD: (&str, &str) = ("MG__ALERTS__MAIL__PASSWORD", "0123");

#[tokio::test]
async fn every_channel_can_be_tried() -> anyhow::Result<()> {
    let folder = DataFolder::new()?;
    let (mail, hook) = configured(&folder).await?;
    let tried = || {
        let mut command = mg(&folder, &["alert", "test"]);
        command.env(PASSWORD.0, PASSWORD.1);
        command
    };
    let good = succeeded(tried()).await?;
    ensure!(good.out.lines().filter(|line| line.starts_with('✓')).count() == 2, "{good:?}");
    ensure!(mail.taken().len() == 1 && mail.taken()[0].user.as_deref() == Some("mg"));
    ensure!(hook.taken().len() == 1 && hook.taken()[0].json()?["test"] == true);
    hook.answer_next(500, None)?;
    let bad = ended(tried()).await?;
    ensure!(bad.code == Some(1) && bad.out.contains("✗ ops") && bad.out.contains("500"), "{bad:?}");
    ensure!(!folder.path().exists(), "trying a channel needs no database");
    Ok(())
}

#[tokio::test]
async fn a_service_tells_of_a_run_that_failed() -> anyhow::Result<()> {
    let folder = DataFolder::new()?;
    let (mail, hook) = configured(&folder).await?;
    // A portal that answers, and not with what a portal answers.
    let portal = HookSink::start().await?;
    let mut base = Url::parse(portal.url())?;
    base.set_path("");
    let mut service = mg(&folder, &["serve", "--port", "0"]);
    service.env(PASSWORD.0, PASSWORD.1).env("MG__SPIDERS__SITADEL__BASE", base.as_str());
    let mut service = Running::start(service)?;
    service.said("serving").await?;
    let failed = ended(mg(&folder, &["crawl", "sitadel"])).await?;
    ensure!(failed.code == Some(1), "{failed:?}");
    let told = hook.received(1).await?[0].json()?;
    ensure!(told["dag"] == "collecte" && told["counts"]["failure"] == 1, "{told:#}");
    ensure!(mail.received(1).await?[0].header("Subject")?.contains("collecte a échoué"));
    let listed = answer(&folder, &["alert", "list"]).await?;
    ensure!(listed[0]["kind"] == "failure" && listed[0]["dag"] == "collecte", "{listed:#}");
    service.signal("INT");
    let (code, said) = service.end().await?;
    ensure!(code == Some(0), "{code:?}: {said:#?}");
    ensure!(!said.iter().any(|line| line.contains("0123") || line.contains("urbanisme@")), "{said:#?}");
    Ok(())
}

#[tokio::test]
async fn a_route_that_would_tell_nobody_stops_the_start() -> anyhow::Result<()> {
    let folder = DataFolder::new()?;
    for (route, said) in [
        ("dags = [\"sitadelle\"]\nto = [\"mail:a@example.fr\"]", "sitadelle"),
        ("to = [\"opps\"]", "opps"),
        ("on = [\"failures\"]\nto = [\"opps\"]", "failures"),
    ] {
        std::fs::write(folder.beside().join("mg.toml"), format!("[[alerts.route]]\n{route}\n"))?;
        for command in ["check", "serve"] {
            let refused = ended(mg(&folder, &[command])).await?;
            ensure!(refused.code == Some(1) && refused.err.contains(said), "{command}: {refused:?}");
        }
    }
    ensure!(!folder.path().exists(), "it began all the same");
    Ok(())
}
