//! Pages of lists, and the signed cursors that lead from one to the next.
//!
//! A cursor says where the next page begins, in which state of the list, and is signed for one
//! list and one principal: nobody can make one up, and what one token was given is of no use to
//! another. A list that has changed in between invalidates it, so that nothing is skipped or
//! told twice. The key lies in the database: any replica reads any replica's cursors, before
//! and after a restart.

use hmac::{Hmac, KeyInit, Mac};
use mg_core::OpContext;
use mg_store::Store;
use rand::TryRng;
use rand::rngs::SysRng;
use rmcp::ErrorData;
use rmcp::model::{PaginatedRequestParams, Prompt, Resource, ResourceTemplate, Tool};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::failure;
use crate::Problem;

/// Items of a page unless [`Pages::with_size`] says otherwise.
const PAGE_ITEMS: usize = 50;
/// Under which name the database keeps the key.
const KEY_PURPOSE: &str = "mcp cursor";
/// Bytes of a cursor: place, state of the list, signature.
const CURSOR_BYTES: usize = 4 + STATE_BYTES + SIGNATURE_BYTES;
const STATE_BYTES: usize = 8;
const SIGNATURE_BYTES: usize = 16;

/// Something that stands in a list of the protocol.
pub trait Listed {
    /// What tells it from the others in its list.
    fn key(&self) -> &str;
}

impl Listed for Tool {
    fn key(&self) -> &str {
        &self.name
    }
}

impl Listed for Resource {
    fn key(&self) -> &str {
        &self.uri
    }
}

impl Listed for ResourceTemplate {
    fn key(&self) -> &str {
        &self.uri_template
    }
}

impl Listed for Prompt {
    fn key(&self) -> &str {
        &self.name
    }
}

/// One page.
#[derive(Debug)]
pub struct Page<T> {
    /// Its items, in the list's order.
    pub items: Vec<T>,
    /// The cursor of the next page; `None` on the last.
    pub next_cursor: Option<String>,
}

/// Cuts lists into pages.
#[derive(Debug)]
pub struct Pages {
    store: Store,
    size: usize,
    key: OnceCell<Vec<u8>>,
}

impl Pages {
    /// Pages of 50 items.
    pub fn new(store: Store) -> Self {
        Self { store, size: PAGE_ITEMS, key: OnceCell::new() }
    }

    /// Pages of `size` items, at least 1.
    #[must_use]
    pub fn with_size(self, size: usize) -> Self {
        Self { size: size.max(1), ..self }
    }

    /// The page of `items` that `request` asks for: the first without a cursor. `method` is the
    /// list's method, as `tools/list`.
    ///
    /// # Errors
    ///
    /// `-32602` with a sentence when the cursor is not of this list and principal, or the list
    /// is not what it was.
    pub async fn cut<T: Listed>(
        &self,
        ctx: &OpContext,
        method: &str,
        items: Vec<T>,
        request: Option<PaginatedRequestParams>,
    ) -> Result<Page<T>, ErrorData> {
        let cursor = request.and_then(|request| request.cursor);
        if cursor.is_none() && items.len() <= self.size {
            return Ok(Page { items, next_cursor: None });
        }
        let key =
            self.key.get_or_try_init(|| self.shared_key()).await.map_err(|problem| failure(&problem))?;
        let principal = match ctx.principal.token {
            // A name that was revoked can be given anew; a number cannot.
            Some(token) => format!("{token} {}", ctx.principal.name),
            None => ctx.principal.name.clone(),
        };
        let seal = Seal { key, method, principal: &principal, state: state(&items) };
        let begin = match cursor {
            Some(cursor) => seal.open(&cursor)?,
            None => 0,
        };
        let end = begin.saturating_add(self.size);
        let next_cursor = (end < items.len()).then(|| seal.cursor(end));
        let items = items.into_iter().skip(begin).take(self.size).collect();
        Ok(Page { items, next_cursor })
    }

    async fn shared_key(&self) -> Result<Vec<u8>, Problem> {
        let mut fresh = vec![0; 32];
        SysRng.try_fill_bytes(&mut fresh).map_err(|error| {
            Problem::new("no_randomness", format!("The system gave no random bytes: {error}."), "Try again.")
        })?;
        Ok(self.store.signing_key(KEY_PURPOSE, &fresh).await?)
    }
}

/// What a list holds, in which order.
fn state<T: Listed>(items: &[T]) -> [u8; STATE_BYTES] {
    let mut digest = Sha256::new();
    for item in items {
        digest.update(item.key().as_bytes());
        digest.update([0]);
    }
    let digest = digest.finalize();
    std::array::from_fn(|place| digest[place])
}

/// Makes and reads the cursors of one list for one principal.
struct Seal<'a> {
    key: &'a [u8],
    method: &'a str,
    principal: &'a str,
    state: [u8; STATE_BYTES],
}

impl Seal<'_> {
    fn cursor(&self, place: usize) -> String {
        let place = u32::try_from(place).unwrap_or(u32::MAX).to_be_bytes();
        let mut bytes = [place.as_slice(), &self.state].concat();
        let signature = self.signature(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&signature[..SIGNATURE_BYTES]);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Where the page of `cursor` begins.
    fn open(&self, cursor: &str) -> Result<usize, ErrorData> {
        let refused = |message: String| Err(ErrorData::invalid_params(message, None));
        let Some((place, state, signature)) = parts(cursor) else {
            return refused(format!("This is no cursor of {}; call it without one.", self.method));
        };
        if self.signature(&[place.as_slice(), &state].concat()).verify_truncated_left(&signature).is_err() {
            return refused(format!(
                "This cursor was not given to you by {}; call it without one.",
                self.method
            ));
        }
        if state != self.state {
            return refused(format!(
                "What {} lists has changed since this cursor; begin again without one.",
                self.method
            ));
        }
        Ok(usize::try_from(u32::from_be_bytes(place)).unwrap_or(usize::MAX))
    }

    fn signature(&self, message: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key).expect("HMAC takes a key of any length");
        for part in [self.method.as_bytes(), self.principal.as_bytes(), message] {
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

    fn seal<'a>(method: &'a str, principal: &'a str) -> Seal<'a> {
        Seal { key: b"a key", method, principal, state: [7; STATE_BYTES] }
    }

    #[test]
    fn a_cursor_opens_for_its_own_list_and_principal_alone() {
        let cursor = seal("tools/list", "ada").cursor(50);
        assert_eq!(seal("tools/list", "ada").open(&cursor), Ok(50));
        for other in [seal("prompts/list", "ada"), seal("tools/list", "eve"), seal("tools/lista", "da")] {
            let message = other.open(&cursor).expect_err("it is another's").message;
            assert!(message.contains("not given to you"), "{message}");
        }
        let later = Seal { state: [8; STATE_BYTES], ..seal("tools/list", "ada") };
        assert!(later.open(&cursor).is_err(), "the signature covers the state");
    }

    #[test]
    fn no_changed_digit_and_no_other_text_opens() {
        let seal = seal("tools/list", "ada");
        let cursor = seal.cursor(50);
        for place in 0..cursor.len() {
            let digit = if cursor.as_bytes()[place] == b'0' { "1" } else { "0" };
            let forged = format!("{}{digit}{}", &cursor[..place], &cursor[place + 1..]);
            assert!(seal.open(&forged).is_err(), "{place}");
        }
        for text in ["", "50", "é", "+1", &cursor[1..], &"é".repeat(CURSOR_BYTES), &"+f".repeat(CURSOR_BYTES)]
        {
            assert!(seal.open(text).is_err(), "{text}");
        }
    }
}
