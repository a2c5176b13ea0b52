//! The sentences: French for whom it concerns, a line of English beneath.

use chrono::{DateTime, Utc};
use chrono_tz::Europe::Paris;
use mg_store::alert::{AlertGroup, AlertKind};
use url::Url;

use super::letter::Letter;

/// What is said of one group of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// What happened, one French sentence.
    pub(super) title: String,
    /// What is known of it: French names, and values.
    pub(super) facts: Vec<(&'static str, String)>,
    /// What to do: commands.
    pub(super) commands: Vec<String>,
    /// Where to look.
    pub(super) link: Option<Url>,
    /// What happened, in English.
    pub(super) english: String,
}

/// The subject of a letter.
pub(super) fn subject(letter: &Letter) -> String {
    if letter.is_test {
        return "[mg] Message d'essai (test message)".to_owned();
    }
    if let [only] = letter.groups.as_slice()
        && only.count == 1
        && letter.untold() == 0
    {
        return format!("[mg] {}", title(letter, only));
    }
    let counts: Vec<String> = AlertKind::ALL
        .into_iter()
        .map(|kind| (kind, letter.count(kind)))
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| counted(kind, count))
        .collect();
    format!("[mg] {} : {}", letter.dag, counts.join(", "))
}

/// The entry of a group.
pub(super) fn entry(letter: &Letter, group: &AlertGroup) -> Entry {
    let mut facts = Vec::new();
    let mut fact = |name, value: Option<String>| facts.extend(value.map(|value| (name, value)));
    let task_name = if group.kind == AlertKind::Deadline { "Tâche en cours" } else { "Tâche" };
    fact(task_name, group.task.clone());
    if group.kind == AlertKind::Failure {
        fact("Code", group.code.clone());
        fact("Message", group.sentence.clone());
    }
    if group.count == 1 {
        fact(since_name(group.kind), Some(day(group.since)));
    } else {
        fact("Première fois", Some(day(group.since)));
        fact("Dernière fois", Some(day(group.until)));
    }
    Entry {
        title: title(letter, group),
        facts,
        commands: commands(letter, group),
        link: group.last_run.and_then(|run| letter.run_link(run)),
        english: english(letter, group),
    }
}

/// The entry of a letter that shows that its channel works.
pub(super) fn test(letter: &Letter) -> Entry {
    Entry {
        title: "Ce canal d'alerte fonctionne".to_owned(),
        facts: vec![("Canal", letter.channel.clone()), ("Envoyé", day(letter.made_at))],
        commands: Vec::new(),
        link: None,
        english: "This alert channel works; nothing has happened.".to_owned(),
    }
}

/// What is said where a letter was cut, in French and English.
pub(super) fn untold(count: i64) -> (String, String) {
    (format!("Et {count} autres événements."), format!("And {count} more events."))
}

fn title(letter: &Letter, group: &AlertGroup) -> String {
    let dag = &letter.dag;
    let many = group.count > 1;
    let count = group.count;
    match (group.kind, group.last_run) {
        (AlertKind::Failure, _) if many => {
            format!("{count} exécutions de {dag} ont échoué{}", span(group))
        }
        (AlertKind::Failure, run) => format!("L'exécution {} de {dag} a échoué", number(run)),
        (AlertKind::Deadline, _) if many => {
            format!("{count} exécutions de {dag} ont dépassé leur échéance{}", span(group))
        }
        (AlertKind::Deadline, run) => {
            format!("L'exécution {} de {dag} a dépassé son échéance", number(run))
        }
        (AlertKind::Recovery, _) if many => {
            format!("{count} exécutions de {dag} qui avaient échoué ont réussi{}", span(group))
        }
        (AlertKind::Recovery, run) => {
            format!("L'exécution {} de {dag}, qui avait échoué, a réussi", number(run))
        }
        (AlertKind::Stale, _) => {
            let kpi = group.kpi.as_deref().unwrap_or_default();
            if is_unmeasured(group) {
                format!("L'indicateur {kpi} n'est plus mesuré")
            } else {
                format!("L'indicateur {kpi} n'a plus de valeur récente")
            }
        }
    }
}

fn english(letter: &Letter, group: &AlertGroup) -> String {
    let dag = &letter.dag;
    let runs = match (group.first_run, group.last_run) {
        _ if group.count > 1 => {
            format!(
                "{} runs of {dag}, {} to {},",
                group.count,
                number(group.first_run),
                number(group.last_run)
            )
        }
        (_, run) => format!("Run {} of {dag}", number(run)),
    };
    let task = group.task.as_deref().map(|task| format!(" in task {task}")).unwrap_or_default();
    let code = group.code.as_deref().map(|code| format!(" ({code})")).unwrap_or_default();
    match group.kind {
        AlertKind::Failure => format!("{runs} failed{task}{code}."),
        AlertKind::Deadline => format!("{runs} missed the deadline."),
        AlertKind::Recovery => format!("{runs} had failed and has succeeded."),
        AlertKind::Stale => {
            let kpi = group.kpi.as_deref().unwrap_or_default();
            let what = if is_unmeasured(group) { "has not been measured" } else { "has no value" };
            format!("KPI {kpi} {what} since {}.", group.since.format("%Y-%m-%d"))
        }
    }
}

fn commands(letter: &Letter, group: &AlertGroup) -> Vec<String> {
    let run = number(group.last_run);
    match group.kind {
        AlertKind::Failure => vec![format!("mg run show {run}"), format!("mg run retry {run}")],
        AlertKind::Deadline => vec![format!("mg run show {run}"), format!("mg run cancel {run}")],
        AlertKind::Recovery => vec![format!("mg run show {run}")],
        AlertKind::Stale => {
            let kpi = group.kpi.as_deref().unwrap_or_default();
            vec![format!("mg kpi {kpi}"), format!("mg dag run {}", letter.dag)]
        }
    }
}

fn counted(kind: AlertKind, count: i64) -> String {
    let (one, many) = match kind {
        AlertKind::Failure => ("échec", "échecs"),
        AlertKind::Deadline => ("échéance dépassée", "échéances dépassées"),
        AlertKind::Stale => ("indicateur sans valeur récente", "indicateurs sans valeur récente"),
        AlertKind::Recovery => ("rétablissement", "rétablissements"),
    };
    format!("{count} {}", if count > 1 { many } else { one })
}

fn since_name(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Failure | AlertKind::Stale => "Depuis",
        AlertKind::Deadline => "Échéance",
        AlertKind::Recovery => "Réussie",
    }
}

fn is_unmeasured(group: &AlertGroup) -> bool {
    group.code.as_deref() == Some("not_measured")
}

fn span(group: &AlertGroup) -> String {
    format!(" (de la {} à la {})", number(group.first_run), number(group.last_run))
}

fn number(run: Option<i64>) -> String {
    run.map(|run| run.to_string()).unwrap_or_default()
}

/// An instant as people in Marne et Gondoire read it.
fn day(at: DateTime<Utc>) -> String {
    at.with_timezone(&Paris).format("%d/%m/%Y à %H:%M (heure de Paris)").to_string()
}
