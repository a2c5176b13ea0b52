-- Each worker says itself after which silence it is lost: processes may be set up differently.

alter table mg.worker add column silence_ms bigint not null default 10000 check (silence_ms between 1 and 604800000);
comment on column mg.worker.silence_ms is
    'Its lease, milliseconds: after which silence it is given up for lost.';
