"""The crawl by Crawlee for Python, with the parser that Scrapy has.

Its queue is in memory, which is faster than its default of a file a request.
"""

import asyncio
import logging

import register
from crawlee import ConcurrencySettings
from crawlee.crawlers import ParselCrawler, ParselCrawlingContext
from crawlee.storage_clients import MemoryStorageClient


async def crawl():
    """Reads each page once, and stores its rows."""
    table = register.Table()
    most = register.CONCURRENCY
    crawler = ParselCrawler(
        respect_robots_txt_file=True,
        storage_client=MemoryStorageClient(),
        concurrency_settings=ConcurrencySettings(
            min_concurrency=most, desired_concurrency=most, max_concurrency=most
        ),
        use_session_pool=False,
        configure_logging=False,
    )

    @crawler.router.default_handler
    async def read(context: ParselCrawlingContext) -> None:
        for row in register.rows(context.selector):
            table.add(row)
        await context.enqueue_links(selector=register.LINKS)

    register.tell("begin")
    await crawler.run([register.START])
    table.close()
    register.tell("end")


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(crawl())
