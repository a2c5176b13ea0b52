//! Which names are of the public web.

/// Ends of names that belong to a machine, a home, an office or a cloud (RFC 6761, 6762, 7686, 8375, 9476).
const INNER_SUFFIXES: [&str; 14] = [
    "alt",
    "corp",
    "home",
    "home.arpa",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
    "svc",
];

/// Names of metadata services that look public.
const METADATA: [&str; 3] = ["metadata.goog", "metadata.azure.com", "instance-data.amazonaws.com"];

/// Whether a name, in lower case and without a dot at its end, may be looked up at all. A single label
/// never is: what it means depends on the machine that looks it up.
pub(super) fn is_public(name: &str) -> bool {
    let ends_with = |suffix: &&str| is_or_is_under(name, suffix);
    name.contains('.')
        && name.len() <= 253
        && name.split('.').all(|label| !label.is_empty() && label.len() <= 63)
        && !INNER_SUFFIXES.iter().any(ends_with)
        && !METADATA.iter().any(ends_with)
}

/// Whether `name` is `suffix` or a subdomain of it.
pub(super) fn is_or_is_under(name: &str, suffix: &str) -> bool {
    name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
