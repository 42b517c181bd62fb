"""The roles as groups, and the workflow."""

import pytest
from django.contrib.auth.models import Group
from wagtail.models import GroupCollectionPermission, GroupPagePermission, Locale, Page, Workflow

from campaigns.models import FourEyesTask, Language, MaterialPage, NativeReviewTask
from campaigns.reference import load_reference
from campaigns.site_tree import ensure_locale_tree, source_home
from cms import roles
from cms.models import HomePage, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loaded() -> None:
    load_reference()
    roles.ensure_roles()
    roles.ensure_workflow()


def counts() -> tuple[int, ...]:
    through = Group.permissions.through
    models = (Group, through, GroupPagePermission, GroupCollectionPermission, Workflow, FourEyesTask, NativeReviewTask)
    return tuple(model.objects.count() for model in models)


def test_a_second_run_changes_nothing() -> None:
    before = counts()
    roles.ensure_roles()
    roles.ensure_workflow()
    assert counts() == before


def test_every_role_is_a_group_that_may_enter() -> None:
    names = set(Group.objects.values_list("name", flat=True))
    assert {role.name for role in roles.ROLES.values()} <= names
    for role in roles.ROLES.values():
        assert Group.objects.get(name=role.name).permissions.filter(codename="access_admin").exists()


def test_no_group_holds_the_permission_to_publish() -> None:
    assert not GroupPagePermission.objects.filter(permission__codename="publish_page").exists()
    assert not Group.objects.filter(permissions__codename="publish_page").exists()


def test_wagtails_own_groups_go_unless_somebody_is_in_them() -> None:
    assert not Group.objects.filter(name__in=roles.WAGTAIL_GROUPS).exists()
    kept = Group.objects.create(name="Editors")
    User.objects.create_user("ai-do").groups.add(kept)
    roles.ensure_roles()
    assert Group.objects.filter(name="Editors").exists()


def test_translators_write_in_their_own_language_only() -> None:
    tay = Language.objects.get(name_vi__startswith="Tày")
    home = ensure_locale_tree(tay)
    roles.ensure_roles()
    user = User.objects.create_user("tho-dich")
    tay.refresh_from_db()
    user.groups.add(tay.translators)
    assert home.permissions_for_user(user).can_add_subpage()
    vietnamese = source_home()
    assert vietnamese is not None
    assert not vietnamese.permissions_for_user(user).can_edit()
    assert not vietnamese.permissions_for_user(user).can_add_subpage()


def test_a_group_that_staff_chose_for_a_language_is_kept() -> None:
    own = Group.objects.create(name="Tổ phiên dịch xã")
    Language.objects.filter(code="en").update(translators=own)
    roles.ensure_roles()
    assert Language.objects.get(code="en").translators == own
    assert own.permissions.filter(codename="access_admin").exists()


def test_the_root_page_has_our_workflow_and_wagtails_is_off() -> None:
    workflow = Page.get_first_root_node().get_workflow()
    assert workflow.name == roles.WORKFLOW_NAME
    assert [type(task.specific) for task in workflow.tasks] == [NativeReviewTask, FourEyesTask]
    approvers = workflow.tasks[1].specific.groups.get()
    assert approvers.name == roles.ROLES["approver"].name
    assert list(Workflow.objects.active()) == [workflow]


def test_a_new_page_inherits_the_workflow() -> None:
    page = MaterialPage(title="Thử", locale=Locale.objects.get(language_code="vi"))
    HomePage.objects.get(locale__language_code="vi").get_children()[0].add_child(instance=page)
    assert page.get_workflow().name == roles.WORKFLOW_NAME
