//! What must hold of the books and of the world once all is done, each as a query for what breaks it.

use anyhow::ensure;
use mg_testkit::TestDatabase;

/// What jobs leave behind: see `examples/trial/effect.rs`.
const WORLD: &str = "
    create schema trial;
    create table trial.execution (run_id bigint, task text, attempt int, pid int);
    create table trial.effect (run_id bigint, task text, attempt int, primary key (run_id, task));
    create table trial.laid_back (schedule_id bigint primary key, first timestamptz);
    grant usage on schema trial to mg_writer;
    grant select, insert on all tables in schema trial to mg_writer";

/// A law, and the query that gives what breaks it, as texts.
struct Law {
    says: &'static str,
    broken: &'static str,
}

const LAWS: [Law; 16] = [
    Law {
        says: "every due instant has exactly one run",
        broken: "select concat_ws(' ', due.schedule_id, due.instant, count(r.id))
                 from (select l.schedule_id, generate_series(l.first, s.last_instant, interval '1 hour') as instant
                       from trial.laid_back l join mg.schedule s on s.id = l.schedule_id) due
                 left join mg.run r on r.schedule_id = due.schedule_id and r.instant = due.instant
                                       and r.cause = 'schedule'
                 group by due.schedule_id, due.instant having count(r.id) <> 1
                 union all
                 select concat_ws(' ', r.schedule_id, r.instant) from mg.run r
                 join trial.laid_back l on l.schedule_id = r.schedule_id join mg.schedule s on s.id = r.schedule_id
                 where r.cause = 'schedule' and (r.instant < l.first or r.instant > s.last_instant)",
    },
    Law {
        says: "no schedule lags behind",
        broken: "select name from mg.schedule where next_instant is null or next_instant <= now() - interval '1 hour'",
    },
    Law {
        says: "every instant of a backfill has exactly one run",
        broken: "select concat_ws(' ', due.id, due.instant, count(r.id))
                 from (select id, generate_series(first_instant, last_instant, interval '1 hour') as instant
                       from mg.backfill) due
                 left join mg.run r on r.backfill_id = due.id and r.instant = due.instant
                 group by due.id, due.instant having count(r.id) <> 1",
    },
    Law { says: "no instant was left out", broken: "select why || ' ' || first_instant from mg.schedule_skip" },
    Law {
        says: "nothing is waiting, ready or running",
        broken: "select concat_ws(' ', 'run', id, state) from mg.run
                 where finished_at is null or state not in ('succeeded', 'failed')
                 union all
                 select concat_ws(' ', 'task', id, name, state) from mg.task
                 where finished_at is null or worker_id is not null or state not in ('succeeded', 'failed', 'skipped')",
    },
    Law {
        says: "nothing fails but for processes that were lost too often",
        broken: "select concat_ws(' ', run_id, name, error_code, error) from mg.task
                 where state = 'failed' and error_code is distinct from 'worker_lost'
                   and error_code is distinct from 'map_failed'
                 union all
                 select concat_ws(' ', run_id, name, losses) from mg.task
                 where error_code = 'worker_lost' and losses < max_attempts",
    },
    Law {
        says: "a run has succeeded if all of its tasks have",
        broken: "select concat_ws(' ', r.id, r.state) from mg.run r
                 where (r.state = 'failed') is distinct from exists (
                     select from mg.task t where t.run_id = r.id and t.state = 'failed')",
    },
    Law {
        says: "a task that was done was done by exactly one attempt, its last",
        broken: "select concat_ws(' ', t.run_id, t.name, t.state)
                 from mg.task t left join mg.task_attempt a on a.task_id = t.id
                 group by t.id
                 having count(a.attempt) <> t.attempt
                     or count(*) filter (where a.outcome in ('succeeded', 'mapped')) <> (t.state = 'succeeded' or (
                            t.kind = 'map' and t.state = 'failed' and t.error_code = 'map_failed'))::int
                     or bool_or(a.outcome in ('succeeded', 'mapped', 'failed') and a.attempt <> t.attempt)",
    },
    Law {
        says: "no attempt is open",
        broken: "select concat_ws(' ', task_id, attempt, worker) from mg.task_attempt where outcome is null",
    },
    Law {
        says: "attempts of a task follow each other",
        broken: "select concat_ws(' ', a.task_id, a.attempt) from mg.task_attempt a
                 join mg.task_attempt b on b.task_id = a.task_id and b.attempt = a.attempt + 1
                 where b.started_at < a.finished_at",
    },
    Law {
        says: "an attempt is executed once, and none that there is not",
        broken: "select concat_ws(' ', e.run_id, e.task, e.attempt, count(*)) from trial.execution e
                 group by e.run_id, e.task, e.attempt having count(*) > 1
                 union all
                 select concat_ws(' ', e.run_id, e.task, e.attempt) from trial.execution e
                 where not exists (select from mg.task t join mg.task_attempt a on a.task_id = t.id
                                   where t.run_id = e.run_id and t.name = e.task and a.attempt = e.attempt)",
    },
    Law {
        says: "what was done has left its effect, and by an attempt that there was",
        broken: "select concat_ws(' ', t.run_id, t.name) from mg.task t
                 where t.kind <> 'map' and t.state = 'succeeded'
                   and not exists (select from trial.execution e where e.run_id = t.run_id and e.task = t.name
                                                                   and e.attempt = t.attempt)
                 union all
                 select concat_ws(' ', t.run_id, t.name) from mg.task t
                 where t.kind <> 'map' and t.state = 'succeeded' and not exists (
                     select from trial.effect e
                     where e.run_id = t.run_id and e.task = t.name and e.attempt <= t.attempt)",
    },
    Law {
        says: "what ends with a task is written once, by the attempt that succeeded",
        broken: "select concat_ws(' ', t.run_id, t.name, count(w.id))
                 from mg.task t left join mg.table_write w on w.task_id = t.id and w.attempt = t.attempt
                 where t.kind <> 'map' and 'trial.effect' = any (t.writes)
                 group by t.id having count(w.id) <> (t.state = 'succeeded')::int
                 union all
                 select concat_ws(' ', 'version', c.version) from mg.table_change c
                 where c.version <> (select count(*) from mg.table_write w where w.table_name = c.table_name)
                 union all
                 select concat_ws(' ', w.run_id, w.task_id, w.attempt) from mg.table_write w
                 join mg.task_attempt a on a.task_id = w.task_id and a.attempt = w.attempt
                 where a.outcome <> 'succeeded'",
    },
    Law {
        says: "nothing begins before what it waits for has ended",
        broken: "select concat_ws(' ', t.run_id, t.name, a.attempt) from mg.task_attempt a
                 join mg.task t on t.id = a.task_id
                 join mg.task_dependency d on d.task_id = coalesce(t.parent_id, t.id)
                 join mg.task n on n.id = d.depends_on
                 where a.started_at < n.finished_at
                 union all
                 select concat_ws(' ', t.run_id, t.name, 'after', n.name, n.state) from mg.task t
                 join mg.task_dependency d on d.task_id = t.id join mg.task n on n.id = d.depends_on
                 where t.rule = 'all_succeeded' and t.state <> 'skipped' and n.state <> 'succeeded'",
    },
    Law {
        says: "a pool is never over its slots, and a map never over its width",
        broken: "select concat_ws(' ', t.pool, a.started_at, p.slots, (
                     select count(*) from mg.task_attempt o join mg.task u on u.id = o.task_id
                     where u.pool = t.pool and o.started_at <= a.started_at and o.finished_at > a.started_at))
                 from mg.task_attempt a join mg.task t on t.id = a.task_id join mg.pool p on p.name = t.pool
                 where p.slots < (
                     select count(*) from mg.task_attempt o join mg.task u on u.id = o.task_id
                     where u.pool = t.pool and o.started_at <= a.started_at and o.finished_at > a.started_at)
                 union all
                 select concat_ws(' ', t.run_id, t.name, a.started_at)
                 from mg.task_attempt a join mg.task t on t.id = a.task_id
                 where t.parent_id is not null and t.map_width < (
                     select count(*) from mg.task_attempt o join mg.task u on u.id = o.task_id
                     where u.parent_id = t.parent_id and o.started_at <= a.started_at and o.finished_at > a.started_at)",
    },
    Law {
        says: "a run has the tasks of the definition that it started with, and right outputs",
        broken: "select concat_ws(' ', r.id, r.definition_hash) from mg.run r
                 left join mg.dag_version v on v.dag = r.dag and v.hash = r.definition_hash
                 where v.hash is null or (
                     select array_agg(t.name order by t.name) from mg.task t where t.run_id = r.id and t.parent_id is null
                 ) is distinct from (
                     select array_agg(d ->> 'name' order by d ->> 'name')
                     from jsonb_array_elements(v.definition -> 'tasks') as tasks (d))
                 union all
                 select concat_ws(' ', run_id, name, output) from mg.task
                 where state = 'succeeded' and (name = 'total' and output <> '6' or name = 'seal' and output <> '6'
                                                or name = 'written' and output <> '[1, 2, 3]')",
    },
];

