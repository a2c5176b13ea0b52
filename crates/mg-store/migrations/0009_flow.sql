-- The flow engine: what DAGs are, runs that wait, tasks with rules, retries, pools and maps, what
-- tasks wrote. These rows are all there is: what is to be done next is read from them.

create table mg.dag (
    name text primary key,
    hash text not null,
    definition jsonb not null,
    paused_by text,
    paused_at timestamptz,
    first_seen_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    check ((paused_by is null) = (paused_at is null))
);
comment on table mg.dag is 'The DAGs that a binary has registered, each as it was registered last.';

create table mg.dag_version (
    dag text not null references mg.dag on delete cascade,
    hash text not null,
    definition jsonb not null,
    seen_at timestamptz not null default now(),
    primary key (dag, hash)
);
comment on table mg.dag_version is 'Every definition that a DAG ever had: a run keeps the one it started with.';

create table mg.pool (
    name text primary key,
    slots integer not null check (slots >= 0)
);
comment on table mg.pool is 'How many tasks of a pool run at a time, over all workers.';

alter table mg.run
    drop constraint run_state_check,
    add constraint run_state_check
        check (state in ('waiting', 'queued', 'running', 'succeeded', 'failed', 'cancelled')),
    add column definition_hash text,
    add column cause text not null default 'manual'
        check (cause in ('manual', 'schedule', 'data', 'backfill')),
    add column schedule_id bigint,
    add column backfill_id bigint,
    add column instant timestamptz,
    add column priority integer not null default 0,
    add column deadline_at timestamptz,
    add column deadline_missed_at timestamptz,
    add constraint run_cause_fits_check check (
        (cause = 'schedule') <= (schedule_id is not null and instant is not null)
        and (cause = 'backfill') <= (backfill_id is not null and instant is not null));
comment on column mg.run.state is
    'waiting: until an earlier run has ended; queued: until a worker takes its first task.';
comment on column mg.run.instant is 'The instant of the schedule that the run is for; not when it began.';
-- However many schedulers there are, an instant of a schedule has one run.
create unique index run_instant on mg.run (schedule_id, instant) where instant is not null;
create index run_open on mg.run (dag) where finished_at is null;
create index run_backfill on mg.run (backfill_id) where backfill_id is not null;

alter table mg.task
    drop constraint task_state_check,
    add constraint task_state_check check (state in
        ('blocked', 'ready', 'running', 'mapped', 'succeeded', 'failed', 'skipped', 'cancelled')),
    add column kind text not null default 'job' check (kind in ('job', 'map', 'branch')),
    add column rule text not null default 'all_succeeded' check (rule in
        ('all_succeeded', 'all_done', 'one_failed', 'one_succeeded', 'none_failed')),
    add column parent_id bigint references mg.task on delete cascade,
    add column map_index integer,
    add column item jsonb,
    add column map_over jsonb,
    add column map_width integer check (map_width > 0),
    add column pool text,
    add column priority integer not null default 0,
    add column failures integer not null default 0,
    add column losses integer not null default 0,
    add column retries integer not null default 0 check (retries >= 0),
    add column backoff jsonb,
    add column timeout_ms bigint check (timeout_ms > 0),
    add column writes text[] not null default '{}',
    add column metrics jsonb,
    add column skipped_because text check (skipped_because in ('upstream_failed', 'not_chosen', 'rule')),
    add constraint task_map_check check ((kind = 'map') = (map_over is not null)),
    add constraint task_parent_check check ((parent_id is null) = (map_index is null)),
    add constraint task_instance_unique unique (parent_id, map_index);
comment on column mg.task.state is
    'mapped: spread over a list, and waiting for the tasks that were made of it.';
comment on column mg.task.attempt is 'How often it was begun: the fence of its end.';
comment on column mg.task.failures is 'How often it failed of itself; begun anew while at most retries.';
comment on column mg.task.losses is 'How often the process that executed it was lost; at most max_attempts.';
comment on column mg.task.map_width is
    'How many instances of the map run at a time; of an instance, its map''s.';
drop index mg.task_ready;
create index task_ready on mg.task (priority desc, ready_at, id) where state = 'ready';
create index task_blocked on mg.task (run_id) where state = 'blocked';
create index task_mapped on mg.task (run_id) where state = 'mapped';
create index task_open on mg.task (run_id) where finished_at is null;
create index task_open_instance on mg.task (parent_id) where parent_id is not null and finished_at is null;
create index task_pool_running on mg.task (pool) where state = 'running' and pool is not null;

alter table mg.task_dependency add column branch text;
comment on column mg.task_dependency.branch is
    'The branch on which the edge lies: it is followed only if the task before it chose that branch.';

create table mg.task_attempt (
    task_id bigint not null references mg.task on delete cascade,
    attempt integer not null,
    worker text not null,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    outcome text check (outcome in
        ('succeeded', 'failed', 'retried', 'lost', 'handed_back', 'cancelled', 'cleared', 'marked', 'mapped')),
    error_code text,
    error text,
    primary key (task_id, attempt),
    check ((outcome is null) = (finished_at is null))
);
comment on table mg.task_attempt is 'Each time a task was begun: by whom, and how that ended.';

alter table mg.task_log
    drop constraint task_log_level_check,
    add constraint task_log_level_check check (level in ('debug', 'info', 'warn', 'error')),
    add column fields jsonb;
create index task_log_at on mg.task_log (at);

alter table mg.worker
    add column jobs text[] not null default '{}',
    add column pools text[] not null default '{}',
    add column slots integer not null default 1,
    add column version text not null default '';

create table mg.table_change (
    table_name text primary key,
    version bigint not null default 1,
    changed_at timestamptz not null default now()
);
comment on table mg.table_change is 'How often tasks have written each table: what DAGs that wait for data look at.';

create table mg.table_write (
    id bigint generated always as identity primary key,
    table_name text not null,
    run_id bigint not null references mg.run on delete cascade,
    task_id bigint not null references mg.task on delete cascade,
    attempt integer not null,
    rows bigint,
    at timestamptz not null default now()
);
comment on table mg.table_write is 'Lineage: which task wrote which table.';
create index table_write_table on mg.table_write (table_name, at desc);
create index table_write_task on mg.table_write (task_id);
