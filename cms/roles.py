"""The roles of staff as Django groups, and the workflow that they work in.

Run after the page tree exists; both functions may run again at any time. Nobody gets Wagtail's publish
permission: finishing the workflow publishes (DESIGN 4.3).
"""

import dataclasses
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext, override
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from campaigns.models import FourEyesTask, Language, NativeReviewTask
from campaigns.reference import REVIEWERS, TRANSLATORS
from cms.models import HomePage

WORKFLOW_NAME = "Duyệt nội dung"
REVIEW_TASK_NAME = "Người bản ngữ đọc lại"
APPROVAL_TASK_NAME = "Người thứ hai duyệt"
SOURCE_LANGUAGE = "vi"
WAGTAIL_GROUPS = ("Editors", "Moderators")
WAGTAIL_TASK = "Moderators approval"
PERMISSION_NAMES = {
    "add": "Thêm %(model)s",
    "change": "Sửa %(model)s",
    "delete": "Xóa %(model)s",
    "view": "Xem %(model)s",
    "choose": "Chọn %(model)s",
}

VOCABULARY: tuple[str, ...] = ("language", "targetgroup", "contenthead", "indicator", "agency", "place", "hotline")
VOCABULARY += ("rightstext", "alerttemplate", "spokenword")
_READ_CAMPAIGNS: tuple[str, ...] = (*VOCABULARY, "plan", "campaign", "station", "posting", "activity", "ledgerrow")
_READ_CAMPAIGNS += ("playback", "bulletin", "assignment", "nativereader", "reviewrequest", "readerverdict")


def _may(app: str, actions: str, *models: str) -> tuple[str, ...]:
    """Permission names like ``campaigns.add_plan`` for every action and model."""
    return tuple(f"{app}.{action}_{model}" for action in actions.split() for model in models)


READ = _may("campaigns", "view", *_READ_CAMPAIGNS) + _may("publishers", "view", "delivery", "channel")
# Acting on deliveries (send now, send again, it is there, cancel, recall).
WORK_OUTBOX = _may("publishers", "change", "delivery")
EMERGENCY_STOP = _may("publishers", "add delete", "stop")
DECIDE_POSTINGS = _may("campaigns", "add change", "posting")
# A short message (quick alert, imported row) is written by one and approved by another: only approvers may.
WRITE_BULLETINS = _may("campaigns", "add change", "bulletin")
APPROVE_BULLETINS = _may("campaigns", "add", "approval")
KEEP_CHANNELS = (
    *_may("publishers", "add change delete", "channel"),
    *_may("campaigns", "add change delete", "station"),
    *_may("campaigns", "add change", "manualpost", "playback"),
)
# Say who owes what until when, and hand over what others owe.
ASSIGN = _may("campaigns", "add change", "assignment")
# Safeguards: the rules themselves; a second person's word on what they found; numbers that texts may name.
KEEP_RULES = _may("campaigns", "view add", "rulebookversion", "rulebookchoice")
DECIDE_FINDINGS = _may("campaigns", "view add", "findingdecision")
KEEP_HOTLINES = _may("campaigns", "add change", "hotline") + _may("campaigns", "view add", "hotlinecheck")
# Finding native readers and sending them a text; what they said is READ by all staff.
ASK_READERS = _may("campaigns", "add change", "nativereader", "reviewrequest")
# Consents of people in pictures: record one, withdraw one, see the signed paper.
RECORD_CONSENTS = _may("campaigns", "view add", "consent")
WITHDRAW_CONSENTS = _may("campaigns", "view change", "consent")
SEE_CONSENT_PAPERS = ("campaigns.see_consent_paper",)
# Signing freezes a report; its form's texts are versions that anybody may go back to.
SIGN_REPORTS = ("campaigns.sign_report",)
WRITE_REPORT_TEXTS = _may("campaigns", "view add", "reporttemplate")
EDIT_PLANS = _may("campaigns", "add change delete", "plan", "campaign")
EDIT_VOCABULARY = _may("campaigns", "add change delete", *VOCABULARY)
ADMINISTER = (
    *_may("cms", "add change delete", "user"),
    *_may("auth", "add change delete", "group"),
    *_may("wagtailcore", "add change delete", "locale", "site", "collection"),
)
COLLECT = (
    *_may("wagtailimages", "add choose", "image"),
    *_may("wagtaildocs", "add choose", "document"),
)


