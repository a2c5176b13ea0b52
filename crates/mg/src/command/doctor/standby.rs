//! Whether the standby that queries go to follows the database, and how far behind it is.

use mg_store::{StandbyState, Store};

use super::Finding;

const SUBJECT: &str = "Standby";
/// Longer than a standby takes that is well and not told to wait.
const LONG_MS: i64 = 60_000;

/// Nothing where queries go to the primary.
pub(super) async fn finding(store: &Store) -> Option<Finding> {
    match store.standby_state().await {
        Ok(state) => state.map(|state| of(&state)),
        Err(error) => Some(Finding::fault(
            SUBJECT,
            format!("{error}; queries are refused meanwhile"),
            "Check database.read_url, that the standby runs, and that it has replayed the platform's logins; or take \
             read_url away: queries then go to the primary.",
        )),
    }
}

fn of(state: &StandbyState) -> Finding {
    if !state.is_ours {
        let mend =
            "Give database.read_url the host and port of a streaming standby of DATABASE_URL's server.";
        return Finding::fault(SUBJECT, "database.read_url leads to another platform's database", mend);
    }
    if !state.follows {
        let mend = "If it took over, put it into database.url; else take database.read_url away or let it name a standby.";
        return Finding::fault(SUBJECT, "the server of database.read_url follows no primary", mend);
    }
    if state.behind_bytes == 0 {
        return Finding::ok(SUBJECT, "it has everything that the primary has written");
    }
    let since = match state.lag_ms {
        Some(lag_ms) => format!("its data are {:.1} s old", lag_ms as f64 / 1_000.0),
        None => "it has replayed nothing since it started".to_owned(),
    };
    let found = format!("{} bytes behind the primary; {since}", state.behind_bytes);
    if state.lag_ms.is_some_and(|lag_ms| lag_ms < LONG_MS) {
        return Finding::ok(SUBJECT, found);
    }
    let mend = "See pg_stat_replication on the primary, and on the standby its log and pg_stat_wal_receiver.";
    Finding::warning(SUBJECT, found, mend)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVEL: StandbyState =
        StandbyState { follows: true, is_ours: true, behind_bytes: 0, lag_ms: Some(0) };

    #[test]
    fn what_needs_a_hand_is_told_from_what_does_not() {
        let behind = |lag_ms| StandbyState { behind_bytes: 4_096, lag_ms, ..LEVEL };
        for (state, verdict, part) in [
            (LEVEL, "ok", "everything"),
            (behind(Some(2_500)), "ok", "2.5 s"),
            (behind(Some(90_000)), "warning", "4096 bytes"),
            (behind(None), "warning", "since it started"),
            (StandbyState { follows: false, ..LEVEL }, "fault", "follows no primary"),
            (StandbyState { is_ours: false, ..LEVEL }, "fault", "another"),
        ] {
            let finding = of(&state);
            assert_eq!(finding.verdict, verdict, "{state:?}");
            assert!(finding.found.contains(part), "{}", finding.found);
            assert_eq!(finding.mend.is_some(), verdict != "ok", "{state:?}");
        }
    }
}
