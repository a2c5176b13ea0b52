//! The four lists of Sitadel: where each is, and which columns of it are read.

use url::Url;

/// A list of authorisations.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct List {
    /// Its name in `fact_permis.fichier`.
    pub(super) name: &'static str,
    /// Its datafile in DiDo.
    pub(super) id: &'static str,
    /// What is read of it.
    pub(super) columns: &'static [&'static str],
    /// The column of an authorisation's number.
    pub(super) number: &'static str,
    /// The column of its state.
    pub(super) state: &'static str,
    /// What kind of authorisation it is.
    pub(super) kind: Kind,
}

/// Where the kind of an authorisation stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// In a column.
    Column(&'static str),
    /// All of the list are of one.
    Always(&'static str),
}

/// The lists, housing first: it is the one that KPIs are measured on.
static LISTS: [List; 4] = [
    List {
        name: "logements",
        id: "8b35affb-55fc-4c1f-915b-7750f974446a",
        columns: &[
            "COMM",
            "TYPE_DAU",
            "NUM_DAU",
            "ETAT_DAU",
            "DATE_REELLE_AUTORISATION",
            "DATE_REELLE_DOC",
            "DATE_REELLE_DAACT",
            "AN_DEPOT",
            "NATURE_PROJET_DECLAREE",
            "NB_LGT_TOT_CREES",
            "NB_LGT_IND_CREES",
            "NB_LGT_COL_CREES",
            "NB_LGT_RES",
            "NB_LGT_DEMOLIS",
            "NB_LGT_PRET_LOC_SOCIAL",
            "SUPERFICIE_TERRAIN",
            "SURF_HAB_CREEE",
            "SURF_LOC_CREEE",
        ],
        number: "NUM_DAU",
        state: "ETAT_DAU",
        kind: Kind::Column("TYPE_DAU"),
    },
    List {
        name: "locaux",
        id: "f8f0700f-806c-40a7-83b1-f21cf507e7c4",
        columns: &[
            "COMM",
            "TYPE_DAU",
            "NUM_DAU",
            "ETAT_DAU",
            "DATE_REELLE_AUTORISATION",
            "DATE_REELLE_DOC",
            "DATE_REELLE_DAACT",
            "AN_DEPOT",
            "NATURE_PROJET_DECLAREE",
            "SUPERFICIE_TERRAIN",
            "SURF_LOC_CREEE",
        ],
        number: "NUM_DAU",
        state: "ETAT_DAU",
        kind: Kind::Column("TYPE_DAU"),
    },
    List {
        name: "amenager",
        id: "96883f50-538b-41f9-a059-c6eb97e6a23a",
        columns: &[
            "COMM",
            "NUM_PA",
            "ETAT_PA",
            "DATE_REELLE_AUTORISATION",
            "DATE_REELLE_DOC",
            "DATE_REELLE_DAACT",
            "AN_DEPOT",
            "SUPERFICIE_TERRAIN",
        ],
        number: "NUM_PA",
        state: "ETAT_PA",
        kind: Kind::Always("PA"),
    },
    List {
        name: "demolir",
        id: "1a9a2f0c-56fe-4e69-84a7-fbbda2121f02",
        columns: &[
            "COMM",
            "NUM_PD",
            "ETAT_PD",
            "DATE_REELLE_AUTORISATION",
            "AN_DEPOT",
            "NB_LGT_DEMOLIS",
            "SUPERFICIE_TERRAIN",
        ],
        number: "NUM_PD",
        state: "ETAT_PD",
        kind: Kind::Always("PD"),
    },
];

/// Their names.
pub(super) const NAMES: &[&str] = &["logements", "locaux", "amenager", "demolir"];

/// The list of that name; housing for one that there is not.
pub(super) fn named(name: &str) -> &'static List {
    LISTS.iter().find(|list| list.name == name).unwrap_or(&LISTS[0])
}

/// The lists of those names; housing if there is no name.
pub(super) fn asked_for(names: &[String]) -> Vec<&'static List> {
    match names {
        [] => vec![&LISTS[0]],
        names => names.iter().map(|name| named(name)).collect(),
    }
}

/// The list that a file is of: its datafile is a part of DiDo's paths, and of the names of files
/// that were downloaded from there. Housing, if it does not say.
pub(super) fn of(url: &Url) -> &'static List {
    LISTS.iter().find(|list| url.path().contains(list.id)).unwrap_or(&LISTS[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_of_the_list_that_its_path_names() {
        let list = |url: &str| of(&Url::parse(url).expect("a URL")).name;
        assert_eq!(list("http://p/dido/1a9a2f0c-56fe-4e69-84a7-fbbda2121f02/csv?COMM=eq:77243"), "demolir");
        assert_eq!(list("http://p/2026-11.csv"), "logements");
    }

    #[test]
    fn every_list_is_named_and_reads_its_number_and_its_state() {
        let names: Vec<&str> = LISTS.iter().map(|list| list.name).collect();
        assert_eq!(names, NAMES);
        for list in &LISTS {
            assert_eq!(named(list.name), list);
            assert!([list.number, list.state].iter().all(|column| list.columns.contains(column)));
        }
    }
}
