"""Burst through facebook-sdk: ratio to the bare library in the same number of threads (DESIGN section 7).

320 posts to 20 pages, an API that answers in 50 ms. ``python -m tests.bench.facebook_burst``.
"""

import argparse
import time
from concurrent.futures import ThreadPoolExecutor

from tests.bench import _rig

COUNT, PAGES, THREADS = 320, 20, 16


def bare(url: str, token: str) -> float:
    """The library alone, one pooled session, 16 threads."""
    import facebook
    import requests

    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_connections=4, pool_maxsize=THREADS))
    facebook.FACEBOOK_GRAPH_URL = f"{url}/graph/"
    graph = facebook.GraphAPI(token, session=session)

    def one(number: int) -> None:
        page = f"9991002{number % PAGES:03}"
        graph.put_object(page, "feed", message=f"Tin {number}", fields="id,permalink_url,created_time")

    started = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, range(COUNT)))
    return COUNT / (time.perf_counter() - started)


def loa() -> float:
    from publishers.sender import work_a_shift

    run = _rig.register("facebook", PAGES, COUNT, time.time())
    started = time.perf_counter()
    work_a_shift(60)
    took = time.perf_counter() - started
    assert _rig.sent(run) == COUNT
    return COUNT / took


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", default="")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    with _rig.api() as api:
        _rig.setup(given.database, LOA_SANDBOX_URL=api.url)
        from publishers.sandbox import credentials

        token = credentials.issue("facebook", "9991002000")["token"]
        limit = THREADS / _rig.DELAY
        _rig.alternate(given.runs, limit, lambda: bare(api.url, token), loa, "facebook burst ÷ bare facebook-sdk")


if __name__ == "__main__":
    main()
