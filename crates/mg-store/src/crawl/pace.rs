//! One pace a host over all workers: instants are booked in blocks, by the database's clock.

use std::time::Duration;

use super::LIGHT;
use crate::{Store, StoreError};

impl Store {
    /// Books `count` instants at `host`, `gap` apart, after all that were booked before, whoever booked
    /// them; returns how far away the first is.
    pub async fn book_host(&self, host: &str, count: u32, gap: Duration) -> Result<Duration, StoreError> {
        let failed = || StoreError::from_sqlx("booking a host");
        let mut transaction = self.writer.begin_with(LIGHT).await.map_err(failed())?;
        let seconds: f64 = sqlx::query_scalar(
            "insert into mg.crawl_host as h (host, next_at)
             values ($1, clock_timestamp() + make_interval(secs => $2))
             on conflict (host) do update
             set next_at = greatest(h.next_at, clock_timestamp()) + make_interval(secs => $2)
             returning extract(epoch from next_at - make_interval(secs => $2) - clock_timestamp())::float8",
        )
        .bind(host)
        .bind(gap.as_secs_f64() * f64::from(count))
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed())?;
        transaction.commit().await.map_err(failed())?;
        Ok(Duration::try_from_secs_f64(seconds).unwrap_or_default())
    }

    /// Leaves `host` alone for so long, whatever was booked.
    pub async fn hold_off_host(&self, host: &str, time: Duration) -> Result<(), StoreError> {
        sqlx::query(
            "insert into mg.crawl_host as h (host, next_at)
             values ($1, clock_timestamp() + make_interval(secs => $2))
             on conflict (host) do update set next_at = greatest(h.next_at, excluded.next_at)",
        )
        .bind(host)
        .bind(time.as_secs_f64())
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(StoreError::from_sqlx("leaving a host alone"))
    }
}
