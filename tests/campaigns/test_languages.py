"""Languages that are easily mistaken for each other stay apart; a spoken one is heard or it is no version."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils.translation import get_supported_language_variant, override
from wagtail.coreutils import get_supported_content_language_variant
from wagtail.models import Locale

from campaigns.models import Language, MaterialPage
from campaigns.spoken_versions import missing_in_spoken
from campaigns.translations import start_translation
from campaigns.workflow import publish_approved
from media.models import Recording
from tests.campaigns.staff_world import StaffWorld, world
from tests.campaigns.test_admin_publishing import form_of
from tests.campaigns.test_reader_review import sound as wave_sound

__all__ = ["world"]

CODES = [code for code, _name in settings.LANGUAGES]
SIBLINGS = [("mong-vn", "mong-rpa"), ("giay", "bo-y")]


@pytest.mark.parametrize("code", CODES)
def test_every_language_resolves_to_itself_everywhere(code: str) -> None:
    assert get_supported_language_variant(code, strict=True) == code
    assert get_supported_content_language_variant(code) == code


def test_our_code_never_asks_wagtail_to_guess_a_locale() -> None:
    """``get_for_language("hmn")`` gives the first script that begins so: we ask for the very code."""
    guessing = re.compile(r"get_for_language|Locale\.get_active|\.localized\b")
    root = Path(settings.BASE_DIR)
    files = [path for app in ("cms", "campaigns", "publishers", "media") for path in (root / app).rglob("*.py")]
    assert len(files) > 100
    assert [str(path) for path in files if guessing.search(path.read_text(encoding="utf-8"))] == []


def recording(code: str, transcript: str = "Trước khi đi làm xa, hỏi đủ bảy câu.") -> Recording:
    made = Recording(title=f"Lời {code}", language_tag=code, transcript=transcript)
    made.file.save("loi.wav", ContentFile(wave_sound()), save=False)
    made.save()
    return made


def version(world: StaffWorld, source: MaterialPage, key: str, **fields: Any) -> MaterialPage:
    language = Language.objects.get(key=key)
    page = start_translation(content=source, language=language, user=world.chief)
    for name, value in fields.items():
        setattr(page, name, value)
    page.save_revision(user=world.chief)
    return MaterialPage.objects.get(pk=page.pk)


def approved(world: StaffWorld, page: MaterialPage) -> MaterialPage:
    language = Language.objects.get(code=page.locale.language_code)
    reader = world.users["native_reviewer"]
    reader.groups.add(language.reviewers)
    page.get_latest_revision_as_object().get_workflow().start(page, world.chief)
    MaterialPage.objects.get(pk=page.pk).current_workflow_task_state.approve(user=reader)
    MaterialPage.objects.get(pk=page.pk).current_workflow_task_state.approve(user=world.users["approver"])
    return MaterialPage.objects.get(pk=page.pk)


@pytest.mark.parametrize("keys", SIBLINGS)
def test_two_languages_with_one_iso_code_live_side_by_side(world: StaffWorld, keys: tuple[str, str]) -> None:
    source = world.approved()
    first, second = (Language.objects.get(key=key) for key in keys)
    assert first.iso == second.iso
    pages = []
    for language in (first, second):
        sound = recording(language.code) if language.spoken_only else None
        title = f"Bản {language.key}"
        page = approved(world, version(world, source, language.key, title=title, recording=sound))
        assert page.live
        pages.append(page)
    for page, language in zip(pages, (first, second), strict=True):
        assert page.url == f"/{language.code}/tai-lieu/{source.slug}/"
        text = Client().get(page.url).content.decode()
        assert f"Bản {language.key}" in text
        with override(language.code):
            assert Locale.get_active().language_code == language.code
    assert Client().get(f"/{first.iso}/tai-lieu/{source.slug}/").status_code == 404
    pages[0].unpublish()
    # The one that is left never answers for the other.
    assert f"Bản {second.key}" not in Client().get(pages[0].url, follow=True).content.decode()


@pytest.mark.parametrize("code", ["hmn", "pcc", "hmn-x-khac", "HMN-X-RPA", "xx"])
def test_a_code_that_would_mean_a_sibling_is_refused(world: StaffWorld, code: str) -> None:
    language = Language(key="moi", name_vi="Mới", code=code)
    with pytest.raises(ValidationError) as refused:
        language.full_clean()
    assert list(refused.value.message_dict) == ["code"]


@pytest.mark.django_db
def test_the_known_languages_are_accepted(world: StaffWorld) -> None:
    for language in Language.objects.all():
        language.full_clean()


def test_a_spoken_language_is_not_submitted_without_its_recording_and_words(world: StaffWorld) -> None:
    source = world.approved()
    page = version(world, source, "giay")
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    client = world.client("senior_editor")
    shown = client.post(edit, form_of(page, **{"action-submit": "1"}))
    assert "recording" in shown.context["form"].errors
    with pytest.raises(PermissionDenied):
        page.get_workflow().start(page, world.chief)
    assert MaterialPage.objects.get(pk=page.pk).current_workflow_state is None
    for sound, missing in ((recording("pcc-x-boyi"), 1), (recording("pcc-x-giay", " "), 1), (recording("hni", ""), 2)):
        assert len(missing_in_spoken("pcc-x-giay", sound)) == missing
        shown = client.post(edit, form_of(page, recording=str(sound.pk), **{"action-submit": "1"}))
        assert "recording" in shown.context["form"].errors
    good = recording("pcc-x-giay")
    assert missing_in_spoken("pcc-x-giay", good) == []
    assert missing_in_spoken("hmn-x-rpa", None) == []
    client.post(edit, form_of(page, recording=str(good.pk), **{"action-submit": "1"}))
    assert MaterialPage.objects.get(pk=page.pk).current_workflow_state is not None


def test_the_finish_refuses_a_spoken_version_whose_recording_went(world: StaffWorld) -> None:
    sound = recording("pcc-x-giay")
    page = version(world, world.approved(), "giay", recording=sound)
    page.get_workflow().start(page, world.chief)
    reader = world.users["native_reviewer"]
    reader.groups.add(Language.objects.get(key="giay").reviewers)
    MaterialPage.objects.get(pk=page.pk).current_workflow_task_state.approve(user=reader)
    Recording.objects.filter(pk=sound.pk).update(transcript="")
    state = MaterialPage.objects.get(pk=page.pk).current_workflow_state
    with pytest.raises(PermissionDenied):
        publish_approved(state, user=world.users["approver"])
    assert not MaterialPage.objects.get(pk=page.pk).live
