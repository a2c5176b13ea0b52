-- Crawls of pages: what is still to be asked, what became of what was asked, and what a page last gave.

create table mg.crawl (
    id bigint generated always as identity primary key,
    spider text not null,
    definition text not null,
    arguments jsonb not null default '{}',
    run_id bigint references mg.run on delete set null,
    task_id bigint references mg.task on delete set null,
    attempt integer not null,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    finish_reason text,
    pages bigint,
    items bigint,
    fills jsonb,
    stats jsonb,
    check ((finish_reason is null) = (finished_at is null))
);
comment on table mg.crawl is 'Crawls of pages: one a task, whichever attempt executes it.';
comment on column mg.crawl.definition is
    'What the spider was: of another definition, neither the frontier nor what pages gave is of use.';
comment on column mg.crawl.attempt is 'The attempt of the task that may report; one that was given up may not.';
comment on column mg.crawl.fills is 'How many of the items had each field filled.';
comment on column mg.crawl.finish_reason is 'done, or the cap that ended it; null while it may go on.';
create unique index crawl_open on mg.crawl (task_id) where finished_at is null;
create index crawl_spider on mg.crawl (spider, id desc);
create index crawl_run on mg.crawl (run_id);

create table mg.crawl_request (
    id bigint generated always as identity primary key,
    crawl_id bigint not null references mg.crawl on delete cascade,
    fingerprint text collate "C" not null,
    request jsonb not null,
    priority integer not null,
    state text not null default 'waiting' check (state in ('waiting', 'taken', 'read', 'unchanged', 'given_up')),
    tried integer not null default 0,
    due_at timestamptz not null default now(),
    ended_at timestamptz,
    url text,
    status integer,
    size_bytes bigint,
    hash text,
    code text,
    reason text,
    unique (crawl_id, fingerprint),
    check ((state in ('read', 'unchanged', 'given_up')) = (ended_at is not null))
);
comment on table mg.crawl_request is 'The frontier of a crawl: each page once.';
comment on column mg.crawl_request.hash is 'SHA-256 of the page as it was read.';
create index crawl_request_next on mg.crawl_request (crawl_id, priority desc, id) where state = 'waiting';
create index crawl_request_taken on mg.crawl_request (crawl_id) where state = 'taken';

create table mg.crawl_page (
    spider text not null,
    definition text not null,
    fingerprint text collate "C" not null,
    url text not null,
    etag text,
    last_modified text,
    hash text not null,
    read_at timestamptz not null,
    run_id bigint references mg.run on delete set null,
    items jsonb not null,
    follow jsonb not null,
    primary key (spider, fingerprint)
);
comment on table mg.crawl_page is
    'What a spider last read at a page: its records, where it leads, and by what to ask whether it changed.';
create index crawl_page_run on mg.crawl_page (run_id);

create table mg.crawl_host (
    host text primary key,
    next_at timestamptz not null
);
comment on table mg.crawl_host is
    'When a host may next be asked, over all workers: instants before are booked, or it is to be left alone.';
