//! Several communes at a time, as get_indicator and forecast_kpi answer for them.

use std::collections::BTreeSet;

use mg_core::{Role, Scope};
use mg_testkit::{Agent, Era, TestPlatform};
use serde_json::{Value, json};

fn zones(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(|entry| entry["zone"].as_str()).collect()
}

#[tokio::test]
async fn communes_are_answered_in_their_order_each_once_and_like_alone() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    platform.run_dag("urbanisme").await?;
    let agent = platform.agent(Role::Viewer, Era::Current).await?;
    let asked = json!(["montevrain", "77243", "Lagny sur Marne", "Marne et Gondoire", "ensemble"]);
    let expected = ["77307", "77243", "ensemble"];
    let question = json!({ "name": "logements_autorises", "date": "2025-04", "communes": asked });
    let found = agent.call("get_indicator", question).await?;
    assert_eq!(zones(&found.structured["values"]), expected, "{}", found.text);
    for (place, zone) in expected.iter().enumerate() {
        let question = json!({ "name": "logements_autorises", "date": "2025-04", "communes": [zone] });
        let alone = agent.call("get_indicator", question).await?;
        assert_eq!(alone.structured["values"][0], found.structured["values"][place], "{zone}");
    }
    let question = json!({ "name": "logements_autorises", "horizon": 2, "communes": asked, "levels": [95] });
    let forecast = agent.call("forecast_kpi", question).await?;
    assert_eq!(zones(&forecast.structured["forecasts"]), expected, "{}", forecast.text);
    let step = &forecast.structured["forecasts"][0]["steps"][0];
    assert_eq!(step["intervals"].as_array().map(Vec::len), Some(1));
    assert_eq!(step["intervals"][0]["level"], 95);
    assert!(forecast.text.contains("value | 95 %") && !forecast.text.contains("80 %"), "{}", forecast.text);

    let everyone: Vec<&str> =
        platform.app.models.territory.communes.iter().map(|commune| commune.code.as_str()).collect();
    let all =
        agent.call("get_indicator", json!({ "name": "permis_autorises", "communes": everyone })).await?;
    assert_eq!(zones(&all.structured["values"]), everyone);
    let of = |entry: &Value| entry["value"].as_f64().unwrap_or_default();
    let sum: f64 = all.structured["values"].as_array().into_iter().flatten().map(of).sum();
    let whole = agent.call("get_indicator", json!({ "name": "permis_autorises" })).await?;
    assert_eq!(whole.structured["values"][0]["value"].as_f64(), Some(sum), "permits add up");
    assert_eq!(whole.structured["period"], all.structured["period"]);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_commune_without_a_value_or_a_forecast_is_told_beside_those_that_have_one() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let lagny = format!("{}/geo-dvf/latest/csv/2025/communes/77/77243.csv", platform.portal.url());
    platform.crawl("dvf", Some(&lagny), None).await?;
    let agent = platform.agent(Role::Viewer, Era::Current).await?;
    let question = json!({ "name": "prix_m2_maison", "communes": ["Lagny-sur-Marne", "Jablines"] });
    let found = agent.call("get_indicator", question.clone()).await?;
    let values = &found.structured["values"];
    assert!(values[0]["value"].is_number(), "{}", found.text);
    assert_eq!(values[1], json!({ "zone": "77234", "zone_name": "Jablines" }));
    assert!(found.text.contains("Jablines (77234): no value"), "{}", found.text);
    assert_eq!(found.structured["communes_with_value"], 1);
    assert_eq!(found.structured["communes_with_value_percent"], 5.0);

    let forecast = agent.call("forecast_kpi", question).await?;
    assert_eq!(forecast.structured["without_forecast"], json!(["Jablines"]), "{}", forecast.text);
    assert!(forecast.text.contains("nothing to learn from: Jablines"), "{}", forecast.text);
    let none =
        agent.call("get_indicator", json!({ "name": "prix_m2_maison", "communes": ["Jablines"] })).await?;
    assert!(none.is_error && none.text.ends_with("[no_values_yet]"), "{}", none.text);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_token_of_communes_is_answered_about_these_and_no_other() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    platform.run_dag("urbanisme").await?;
    let scope = Scope::Communes(["77243".to_owned(), "77307".to_owned()].into());
    let token = platform.scoped_token(Role::Viewer, scope).await?;
    let agent = Agent::connect(&format!("{}/mcp", platform.url()), &token, Era::Current).await?;
    for (tool, list) in [("get_indicator", "values"), ("forecast_kpi", "forecasts")] {
        let question = |communes: Value| json!({ "name": "logements_autorises", "communes": communes });
        let own = agent.call(tool, json!({ "name": "logements_autorises" })).await?;
        assert_eq!(zones(&own.structured[list]), ["77243", "77307"], "{tool}: {}", own.text);
        let one = agent.call(tool, question(json!(["Montévrain"]))).await?;
        assert_eq!(zones(&one.structured[list]), ["77307"], "{tool}: {}", one.text);
        for outside in [json!(["ensemble"]), json!(["Marne et Gondoire"]), json!(["77243", "Chalifert"])] {
            let refused = agent.call(tool, question(outside.clone())).await?;
            assert!(
                refused.is_error && refused.text.ends_with("[out_of_scope]"),
                "{outside}: {}",
                refused.text
            );
            let named = "It may see Lagny-sur-Marne (77243), Montévrain (77307)";
            assert!(refused.text.contains(named), "{outside}: {}", refused.text);
        }
    }
    let sample =
        agent.call("get_sample", json!({ "table": "fact_mutation", "columns": ["code_commune"] })).await?;
    assert_eq!(sample.structured["row_count"], 5, "{}", sample.text);
    let seen = sample.structured["rows"].as_array().into_iter().flatten();
    assert!(seen.map(|row| &row[0]).all(|code| code == "77243" || code == "77307"), "{}", sample.text);

    let none = platform.scoped_token(Role::Viewer, Scope::Communes(BTreeSet::new())).await?;
    let nobody = Agent::connect(&format!("{}/mcp", platform.url()), &none, Era::Current).await?;
    let refused = nobody.call("get_indicator", json!({ "name": "logements_autorises" })).await?;
    assert!(refused.is_error && refused.text.ends_with("[out_of_scope]"), "{}", refused.text);
    platform.stop().await;
    Ok(())
}
