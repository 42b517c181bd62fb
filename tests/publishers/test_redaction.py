"""Whatever the platforms echo and however it goes wrong: no credential in logs, tracebacks, URLs or reports."""

import io
import json
import logging
import sys
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.test import RequestFactory
from django.utils import timezone
from django.views.debug import get_exception_reporter_class, get_exception_reporter_filter

from cms.celery import mask_credentials
from publishers import health, polling, readings
from publishers.models import Attempt, Channel, Delivery, Operation, Transition, WebhookEvent
from publishers.redact import MASK, RedactFilter, redact, remember
from publishers.sender import work_a_shift
from publishers.tasks import clear_up, refresh_tokens
from publishers.work import target_of
from tests.publishers.live import live, platforms

__all__ = ["live", "platforms"]


@pytest.fixture
def log():
    """Everything that any library says, through the handler that an installation has."""
    stream, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactFilter())
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def secrets_of(platforms):
    telegram, facebook, zalo = platforms.telegram, platforms.facebook, platforms.zalo
    fixed = [telegram.token, facebook.token, facebook.secret, zalo.secret]
    return [*fixed, *(f"zalo-{kind}-token-{n}-standin" for kind in ("access", "refresh") for n in range(5))]


def echo(asked, answer):
    """The worst platform: each answer is an error that quotes all that was sent."""
    quoted = f"{asked.path} {asked.headers} {asked.form} {asked.query}"
    answer.status = 400
    if asked.host == "api.telegram":
        answer.body = {"ok": False, "error_code": 400, "description": f"Bad Request: {quoted}"}
    elif asked.host.startswith("graph"):
        answer.body = {"error": {"code": 100, "message": quoted}}
    elif asked.host == "oauth.zalo":
        answer.body = {"error": -14999, "error_name": quoted, "error_reason": quoted}
    else:
        answer.status, answer.body = 200, {"error": -201, "message": quoted}
    return answer


def lost(asked, answer):
    answer.lost = True
    return answer


def gateway(asked, answer):
    answer.status, answer.body = 502, f"<html>{asked.path} {asked.headers} {asked.form}</html>"
    return answer


def rows():
    """All that the outbox has stored, but for the sealed box itself."""
    stored = [list(model.objects.values()) for model in (Attempt, Delivery, Operation, Transition, WebhookEvent)]
    channels = list(Channel.objects.values("name", "options", "check_report"))
    return json.dumps([*stored, channels], default=str, ensure_ascii=False)


@pytest.mark.parametrize("mishap", [echo, lost, gateway])
def test_nothing_that_is_kept_or_said_holds_a_credential(mishap, live, platforms, log, capsys):
    channels = [live.channel(platform) for platform in ("telegram", "facebook", "zalo")]
    for channel in channels:
        live.deliver(channel)
    platforms.mishap = mishap
    work_a_shift(4)
    Operation.objects.update(next_try=timezone.now())
    clear_up()
    Delivery.objects.update(state="sent", external_id="1", sent_at=timezone.now())
    readings.collect(everything=True)
    polling.collect()
    refresh_tokens()
    for channel in channels:
        health.check(channel)
        with pytest.raises(CommandError):
            call_command("check_channel", str(channel.pk), "--format", "json")
    platforms.mishap = None
    platforms.zalo.expired = True
    refresh_tokens()
    printed = "".join(capsys.readouterr())
    assert len(platforms.asked) > 15
    assert "urllib3" in log.getvalue(), "the libraries' own debugging was heard"
    for where, text in {"log": log.getvalue(), "database": rows(), "printed": printed}.items():
        found = [secret for secret in secrets_of(platforms) if secret in text]
        assert found == [], f"in the {where}"
    assert not any(secret in Channel.objects.get(pk=channels[2].pk).sealed for secret in secrets_of(platforms))


def test_no_credential_stands_in_an_address(live, platforms):
    for platform in ("telegram", "facebook", "zalo"):
        live.deliver(live.channel(platform))
    live.work()
    readings.collect(everything=True)
    for channel in Channel.objects.all():
        health.check(channel)
    secrets = secrets_of(platforms)
    with_secret = {asked.path for asked in platforms.asked if any(secret in asked.url for secret in secrets)}
    # Telegram has the token in each path, and debug_token takes its subject in the query: by their design.
    assert {path for path in with_secret if not path.startswith("/bot")} == {"/v27.0/debug_token"}


def test_an_error_report_shows_no_credential(live, platforms):
    channel = live.channel("zalo")
    # Put together here, since a report shows the lines of the program.
    typed = {f"secret_{name}": "-".join(["typed", name, "by", "staff"]) for name in ("access_token", "app_secret")}
    request = RequestFactory().post("/quan-tri/kenh/1/", typed)
    request.session = {}
    try:
        target, opened = target_of(channel), channel.secrets
        innocent = f"a sentence with {opened['access_token']} in it"
        raise RuntimeError(f"{target.name}: {opened['refresh_token']} {len(innocent)}")
    except RuntimeError:
        reporter = get_exception_reporter_class(request)(request, *sys.exc_info())
    assert type(get_exception_reporter_filter(request)).__name__ == "ReportFilter"
    shown = reporter.get_traceback_html() + reporter.get_traceback_text()
    assert f"Kênh thật zalo: {MASK}" in shown
    frames = str(reporter.get_traceback_frames()) + json.dumps(reporter.filter.get_post_parameters(request))
    variables = [frame["vars"] for frame in reporter.get_traceback_data()["frames"]]
    for secret in ("typed-access_token-by-staff", "typed-app_secret-by-staff"):
        assert secret not in shown.replace("&#x27;", "'") + frames
    for secret in secrets_of(platforms):
        assert secret not in str(variables) + shown


def test_celerys_own_handlers_mask_too():
    logger, stream = logging.getLogger("loa.test.celery"), io.StringIO()
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    mask_credentials(logger)
    mask_credentials(logger)
    assert len(handler.filters) == 1
    logger.error("Task failed with access_token=%s", "abcdefghijklmnop")
    logger.removeHandler(handler)
    assert stream.getvalue().strip() == f"Task failed with access_token={MASK}"


def test_a_secret_of_any_form_is_masked_once_it_was_opened():
    odd = "mật khẩu/có dấu+và=ký tự"
    assert odd in redact(odd)
    remember([odd, "ngan"])
    assert redact(f"x {odd} y ngan") == f"x {MASK} y ngan"
    assert redact(f"https://a.vn/?q={quote(odd, safe='')}") == f"https://a.vn/?q={MASK}"
