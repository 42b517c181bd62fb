"""Secrets: sealed in the database, never in logs, tracebacks, pages or errors."""

import io
import logging

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ValidationError

from publishers import credentials
from publishers.errors import Permanent
from publishers.models import Channel
from publishers.redact import RedactFilter, redact
from publishers.work import target_of

TOKEN = "123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQ"


def test_sealed_text_does_not_hold_the_secret():
    sealed = credentials.seal({"token": TOKEN})
    assert TOKEN not in sealed
    assert credentials.unseal(sealed) == {"token": TOKEN}


def test_keys_can_be_rotated(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.LOA_CREDENTIALS_KEY = old
    sealed = credentials.seal({"token": TOKEN})
    settings.LOA_CREDENTIALS_KEY = f"{new},{old}"
    again = credentials.reseal(sealed)
    settings.LOA_CREDENTIALS_KEY = new
    assert credentials.unseal(again) == {"token": TOKEN}
    with pytest.raises(credentials.CannotUnseal):
        credentials.unseal(sealed)


@pytest.mark.django_db
def test_a_lost_key_is_an_error_with_a_cure_and_no_secret(make_channel, settings):
    channel = make_channel("telegram")
    settings.LOA_CREDENTIALS_KEY = Fernet.generate_key().decode()
    with pytest.raises(Permanent) as caught:
        target_of(Channel.objects.get(pk=channel.pk))
    assert caught.value.code == "credentials"
    assert "LOA_CREDENTIALS_KEY" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        f"POST https://api.telegram.org/bot{TOKEN}/sendMessage",
        "GET /v27.0/me?access_token=EAABsbCS1iHgBO7ZC8wxyzABCDEF0123456789",
        "headers {'Authorization': 'Bearer abcdefghijklmnop'}",
        '{"refresh_token": "abcdefghijklmnop", "app_secret": "0123456789abcdef"}',
        "GET /tram/1-1.3ePmIMlGx9n9NVDputYtRnYwzfxFaxSUW577JamVN4/ 200",
    ],
)
def test_what_looks_like_a_credential_is_masked(text):
    masked = redact(text)
    for secret in (TOKEN, "EAABsbCS1iHgBO7ZC8", "abcdefghijklmnop", "0123456789abcdef", "3ePmIMlGx9n9NVD"):
        assert secret not in masked


def test_a_traceback_is_masked_too(caplog):
    logger = logging.getLogger("loa.test")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactFilter())
    logger.addHandler(handler)
    try:
        raise RuntimeError(f"https://api.telegram.org/bot{TOKEN}/getMe")
    except RuntimeError:
        logger.exception("failed with %s", TOKEN)
    finally:
        logger.removeHandler(handler)
    assert TOKEN not in stream.getvalue()
    assert "RuntimeError" in stream.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "secrets"),
    [({}, {"token": TOKEN}), ({"chat_id": "@x"}, {}), ({"chat_id": "@x", "thừa": "1"}, {"token": TOKEN})],
)
def test_a_channel_says_what_is_missing(options, secrets):
    channel = Channel(platform="telegram", name="Thử", options=options, form="social")
    channel.secrets = secrets
    with pytest.raises(ValidationError) as caught:
        channel.save()
    assert TOKEN not in str(caught.value)


@pytest.mark.django_db
def test_the_command_seals_every_channel_under_the_newest_key(make_channel, settings, capsys):
    from django.core.management import CommandError, call_command

    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.LOA_CREDENTIALS_KEY = old
    channels = [make_channel("telegram"), make_channel("facebook"), make_channel("feed")]
    before = {channel.pk: channel.secrets for channel in channels}
    settings.LOA_CREDENTIALS_KEY = f"{new},{old}"
    with pytest.raises(CommandError, match="2 kênh"):
        call_command("reseal_credentials", "--check")
    call_command("reseal_credentials")
    call_command("reseal_credentials", "--check")
    settings.LOA_CREDENTIALS_KEY = new
    assert {channel.pk: channel.secrets for channel in Channel.objects.all()} == before
    settings.LOA_CREDENTIALS_KEY = Fernet.generate_key().decode()
    with pytest.raises(CommandError, match="Kênh thử telegram"):
        call_command("reseal_credentials")
    settings.LOA_CREDENTIALS_KEY = new
    assert {channel.pk: channel.secrets for channel in Channel.objects.all()} == before, "nothing was spoilt"


@pytest.mark.django_db
class TestAFormAndARenewalAtOnce:
    """A form was opened, the token was renewed meanwhile, the form is saved (two rows in memory, one in the table)."""

    def renewed(self, channel, **pair):
        other = Channel.objects.get(pk=channel.pk)
        Channel.objects.filter(pk=channel.pk).update(sealed=credentials.seal({**other.secrets, **pair}))

    def fresh(self):
        from publishers.sandbox import credentials as sandbox

        issued = sandbox.issue("zalo", "999400500600")
        return {name: issued[name] for name in ("access_token", "refresh_token")}

    def test_changing_the_name_keeps_the_new_pair(self, make_channel):
        form = Channel.objects.get(pk=make_channel("zalo").pk)
        pair = self.fresh()
        self.renewed(form, **pair)
        form.name = "Tên mới"
        form.secrets = form.secrets  # as the admin's form does, with nothing entered
        form.save()
        stored = Channel.objects.get()
        assert (stored.name, {name: stored.secrets[name] for name in pair}) == ("Tên mới", pair)
        assert form.secrets == stored.secrets

    def test_entering_another_secret_changes_that_one_only(self, make_channel):
        form = Channel.objects.get(pk=make_channel("zalo").pk)
        pair = self.fresh()
        self.renewed(form, **pair)
        form.secrets = {**form.secrets, "webhook_secret": "mới"}
        form.save()
        assert Channel.objects.get().secrets == {**form.secrets, **pair, "webhook_secret": "mới"}

    def test_what_was_entered_beats_the_renewal(self, make_channel):
        form = Channel.objects.get(pk=make_channel("zalo").pk)
        entered = self.fresh()
        self.renewed(form, **self.fresh())
        form.secrets = {**form.secrets, **entered}
        form.save()
        stored = Channel.objects.get().secrets
        assert {name: stored[name] for name in entered} == entered

    def test_a_secret_that_was_taken_out_stays_out(self, make_channel):
        channel = make_channel("zalo")
        channel.secrets = {**channel.secrets, "webhook_secret": "cũ"}
        channel.save()
        form = Channel.objects.get(pk=channel.pk)
        self.renewed(form, **self.fresh())
        form.secrets = {name: value for name, value in form.secrets.items() if name != "webhook_secret"}
        form.save()
        assert "webhook_secret" not in Channel.objects.get().secrets

    def test_a_check_writes_no_secret(self, make_channel):
        from publishers import health

        channel = Channel.objects.get(pk=make_channel("manual").pk)
        health.check(channel)
        assert Channel.objects.get().check_report["ok"]
