-- What the agents' door keeps: tasks that agents follow, and keys that it signs with.

create table mg.agent_task (
    id text primary key check (id ~ '^[0-9a-f]{64}$'),
    principal text not null,
    token_id bigint references mg.token on delete cascade,
    run_id bigint not null references mg.run on delete cascade,
    tool text not null,
    answer jsonb not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    poll_interval_ms integer not null check (poll_interval_ms > 0),
    check (expires_at > created_at)
);
comment on table mg.agent_task is 'Calls of tools that agents follow as tasks. How one stands is how its run stands; only the principal that called sees it.';
create index agent_task_expiry on mg.agent_task (expires_at);

create table mg.signing_key (
    purpose text primary key,
    key bytea not null check (length(key) >= 32),
    created_at timestamptz not null default now()
);
comment on table mg.signing_key is 'Keys that the service signs with what clients hand back to it; every replica uses the same.';