@dataclasses.dataclass(frozen=True)
class Role:
    """One role. ``pages``: page permissions by kind of home page, the source language's and the others."""

    name: str
    source_pages: tuple[str, ...] = ()
    other_pages: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    collects: bool = False


ROLES: dict[str, Role] = {
    "author": Role(
        "Người viết",
        ("add", "change"),
        ("add", "change"),
        RECORD_CONSENTS + READ + WRITE_BULLETINS + ASSIGN + ASK_READERS,
        collects=True,
    ),
    "translator": Role("Người dịch", (), ("add", "change"), READ + WRITE_BULLETINS, collects=True),
    # Wagtail lists a page only for those who hold some permission on it. “Lock” is the one that lets reviewers
    # and approvers find pages without writing in them; they may lock a page, and only “unlock” opens it
    # again. A reviewer reads the Vietnamese source beside the translation.
    "native_reviewer": Role("Người bản ngữ", ("lock",), ("lock",), READ),
    "approver": Role(
        "Người duyệt",
        ("lock",),
        ("lock",),
        WITHDRAW_CONSENTS
        + SEE_CONSENT_PAPERS
        + READ
        + WORK_OUTBOX
        + EMERGENCY_STOP
        + DECIDE_POSTINGS
        + WRITE_BULLETINS
        + APPROVE_BULLETINS
        + ASSIGN
        + DECIDE_FINDINGS
        + KEEP_HOTLINES,
    ),
    "channel_manager": Role(
        "Quản lý kênh",
        ("lock",),
        ("lock",),
        WITHDRAW_CONSENTS
        + READ
        + WORK_OUTBOX
        + EMERGENCY_STOP
        + DECIDE_POSTINGS
        + WRITE_BULLETINS
        + KEEP_CHANNELS
        + ASK_READERS,
        collects=True,
    ),
    "report_signer": Role("Người ký báo cáo", (), (), READ + SIGN_REPORTS + WRITE_REPORT_TEXTS),
    "senior_editor": Role(
        "Biên tập chính",
        ("add", "change", "lock", "unlock"),
        ("add", "change", "lock", "unlock"),
        RECORD_CONSENTS
        + WITHDRAW_CONSENTS
        + SEE_CONSENT_PAPERS
        + READ
        + EDIT_VOCABULARY
        + EDIT_PLANS
        + DECIDE_POSTINGS
        + WRITE_BULLETINS
        + ASSIGN
        + ASK_READERS
        + KEEP_RULES
        + DECIDE_FINDINGS
        + KEEP_HOTLINES
        + WRITE_REPORT_TEXTS,
        collects=True,
    ),
    "administrator": Role(
        "Quản trị",
        ("add", "change", "lock", "unlock"),
        ("add", "change", "lock", "unlock"),
        RECORD_CONSENTS
        + WITHDRAW_CONSENTS
        + SEE_CONSENT_PAPERS
        + READ
        + WORK_OUTBOX
        + EMERGENCY_STOP
        + DECIDE_POSTINGS
        + WRITE_BULLETINS
        + KEEP_CHANNELS
        + ASSIGN
        + ASK_READERS
        + EDIT_PLANS
        + EDIT_VOCABULARY
        + ADMINISTER,
        collects=True,
    ),
}


# Which groups of a language hold which role, and what they are called when staff chose none.
LANGUAGE_GROUPS = (
    ("translators", "translator", TRANSLATORS),
    ("reviewers", "native_reviewer", REVIEWERS),
)


@transaction.atomic
def ensure_roles() -> None:
    """Create the groups and give each exactly its permissions, on all home pages there are.

    Every language but Vietnamese gets translators and native reviewers of its own, unless staff chose
    other groups for it. Call it again when a language gets its home page.

    :raises LookupError: when a permission named here does not exist (run migrations first).
    """
    _remove_wagtail_groups()
    GroupPagePermission.objects.filter(permission__codename="publish_page").delete()
    homes = list(HomePage.objects.select_related("locale"))
    known = _known_permissions()
    for role in ROLES.values():
        _ensure_group(role.name, role, homes, known)
    for language in Language.objects.exclude(code=SOURCE_LANGUAGE):
        own = [home for home in homes if home.locale.language_code in (SOURCE_LANGUAGE, language.code)]
        for field, key, pattern in LANGUAGE_GROUPS:
            group = getattr(language, field)
            name = group.name if group else pattern.format(language=language.name_vi)
            setattr(language, field, _ensure_group(name, ROLES[key], own, known))
        language.save(update_fields=["translators", "reviewers"])
    name_permissions()


