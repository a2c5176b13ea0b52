//! Signed cursors: where the next page of a list or of a result begins.
//!
//! A cursor holds that place and the state in which the whole was, and is signed for one subject
//! and one principal: nobody can make one up, and what one token was given is of no use to another.
//! It holds no data and is no secret. The key lies in the database: any replica reads any replica's
//! cursors, before and after a restart.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use mg_core::OpContext;
use mg_store::Store;
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use crate::Problem;

/// Under which name the database keeps the key.
const KEY_PURPOSE: &str = "mcp cursor";
/// Bytes of a cursor: place, state, signature.
const CURSOR_BYTES: usize = 4 + STATE_BYTES + SIGNATURE_BYTES;
const STATE_BYTES: usize = 8;
const SIGNATURE_BYTES: usize = 16;

/// The state in which a whole was when a page of it was cut, told from others by a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct State([u8; STATE_BYTES]);

impl State {
    /// The state that `parts` tell, in this order.
    pub(crate) fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update(part.as_bytes());
            digest.update([0]);
        }
        let digest = digest.finalize();
        Self(std::array::from_fn(|place| digest[place]))
    }
}

/// Why a cursor is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadCursor {
    /// It has not the form of one.
    Malformed,
    /// It is forged, or was given to another principal or for another subject.
    Foreign,
}

/// Signs cursors with the key that all replicas share.
#[derive(Clone)]
pub(crate) struct Cursors {
    store: Store,
    key: Arc<OnceCell<Vec<u8>>>,
}

impl fmt::Debug for Cursors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursors").finish_non_exhaustive()
    }
}

impl Cursors {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, key: Arc::default() }
    }

    /// What makes and reads the cursors of `subject` for the principal.
    pub(crate) async fn seal<'a>(&'a self, ctx: &OpContext, subject: &'a str) -> Result<Seal<'a>, Problem> {
        let key = self.key.get_or_try_init(|| self.shared_key()).await?;
        let principal = match ctx.principal.token {
            // A name that was revoked can be given anew; a number cannot.
            Some(token) => format!("{token} {}", ctx.principal.name),
            None => ctx.principal.name.clone(),
        };
        Ok(Seal { key, subject, principal })
    }

    async fn shared_key(&self) -> Result<Vec<u8>, Problem> {
        let mut fresh = vec![0; 32];
        SysRng.try_fill_bytes(&mut fresh).map_err(|error| {
            Problem::new("no_randomness", format!("The system gave no random bytes: {error}."), "Try again.")
        })?;
        Ok(self.store.signing_key(KEY_PURPOSE, &fresh).await?)
    }
}

/// Makes and reads the cursors of one subject for one principal.
pub(crate) struct Seal<'a> {
    key: &'a [u8],
    subject: &'a str,
    principal: String,
}

impl Seal<'_> {
    /// The cursor of the page that begins at `place`, an item counted from 0.
    pub(crate) fn cursor(&self, place: usize, state: State) -> String {
        let place = u32::try_from(place).unwrap_or(u32::MAX).to_be_bytes();
        let mut bytes = [place.as_slice(), &state.0].concat();
        let signature = self.signature(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&signature[..SIGNATURE_BYTES]);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Where the page of `cursor` begins, and the state that it was made in.
    pub(crate) fn open(&self, cursor: &str) -> Result<(usize, State), BadCursor> {
        let (place, state, signature) = parts(cursor).ok_or(BadCursor::Malformed)?;
        let signed = self.signature(&[place.as_slice(), &state].concat());
        signed.verify_truncated_left(&signature).map_err(|_| BadCursor::Foreign)?;
        Ok((usize::try_from(u32::from_be_bytes(place)).unwrap_or(usize::MAX), State(state)))
    }

    fn signature(&self, message: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key).expect("HMAC takes a key of any length");
        for part in [self.subject.as_bytes(), self.principal.as_bytes(), message] {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        mac
    }
}

type Parts = ([u8; 4], [u8; STATE_BYTES], [u8; SIGNATURE_BYTES]);

fn parts(cursor: &str) -> Option<Parts> {
    if cursor.len() != 2 * CURSOR_BYTES || !cursor.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let byte = |place: usize| u8::from_str_radix(cursor.get(2 * place..2 * place + 2)?, 16).ok();
    let bytes: Vec<u8> = (0..CURSOR_BYTES).map(byte).collect::<Option<_>>()?;
    let (place, rest) = bytes.split_first_chunk()?;
    let (state, rest) = rest.split_first_chunk()?;
    Some((*place, *state, rest.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal<'a>(subject: &'a str, principal: &str) -> Seal<'a> {
        Seal { key: b"a key", subject, principal: principal.to_owned() }
    }

    #[test]
    fn a_cursor_opens_for_its_own_subject_and_principal_alone() {
        let state = State::of(["a", "b"]);
        let cursor = seal("tools/list", "ada").cursor(50, state);
        assert_eq!(seal("tools/list", "ada").open(&cursor), Ok((50, state)));
        for other in [seal("prompts/list", "ada"), seal("tools/list", "eve"), seal("tools/lista", "da")] {
            assert_eq!(other.open(&cursor), Err(BadCursor::Foreign));
        }
        assert_ne!(state, State::of(["ab"]), "the state tells where a part ends");
    }

    #[test]
    fn no_changed_digit_and_no_other_text_opens() {
        let seal = seal("tools/list", "ada");
        let cursor = seal.cursor(50, State::of(["a"]));
        for place in 0..cursor.len() {
            let digit = if cursor.as_bytes()[place] == b'0' { "1" } else { "0" };
            let forged = format!("{}{digit}{}", &cursor[..place], &cursor[place + 1..]);
            assert_eq!(seal.open(&forged), Err(BadCursor::Foreign), "{place}");
        }
        for text in ["", "50", "é", "+1", &cursor[1..], &"é".repeat(CURSOR_BYTES), &"+f".repeat(CURSOR_BYTES)]
        {
            assert_eq!(seal.open(text), Err(BadCursor::Malformed), "{text}");
        }
    }
}
