"""What both peers read of a page, and where they put it.

The environment: BENCH_DSN, how to reach the Postgres that is there for peers; BENCH_START, the page
to begin with; BENCH_CONCURRENCY, how many requests at a time.
"""

import os
from datetime import date

import psycopg

START = os.environ["BENCH_START"]
CONCURRENCY = int(os.environ["BENCH_CONCURRENCY"])

COLUMNS = ("reference", "titre", "commune", "surface_m2", "prix_eur", "date_decision")
LINKS = "nav a"
# Rows of a COPY: beyond some hundred it makes no difference.
BATCH = 1_000


def rows(page):
    """The rows of a page, a `parsel.Selector` or what has its methods, with their types."""
    title = page.css("h1::text").get()
    for row in page.css("table.registre tr.ligne"):
        day, month, year = row.css("td.date::text").get().split("/")
        yield {
            "reference": row.css("td.reference::text").get(),
            "titre": title,
            "commune": row.css("td.commune::text").get(),
            "surface_m2": float(row.css("td.surface::text").get().removesuffix(" m²").replace(",", ".")),
            "prix_eur": int(row.css("td.prix::text").get().removesuffix(" €").replace(" ", "")),
            "date_decision": date(int(year), int(month), int(day)),
        }


class Table:
    """The table that rows go to, by COPY and a thousand at a time."""

    def __init__(self):
        self._connection = psycopg.connect(os.environ["BENCH_DSN"])
        self._waiting = []

    def add(self, row):
        """Takes a row."""
        self._waiting.append(tuple(row[column] for column in COLUMNS))
        if len(self._waiting) >= BATCH:
            self._store()

    def close(self):
        """Stores what is left."""
        self._store()
        self._connection.close()

    def _store(self):
        copy = f"copy page_liee ({', '.join(COLUMNS)}) from stdin"
        with self._connection.cursor() as cursor, cursor.copy(copy) as into:
            for row in self._waiting:
                into.write_row(row)
        self._connection.commit()
        self._waiting.clear()


def tell(word):
    """Tells the benchmark that the crawl begins, or has ended."""
    print(word, flush=True)
