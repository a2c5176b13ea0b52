-- Who may do what, in one place. Run by the owner at every start: idempotent.
-- The writer fills facts, KPIs and the platform's books; it changes no table's shape.
-- The readers see facts and KPIs, and nothing else; the scoped one sees some rows of them.

revoke all on schema public from public;

grant usage on schema analytics, kpi, masked, mg to mg_writer;
grant select, insert, update, delete on all tables in schema analytics, kpi, mg to mg_writer;
grant usage on all sequences in schema analytics, mg to mg_writer;
revoke all on mg.login_secret from mg_writer;
revoke insert, update, delete on mg.scope_key from mg_writer;
-- What was asked stands: the writer appends, and prunes by the one function that keeps the chain.
revoke update, delete on mg.audit from mg_writer;
revoke insert, update, delete on mg.audit_anchor from mg_writer;
revoke insert, delete on mg.audit_head from mg_writer;
grant execute on function mg.prune_audit(timestamptz) to mg_writer;

grant usage on schema analytics, kpi, masked to mg_reader, mg_scoped_reader;
grant select on all tables in schema analytics, kpi to mg_reader, mg_scoped_reader;
grant execute on function mg.row_scope() to mg_reader, mg_scoped_reader;