/// The books of a trial.
pub(crate) struct Ledger<'a> {
    database: &'a TestDatabase,
}

impl<'a> Ledger<'a> {
    /// Opens them, before anything is done.
    pub(crate) fn open(database: &'a TestDatabase) -> anyhow::Result<Self> {
        database.execute("mg_owner", WORLD)?;
        Ok(Self { database })
    }

    /// Fails with all that breaks a law, and if so little happened that nothing was tried.
    pub(crate) async fn holds(&self) -> anyhow::Result<()> {
        let mut broken = Vec::new();
        for law in &LAWS {
            let found = self.database.store.texts(law.broken).await?;
            if !found.is_empty() {
                let shown = found.iter().take(5).map(String::as_str).collect::<Vec<_>>().join("; ");
                broken.push(format!("{}: {} times not: {shown}", law.says, found.len()));
            }
        }
        ensure!(broken.is_empty(), "{broken:#?}");
        // Of every kind there was something to try.
        let kinds = "select count(distinct cause)::text from mg.run union all
                     select count(distinct definition_hash)::text from mg.run where dag = 'parts' union all
                     select least(count(*), 1)::text from mg.task_attempt where outcome = 'lost'";
        let kinds = self.database.store.texts(kinds).await?;
        ensure!(kinds == ["4", "2", "1"], "of something there was nothing: {kinds:?}");
        Ok(())
    }

    /// How much was done, and what befell it, in a line.
    pub(crate) async fn summary(&self) -> anyhow::Result<String> {
        let counts = "select concat_ws(' ', count(*), 'runs', state) from mg.run group by state
                      union all select concat_ws(' ', count(*), 'attempts', outcome) from mg.task_attempt group by outcome";
        Ok(self.database.store.texts(counts).await?.join(", "))
    }
}