def admit_to_new_home(created: bool, **kwargs: Any) -> None:
    """A language that gets its home page: its writers, readers and approvers may work there at once."""
    if created and Group.objects.filter(name=ROLES["author"].name).exists():
        ensure_roles()


def name_permissions() -> None:
    """Say in Vietnamese what each permission allows: Django keeps the names as rows, in English."""
    changed = []
    with override(SOURCE_LANGUAGE):
        for permission in Permission.objects.select_related("content_type"):
            action, _underscore, model = permission.codename.partition("_")
            if model == permission.content_type.model and action in PERMISSION_NAMES:
                name = PERMISSION_NAMES[action] % {"model": permission.content_type.name}
            else:
                name = gettext(permission.name)
            if name != permission.name:
                permission.name = name
                changed.append(permission)
    Permission.objects.bulk_update(changed, ["name"], batch_size=200)


def _ensure_group(name: str, role: Role, homes: list[HomePage], known: dict[str, Permission]) -> Group:
    group, _created = Group.objects.get_or_create(name=name)
    wanted = ("wagtailadmin.access_admin", *role.permissions)
    group.permissions.set(_named(known, wanted))
    for home in homes:
        is_source = home.locale.language_code == SOURCE_LANGUAGE
        actions = role.source_pages if is_source else role.other_pages
        permissions = _named(known, _may("wagtailcore", " ".join(actions), "page"))
        GroupPagePermission.objects.filter(group=group, page=home).exclude(permission__in=permissions).delete()
        for permission in permissions:
            GroupPagePermission.objects.get_or_create(group=group, page=home.page_ptr, permission=permission)
    if role.collects:
        root = Collection.get_first_root_node()
        for permission in _named(known, COLLECT):
            GroupCollectionPermission.objects.get_or_create(group=group, collection=root, permission=permission)
    return group


@transaction.atomic
def ensure_workflow() -> Workflow:
    """Create the workflow, put it on the root page and switch Wagtail's own off.

    Two steps: a native reader (Vietnamese passes by itself), then an approver who wrote none of it.
    """
    review, _created = NativeReviewTask.objects.get_or_create(name=REVIEW_TASK_NAME)
    approval, _created = FourEyesTask.objects.get_or_create(name=APPROVAL_TASK_NAME)
    group, _created = Group.objects.get_or_create(name=ROLES["approver"].name)
    approval.groups.set([group])
    workflow, _created = Workflow.objects.get_or_create(name=WORKFLOW_NAME)
    for order, task in enumerate((review, approval)):
        WorkflowTask.objects.update_or_create(workflow=workflow, task=task.task_ptr, defaults={"sort_order": order})
    _retire_wagtail_workflow(workflow)
    root = Page.get_first_root_node()
    WorkflowPage.objects.update_or_create(page=root, defaults={"workflow": workflow})
    return workflow


def _retire_wagtail_workflow(ours: Workflow) -> None:
    """What Wagtail's first migration made needs one approval only: removed, or closed once it was used."""
    theirs = GroupApprovalTask.objects.all()
    for other in Workflow.objects.exclude(pk=ours.pk).filter(workflow_tasks__task__in=theirs).distinct():
        if other.workflow_states.exists():
            other.deactivate()
        else:
            other.delete()
    theirs.filter(name=WAGTAIL_TASK, task_states=None, workflow_tasks=None).delete()


def _remove_wagtail_groups() -> None:
    """Wagtail's first groups may publish and have English names; they go unless somebody is in them."""
    Group.objects.filter(name__in=WAGTAIL_GROUPS, user=None).delete()


def _known_permissions() -> dict[str, Permission]:
    rows = Permission.objects.select_related("content_type")
    return {f"{row.content_type.app_label}.{row.codename}": row for row in rows}


def _named(known: dict[str, Permission], names: tuple[str, ...]) -> list[Permission]:
    missing = set(names) - known.keys()
    if missing:
        raise LookupError(f"no such permissions: {', '.join(sorted(missing))}")
    return [known[name] for name in dict.fromkeys(names)]
