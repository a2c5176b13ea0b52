-- Each worker says itself after which silence it is lost: processes may be set up differently.

alter table mg.worker add column silence_ms bigint not null default 10000 check (silence_ms between 1 and 604800000);
comment on column mg.worker.silence_ms is
    'Its lease, milliseconds: after which silence it is given up for lost.';

-- What an operator set wins over what the code says, and is told apart from it.

alter table mg.pool
    add column code_slots integer check (code_slots >= 0),
    add column set_by text,
    add column set_at timestamptz,
    add constraint pool_set_check check ((set_by is null) = (set_at is null));
comment on column mg.pool.code_slots is 'How many slots the code gives it, as it was registered last.';
comment on column mg.pool.set_by is 'Who set its slots by hand; null while they are as the code says.';
