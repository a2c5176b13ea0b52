//! `SHOW` of settings.

use mg_gate::{Kind, RefusalCode};

use crate::gate;

#[test]
fn settings_that_help_a_reader_are_shown() {
    for sql in [
        "show timezone",
        "SHOW TimeZone",
        "show \"TimeZone\"",
        "show time zone",
        "show transaction isolation level",
        "show server_version",
        "show statement_timeout",
        "show search_path",
        "show U&\"work\\005fmem\"",
    ] {
        let admitted = gate().admit(&format!("{sql};")).expect(sql);
        assert_eq!((admitted.kind(), admitted.sql(), admitted.relations()), (Kind::Show, sql, &[][..]));
    }
}

#[test]
fn settings_that_tell_about_the_server_are_not() {
    for sql in [
        "show all",
        "show data_directory",
        "show hba_file",
        "show session authorization",
        "show role",
        "show \"session_authorization\"",
        "show app.scope",
        "show \"app.scope\"",
        "show listen_addresses",
        "show \"all\"",
        "show primary_conninfo",
        "show log_destination",
    ] {
        let refusal = gate().admit(sql).expect_err(sql);
        assert_eq!(refusal.code, RefusalCode::Setting, "{sql}");
        assert!(refusal.hint.contains("timezone"), "{sql}: {}", refusal.hint);
    }
    assert_eq!(gate().admit("show").expect_err("nothing shown").code, RefusalCode::Syntax);
    assert_eq!(gate().admit("show timezone, work_mem").expect_err("two").code, RefusalCode::Syntax);
}
