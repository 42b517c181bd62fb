"""A kept public page against a bare Django view with the same bytes behind the same middleware.

Run as `python -m tests.bench.public_page`. One ratio within one run: alternating, medians of five
rounds; no times are asserted. Exit 1 below the design's figures: from the cache ≥ 0.8 × the bare view
and no query; drawn anew ≤ 8 queries.
"""

import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from statistics import median
from time import perf_counter
from typing import Any

ROUNDS, CALLS = 5, 400
FIGURE, MOST_QUERIES = 0.8, 8
PAGE = "/tai-lieu/bay-cau-hoi/"


def calls(app: Callable[..., Iterable[bytes]], path: str) -> bytes:
    """One request to the WSGI application; its body."""
    said: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
    }
    body = b"".join(app(environ, lambda status, headers, error=None: said.append(status)))
    if not said[0].startswith("200"):
        raise RuntimeError(f"{path}: {said[0]}")
    return body


def per_second(work: Callable[[], object]) -> float:
    start = perf_counter()
    for _call in range(CALLS):
        work()
    return CALLS / (perf_counter() - start)


def count_queries(work: Callable[[], object]) -> int:
    """How many statements ``work`` sends to the database."""
    from django.db import connection

    seen: list[str] = []

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        work()
    return len(seen)


def measure() -> int:
    """Build the site, measure, print; the exit code."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpRequest, HttpResponse
    from django.urls import path

    from campaigns.public import page_cache
    from cms import urls
    from tests.campaigns.public_site import build

    call_command("migrate", verbosity=0)
    build()
    app = get_wsgi_application()
    body = calls(app, PAGE)

    def bare(request: HttpRequest) -> HttpResponse:
        return HttpResponse(body)

    urls.urlpatterns.insert(0, path("bare/", bare))
    known = page_cache.kept("facts")
    page_cache.keep("facts", known, page_cache._renew())
    drawn = count_queries(lambda: calls(app, PAGE))
    kept = count_queries(lambda: calls(app, PAGE))
    calls(app, "/bare/")
    rounds = [
        (per_second(lambda: calls(app, "/bare/")), per_second(lambda: calls(app, PAGE))) for _round in range(ROUNDS)
    ]
    ratio = median(ours for _bare, ours in rounds) / median(view for view, _ours in rounds)
    print(f"public page from the cache: {ratio:.2f} × a bare view (figure {FIGURE}), queries {kept} (figure 0)")
    print(f"public page drawn anew: queries {drawn} (figure {MOST_QUERIES})")
    return 0 if ratio >= FIGURE and kept == 0 and drawn <= MOST_QUERIES else 1


def main() -> int:
    """Measure on a database, uploads and page cache of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "cms.settings",
            "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
            "MEDIA_ROOT": f"{folder}/uploads",
            "LOA_PAGE_CACHE": f"{folder}/pages",
            "REDIS_URL": "",
        }
        return measure()


if __name__ == "__main__":
    sys.exit(main())
