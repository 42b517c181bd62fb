"""From an approved material to an approved Mông version: translator, native reader, approver."""

from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from campaigns.models import Approval, Language, MaterialPage
from campaigns.site_tree import source_home
from cms import roles
from cms.demo.people import ensure_staff
from cms.models import User
from tests.campaigns.staff_world import StaffWorld, world  # noqa: F401


def person(name: str, *groups: Group) -> tuple[User, Client]:
    user = User.objects.create_user(name)
    user.groups.set(groups)
    client = Client()
    client.force_login(user)
    return user, client


def begin(client: Client, material: MaterialPage, language: Language) -> MaterialPage:
    answer = client.post(reverse("loa_translate", args=[material.pk]), {"language": language.code})
    draft = MaterialPage.objects.get(translation_key=material.translation_key, locale__language_code=language.code)
    assert answer["Location"] == reverse("wagtailadmin_pages:edit", args=[draft.pk])
    return draft


def approves(client: Client, draft: MaterialPage) -> bool:
    """Press “approve” of the step that the draft is in; whether it went on to the next."""
    step = MaterialPage.objects.get(pk=draft.pk).current_workflow_task_state
    client.post(reverse("wagtailadmin_pages:workflow_action", args=[draft.pk, "approve", step.pk]))
    step.refresh_from_db()
    return step.status == step.STATUS_APPROVED


def test_from_an_approved_material_to_an_approved_translation(world: StaffWorld) -> None:  # noqa: F811
    mong = Language.objects.get(key="mong-rpa")
    material = world.approved()
    home = source_home()
    assert home is not None
    assert not home.get_translations().filter(locale__language_code=mong.code).exists()
    translator, client = person("tho-dich", mong.translators)
    assert reverse("loa_translations") in client.get(reverse("wagtailadmin_home")).content.decode()
    listed = client.get(reverse("loa_translations")).content.decode()
    assert material.title in listed
    assert reverse("loa_translate", args=[material.pk]) in listed

    draft = begin(client, material, mong)
    assert not draft.live
    assert draft.owner == translator
    assert draft.get_parent().locale.language_code == mong.code
    assert client.get(reverse("wagtailadmin_pages:edit", args=[draft.pk])).status_code == 200

    draft.title = "Hauj lwm yooj yim"
    draft.save_revision(user=translator, log_action=True)
    draft.get_workflow().start(draft, translator)
    assert not approves(client, draft), "a translator does not confirm their own text"
    assert not approves(world.client("approver"), draft), "first somebody who reads the language"
    _reader, reading = person("ban-ngu", mong.reviewers)
    assert approves(reading, draft)
    assert not MaterialPage.objects.get(pk=draft.pk).live
    assert approves(world.client("approver"), draft)
    assert MaterialPage.objects.get(pk=draft.pk).live
    approval = Approval.objects.get(page_id=draft.pk)
    assert approval.language == mong
    assert translator in approval.authors.all()
    assert Client().get(MaterialPage.objects.get(pk=draft.pk).url).status_code == 200


def test_beginning_twice_leads_to_the_same_draft(world: StaffWorld) -> None:  # noqa: F811
    mong = Language.objects.get(key="mong-rpa")
    material = world.approved()
    first = begin(world.client("author"), material, mong)
    assert begin(world.client("translator"), first, mong) == first


def test_a_translator_of_one_language_cannot_begin_another(world: StaffWorld) -> None:  # noqa: F811
    mong, tay = Language.objects.get(key="mong-rpa"), Language.objects.get(name_vi__startswith="Tày")
    material = world.approved()
    _user, client = person("tho-dich", mong.translators)
    client.post(reverse("loa_translate", args=[material.pk]), {"language": tay.code})
    assert MaterialPage.objects.count() == 1


def test_who_writes_no_other_language_sees_no_translations(world: StaffWorld) -> None:  # noqa: F811
    for role in ("approver", "report_signer"):
        client = world.client(role)
        assert reverse("loa_translations") not in client.get(reverse("wagtailadmin_home")).content.decode()
        assert client.get(reverse("loa_translations")).status_code == 302


def test_the_demos_translator_works_in_the_languages_group(world: StaffWorld, tmp_path) -> None:  # noqa: F811
    staff = ensure_staff(tmp_path)
    assert staff["translator"].username == "nguoidich"
    assert Language.objects.get(key="mong-rpa").translators in staff["translator"].groups.all()
    assert Group.objects.get(name=roles.ROLES["translator"].name) in staff["translator"].groups.all()
