"""The crawl by Scrapy: a spider, and a pipeline that stores its items.

Its queue is in memory, as it is by default; its cookies are off, as its handbook advises for speed.
"""

import register
import scrapy
from scrapy.crawler import CrawlerProcess


class Pages(scrapy.Spider):
    """Reads each page once."""

    name = "pages"

    async def start(self):
        register.tell("begin")
        yield scrapy.Request(register.START)

    def parse(self, response):
        yield from register.rows(response)
        yield from response.follow_all(css=register.LINKS)


class Stored:
    """Stores items."""

    def open_spider(self):
        self.table = register.Table()

    def process_item(self, item):
        self.table.add(item)
        return item

    def close_spider(self):
        self.table.close()
        register.tell("end")


SETTINGS = {
    "ROBOTSTXT_OBEY": True,
    "CONCURRENT_REQUESTS": register.CONCURRENCY,
    "CONCURRENT_REQUESTS_PER_DOMAIN": register.CONCURRENCY,
    "DOWNLOAD_DELAY": 0,
    "AUTOTHROTTLE_ENABLED": False,
    "COOKIES_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "LOG_LEVEL": "WARNING",
    "ITEM_PIPELINES": {Stored: 300},
}

if __name__ == "__main__":
    process = CrawlerProcess(SETTINGS)
    process.crawl(Pages)
    process.start()
