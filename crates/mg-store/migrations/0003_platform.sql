-- The platform's own books. No reader sees this schema.

create schema mg;
comment on schema mg is 'Private to the platform: runs, tasks, rejects, tokens.';

create table mg.worker (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    started_at timestamptz not null default now(),
    heartbeat_at timestamptz not null default now()
);
comment on table mg.worker is 'Processes that execute tasks. One without a heartbeat is lost, and its tasks are taken up by others.';

create table mg.run (
    id bigint generated always as identity primary key,
    dag text not null,
    parameters jsonb not null,
    state text not null check (state in ('queued', 'running', 'succeeded', 'failed')),
    requested_by text not null,
    requested_through text not null,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz,
    check ((state in ('succeeded', 'failed')) = (finished_at is not null))
);
comment on table mg.run is 'One execution of a DAG.';
create index run_recent on mg.run (created_at desc);

create table mg.task (
    id bigint generated always as identity primary key,
    run_id bigint not null references mg.run on delete cascade,
    name text not null,
    job text not null,
    input jsonb not null,
    state text not null check (state in ('blocked', 'ready', 'running', 'succeeded', 'failed', 'skipped')),
    attempt integer not null default 0,
    max_attempts integer not null check (max_attempts > 0),
    worker_id uuid references mg.worker on delete set null,
    ready_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    progress_done bigint,
    progress_total bigint,
    output jsonb,
    error_code text,
    error text,
    unique (run_id, name),
    check ((state in ('succeeded', 'failed', 'skipped')) = (finished_at is not null)),
    check (state <> 'running' or started_at is not null)
);
comment on table mg.task is 'One step of a run.';
create index task_ready on mg.task (ready_at, id) where state = 'ready';
create index task_running on mg.task (worker_id) where state = 'running';

create table mg.task_dependency (
    task_id bigint not null references mg.task on delete cascade,
    depends_on bigint not null references mg.task on delete cascade,
    primary key (task_id, depends_on)
);
comment on table mg.task_dependency is 'Which task waits for which.';
create index task_dependency_reverse on mg.task_dependency (depends_on);

create table mg.task_log (
    id bigint generated always as identity primary key,
    task_id bigint not null references mg.task on delete cascade,
    attempt integer not null,
    at timestamptz not null default clock_timestamp(),
    level text not null check (level in ('info', 'warn', 'error')),
    message text not null
);
comment on table mg.task_log is 'What a task said, line by line.';
create index task_log_task on mg.task_log (task_id, id);

create table mg.reject (
    id bigint generated always as identity primary key,
    run_id bigint references mg.run on delete set null,
    spider text not null,
    source text not null,
    line bigint not null,
    column_name text,
    reason text not null,
    content text not null,
    rejected_at timestamptz not null default now()
);
comment on table mg.reject is 'Records that could not be loaded: where they stood and why.';
create index reject_source on mg.reject (spider, source);

create table mg.token (
    id bigint generated always as identity primary key,
    name text not null,
    role text not null check (role in ('viewer', 'editor')),
    hash bytea not null unique,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);
comment on table mg.token is 'Bearer tokens: the SHA-256 of each, never the token.';
-- Two live tokens of one name could not be told apart when one is to be revoked.
create unique index token_live_name on mg.token (name) where revoked_at is null;

create table mg.login_secret (
    login text primary key,
    secret text not null
);
comment on table mg.login_secret is 'Passwords of the writer and reader logins on an external server; the owner alone reads them.';
