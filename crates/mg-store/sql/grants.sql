-- Who may do what, in one place. Run by the owner at every start: idempotent.
-- The writer fills facts, KPIs and the platform's books; it changes no table's shape.
-- The reader sees facts and KPIs, and nothing else.

revoke all on schema public from public;

grant usage on schema analytics, kpi, mg to mg_writer;
grant select, insert, update, delete on all tables in schema analytics, kpi, mg to mg_writer;
grant usage on all sequences in schema analytics, mg to mg_writer;
revoke all on mg.login_secret from mg_writer;

grant usage on schema analytics, kpi to mg_reader;
grant select on all tables in schema analytics, kpi to mg_reader;
