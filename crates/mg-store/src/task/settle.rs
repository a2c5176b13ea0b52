//! What follows from tasks that ended: maps, tasks and runs that end or can begin.

use sqlx::{Postgres, Transaction};

use crate::StoreError;

/// Workers listen here for work, and for work that was taken from them.
pub(crate) const CHANNEL: &str = "mg_work";
/// What is said there when work was taken from them.
pub(crate) const TAKEN: &str = "taken";

/// Ends the maps of a run whose instances have all ended. What they gave is gathered up to 64 MiB of
/// JSON: a value of Postgres' has an end, and a task that could not end would hang.
const MAPS: &str = "
    with done as (
        select m.id, count(c.id) as instances,
               count(c.id) filter (where c.state in ('failed', 'cancelled')) as failed,
               coalesce(sum(octet_length(c.output::text)), 0) > 64 * 1024 * 1024 as is_too_large
        from mg.task m left join mg.task c on c.parent_id = m.id
        where m.run_id = $1 and m.state = 'mapped' and not exists (
            select from mg.task o where o.parent_id = m.id and o.finished_at is null)
        group by m.id
    )
    update mg.task m
    set state = case when failed = 0 and not is_too_large then 'succeeded' else 'failed' end,
        finished_at = now(),
        output = case when failed = 0 and not is_too_large then (
                     select coalesce(jsonb_agg(coalesce(c.output, 'null') order by c.map_index), '[]')
                     from mg.task c where c.parent_id = m.id) end,
        error_code = case when failed > 0 then 'map_failed' when is_too_large then 'output_too_large' end,
        error = case when failed > 0 then format('%s of %s failed', failed, instances)
                     when is_too_large then 'what the parts gave is more than 64 MiB together' end
    from done where m.id = done.id
    returning m.state";

/// Readies or skips the blocked tasks of a run about which that can be said.
const FATES: &str = "
    with edge as (
        select t.id, t.rule, n.finished_at is null as is_open,
               n.state in ('failed', 'cancelled') or coalesce(n.skipped_because = 'upstream_failed', false) as failed,
               n.state = 'succeeded'
                   and (d.branch is null or coalesce(n.output, 'null') @> to_jsonb(d.branch)) as succeeded
        from mg.task t
        join mg.task_dependency d on d.task_id = t.id
        join mg.task n on n.id = d.depends_on
        where t.run_id = $1 and t.state = 'blocked'
    ), tally as (
        select id, rule, count(*) filter (where is_open) as open, count(*) filter (where failed) as failed,
               count(*) filter (where succeeded) as succeeded,
               count(*) filter (where not is_open and not failed and not succeeded) as passed_over
        from edge group by id, rule
        union all
        select id, 'all_done', 0, 0, 0, 0 from mg.task t
        where run_id = $1 and state = 'blocked'
          and not exists (select from mg.task_dependency d where d.task_id = t.id)
    ), fate as (
        select id, case rule
            when 'all_succeeded' then case when failed > 0 then 'upstream_failed' when open > 0 then null
                                           when passed_over > 0 then 'not_chosen' else 'ready' end
            when 'all_done' then case when open = 0 then 'ready' end
            when 'one_failed' then case when failed > 0 then 'ready' when open = 0 then 'rule' end
            when 'one_succeeded' then case when succeeded > 0 then 'ready' when open > 0 then null
                                           when failed > 0 then 'upstream_failed' else 'not_chosen' end
            when 'none_failed' then case when failed > 0 then 'upstream_failed' when open = 0 then 'ready' end
            end as fate
        from tally
    )
    update mg.task t
    set state = case fate when 'ready' then 'ready' else 'skipped' end,
        ready_at = case fate when 'ready' then now() end,
        finished_at = case fate when 'ready' then null else now() end,
        skipped_because = nullif(fate, 'ready')
    from fate where t.id = fate.id and fate is not null
    returning t.state";

/// Ends a run of which all has ended. One that was held by another when its first task began was
/// not marked as begun then.
const RUN: &str = "
    update mg.run r
    set finished_at = now(),
        started_at = coalesce(r.started_at, (select min(t.started_at) from mg.task t where t.run_id = r.id)),
        state = case when exists (select from mg.task t where t.run_id = r.id and t.parent_id is null
                                                        and t.state in ('failed', 'cancelled'))
                     then 'failed' else 'succeeded' end
    where r.id = $1 and r.finished_at is null
      and not exists (select from mg.task t where t.run_id = r.id and t.finished_at is null)
    returning r.state";

/// Draws the conclusions of tasks that ended or were made. The run is held by the transaction.
pub(crate) async fn settle_run(
    transaction: &mut Transaction<'static, Postgres>,
    run: i64,
) -> Result<(), StoreError> {
    let mut readied = false;
    loop {
        let maps = conclude(transaction, MAPS, run).await?;
        let fates = conclude(transaction, FATES, run).await?;
        readied |= fates.iter().any(|state| state == "ready");
        // What was skipped may decide about what waits for it.
        if maps.is_empty() && fates.iter().all(|state| state == "ready") {
            break;
        }
    }
    conclude(transaction, RUN, run).await?;
    if readied { announce_work(transaction).await } else { Ok(()) }
}

/// Tells workers that there is work, once this commits.
pub(crate) async fn announce_work(
    transaction: &mut Transaction<'static, Postgres>,
) -> Result<(), StoreError> {
    ring(transaction, "").await
}

/// Tells workers that work was taken from them, once this commits.
pub(crate) async fn announce_taken(
    transaction: &mut Transaction<'static, Postgres>,
) -> Result<(), StoreError> {
    ring(transaction, TAKEN).await
}

async fn ring(
    transaction: &mut Transaction<'static, Postgres>,
    payload: &'static str,
) -> Result<(), StoreError> {
    sqlx::query("select pg_notify($1, $2)")
        .bind(CHANNEL)
        .bind(payload)
        .execute(&mut **transaction)
        .await
        .map(drop)
        .map_err(StoreError::from_sqlx("telling workers"))
}

async fn conclude(
    transaction: &mut Transaction<'static, Postgres>,
    statement: &'static str,
    run: i64,
) -> Result<Vec<String>, StoreError> {
    sqlx::query_scalar(statement)
        .bind(run)
        .fetch_all(&mut **transaction)
        .await
        .map_err(StoreError::from_sqlx("settling a run"))
}
