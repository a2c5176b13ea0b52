//! When DAGs run, as text.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::Dags;
use crate::{DataTrigger, Definition, Schedule};

impl Dags {
    /// What starts each DAG, with the next `most` instants after `after` of those that have a
    /// schedule, in its zone and with what that is ahead of UTC.
    pub fn timetable(&self, after: DateTime<Utc>, most: usize) -> String {
        let mut text = String::new();
        for dag in self.iter() {
            let _ = writeln!(text, "{}: {}", dag.name, starts(dag));
            for instant in dag.schedule.iter().flat_map(|schedule| instants(schedule, after, most)) {
                let _ = writeln!(text, "    {instant}");
            }
        }
        text
    }
}

fn starts(dag: &Definition) -> String {
    let schedule = dag.schedule.as_ref().map(|schedule| format!("{} {}", schedule.cron, schedule.zone));
    let changed = dag.when_changed.as_ref().map(|trigger| match trigger {
        DataTrigger::Any(tables) => format!("when one of these changed: {}", tables.join(", ")),
        DataTrigger::All(tables) => format!("when all of these changed: {}", tables.join(", ")),
    });
    let reasons: Vec<String> = schedule.into_iter().chain(changed).collect();
    if reasons.is_empty() { "when it is asked for".to_owned() } else { reasons.join("; ") }
}

fn instants(schedule: &Schedule, after: DateTime<Utc>, most: usize) -> Vec<String> {
    // Both were checked with the DAG.
    let (Ok(timetable), Ok(zone)) = (schedule.check(), schedule.zone.parse::<Tz>()) else {
        return Vec::new();
    };
    let shown =
        |instant: DateTime<Utc>| instant.with_timezone(&zone).format("%a %Y-%m-%d %H:%M %:z").to_string();
    timetable.upcoming(after).take(most).map(shown).collect()
}
