//! `[arguments.url]`, `edition`, `[politeness]`, `[schedule]`.

use chrono_tz::{TZ_VARIANTS, Tz};
use croner::parser::{CronParser, Seconds, Year};

use crate::declared::fault::{Faults, nearest};
use crate::declared::section::Section;
use crate::declared::{Edition, Politeness, Schedule, UrlArgument};

const DAY_MS: i64 = 86_400_000;

pub(super) fn argument(root: &mut Section<'_>, faults: &mut Faults<'_>) -> Option<UrlArgument> {
    let mut arguments = root.section("arguments", faults);
    let mut url = arguments.section("url", faults);
    let doc = url.needed("doc", faults);
    let example = url.text("example", faults);
    url.end(faults);
    arguments.end(faults);
    Some(UrlArgument { doc: doc?.value, example: example.map(|said| said.value) })
}

pub(super) fn edition(root: &mut Section<'_>, faults: &mut Faults<'_>) -> Edition {
    let Some(said) = root.text("edition", faults) else { return Edition::default() };
    match said.value.as_str() {
        "month" => Edition::Month,
        "day" => Edition::Day,
        text if is_month(text) => Edition::Fixed(text.to_owned()),
        text => {
            let advice = "Write month, day, or one edition as 2026-10".to_owned();
            root.fault("edition", format!("`{text}` is no edition"), advice, faults);
            Edition::default()
        }
    }
}

fn is_month(text: &str) -> bool {
    chrono::NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").is_ok() && text.len() == 7
}

pub(super) fn politeness(root: &mut Section<'_>, faults: &mut Faults<'_>) -> Politeness {
    let mut section = root.section("politeness", faults);
    let rate = section.number("rate", faults).map(|said| said.value);
    let concurrency = section.integer("concurrency", 1..65, faults).map(|said| said.value as u32);
    let delay_ms = section.integer("delay_ms", 0..DAY_MS, faults).map(|said| said.value as u64);
    let throttle = section.truth("throttle", faults);
    section.end(faults);
    Politeness { rate, concurrency, delay_ms, throttle }
}

pub(super) fn schedule(root: &mut Section<'_>, faults: &mut Faults<'_>) -> Option<Schedule> {
    let mut section = root.section("schedule", faults);
    let cron = section.needed("cron", faults);
    let zone = section.text("zone", faults);
    if let Some(cron) = &cron {
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let advice =
            "Write minute, hour, day of the month, month, day of the week: `0 6 * * 1` is Mondays at 06:00";
        if let Err(error) = parser.parse(&cron.value) {
            let reason = format!("`{}` is no cron expression: {}", cron.value, sentence(&error.to_string()));
            section.fault("cron", reason, advice.to_owned(), faults);
        }
    }
    if let Some(zone) = &zone
        && zone.value.parse::<Tz>().is_err()
    {
        let advice = nearest(&zone.value, &TZ_VARIANTS.map(Tz::name));
        let advice = if advice.len() > 200 { "Write it as Europe/Paris".to_owned() } else { advice };
        section.fault("zone", format!("`{}` is no IANA time zone", zone.value), advice, faults);
    }
    section.end(faults);
    let zone = zone.map_or_else(|| "Europe/Paris".to_owned(), |said| said.value);
    Some(Schedule { cron: cron?.value, zone })
}

fn sentence(text: &str) -> &str {
    text.trim_end_matches('.')
}
