//! What the readers' logins may do without the gate, and why it does no harm.

/// A login's own transaction: rights do not come with it, as `roles.rs` tries.
const TRANSACTION: &str = "A transaction may be turned read-write, but the login has no right to write.";
/// A pool leases its sessions one at a time, and one that was not ended in order is thrown away.
const SESSION: &str = "It concerns this session alone, and ends with it; the gate keeps it from a session that is leased again.";
/// The view that has taken the table's place has no values in that column.
const MASKED: &str =
    "The name means the masked view, whose column is always empty; the table itself is closed.";

/// Statements of the shared corpus that run.
pub(super) const HARMLESS: [(&str, &str); 26] = [
    ("BEGIN READ WRITE", TRANSACTION),
    ("SET TRANSACTION READ WRITE", TRANSACTION),
    ("SET default_transaction_read_only = off", TRANSACTION),
    (
        "PREPARE TRANSACTION 'p'",
        "Outside a transaction it does nothing; inside, the server has no place for prepared ones.",
    ),
    ("END WORK", "Outside a transaction it does nothing but warn."),
    ("ABORT", "Outside a transaction it does nothing but warn."),
    ("LISTEN ch", SESSION),
    ("RESET ALL", SESSION),
    ("DISCARD ALL", SESSION),
    ("PREPARE p AS SELECT 1", SESSION),
    ("DECLARE c CURSOR WITH HOLD FOR SELECT 1", SESSION),
    ("SELECT setseed(0.5)", SESSION),
    ("SET statement_timeout = 0", "The store ends a query that is late by itself, whatever the server does."),
    (
        "SELECT database_to_xml(true,false,'')",
        "It reads what the login may read, and is stopped as any query is.",
    ),
    (
        "SELECT pg_current_xact_id()",
        "It takes a transaction number, of which there are enough; row scopes do not rest on them.",
    ),
    (
        "SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' ~ '^(a+)+$'",
        "Postgres matches it without going back, in no time.",
    ),
    ("SELECT jsonb_path_query(to_jsonb(t),'$.ssn') FROM t", MASKED),
    ("SELECT ROW(t.*)::text FROM t", MASKED),
    ("SELECT (t).ssn FROM t", MASKED),
    ("SELECT count(*) FROM t NATURAL JOIN (SELECT '123-45-0002' AS ssn) g", MASKED),
    ("SELECT max(ssn) OVER () FROM t", MASKED),
    ("SELECT row_to_json(t), to_jsonb(t), json_agg(t) FROM t GROUP BY t.*", MASKED),
    ("SELECT to_jsonb(t) #>> '{ssn}' FROM t", MASKED),
    ("SELECT t::text FROM t", MASKED),
    ("SELECT count(*) FROM t JOIN (VALUES ('123-45-0002')) g(ssn) USING (ssn)", MASKED),
    ("SELECT count(*) FROM t GROUP BY ssn", MASKED),
];

/// Statements that are not sent.
pub(super) const NOT_RUN: [(&str, &str); 1] = [(
    "SELECT repeat(chr(120),1000000000)",
    "Postgres puts no cap below a gigabyte on one value: the gate alone bounds it.",
)];
