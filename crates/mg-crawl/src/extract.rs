//! From a fetched file to records: unpacked and parsed on a blocking thread, handed over in
//! batches, so that memory stays flat whatever the size of the file.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;
use mg_core::Record;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::{CrawlError, Fetched, Source, Spider};

const BATCH_RECORDS: usize = 2_000;
/// Batches that wait for the store; more make the parser wait.
const WAITING_BATCHES: usize = 4;
/// Of a flood of rejects the first are enough to see what is wrong.
const REJECTS_KEPT: u64 = 1_000;
const CONTENT_KEPT_CHARS: usize = 500;

/// A record that could not be made, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Line of the file, from 1.
    pub line: u64,
    /// The column at fault, where it is one.
    pub column: Option<String>,
    /// What is wrong.
    pub reason: String,
    /// The record as it stood, shortened.
    pub content: String,
}

/// Records on their way.
pub type Batch = Vec<Record>;

/// A file being parsed.
pub struct Extraction {
    /// The records, in batches, until the file's end.
    pub batches: mpsc::Receiver<Batch>,
    /// Ends after the last batch: with the rejects, or with what is wrong with the file.
    pub outcome: JoinHandle<Result<Rejected, CrawlError>>,
}

/// The rejects of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejected {
    /// The first of them.
    pub kept: Vec<Reject>,
    /// How many there were.
    pub count: u64,
}

/// Where a spider puts what it made of a file.
pub struct Sink {
    out: mpsc::Sender<Batch>,
    batch: Batch,
    rejected: Rejected,
}

impl Sink {
    /// Takes a record.
    pub fn record(&mut self, record: Record) -> Result<(), CrawlError> {
        self.batch.push(record);
        if self.batch.len() >= BATCH_RECORDS { self.flush() } else { Ok(()) }
    }

    /// Takes note of what could not be made a record.
    pub fn reject(&mut self, mut reject: Reject) {
        self.rejected.count += 1;
        if self.rejected.count <= REJECTS_KEPT {
            if let Some((end, _)) = reject.content.char_indices().nth(CONTENT_KEPT_CHARS) {
                reject.content.truncate(end);
            }
            self.rejected.kept.push(reject);
        }
    }

    fn flush(&mut self) -> Result<(), CrawlError> {
        let batch = std::mem::take(&mut self.batch);
        self.out.blocking_send(batch).map_err(|_| CrawlError::Stopped)
    }
}

/// Parses `fetched` with `spider`. Dropping the receiver stops it.
pub fn extract(spider: Arc<dyn Spider>, source: Source, fetched: Fetched) -> Extraction {
    let (out, batches) = mpsc::channel(WAITING_BATCHES);
    let outcome = tokio::task::spawn_blocking(move || {
        let mut sink = Sink { out, batch: Vec::new(), rejected: Rejected::default() };
        let mut body = unpack(fetched.file.reopen(), fetched.unpacked_limit_bytes)?;
        spider.parse(&source, &mut body, &mut sink)?;
        if !sink.batch.is_empty() {
            sink.flush()?;
        }
        Ok(sink.rejected)
    });
    Extraction { batches, outcome }
}

/// The file's content: gunzipped if it begins as gzip does (RFC 1952), whatever its name says.
fn unpack(file: std::io::Result<File>, limit_bytes: u64) -> Result<Box<dyn Read>, CrawlError> {
    let io = |source| CrawlError::Io { attempted: "read a fetched file", source };
    let mut file = BufReader::with_capacity(1 << 16, file.map_err(io)?);
    let is_gzip = file.fill_buf().map_err(io)?.starts_with(&[0x1f, 0x8b]);
    Ok(if is_gzip {
        Box::new(Capped { inner: MultiGzDecoder::new(file), left: limit_bytes })
    } else {
        Box::new(file)
    })
}

/// A reader that fails, and does not end in silence, where there is more than is allowed.
struct Capped<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => return Err(std::io::Error::other("it unpacks to more than is allowed")),
        }
        Ok(count)
    }
}
