"""Which version a channel gets. The rule, in order:

1. The channel's audience lists languages in order. The first of them that has a usable approval wins;
   one that is not the first is a fallback and is recorded as such. No other language is ever taken,
   nor another script or branch of the same one.
2. An approval is usable when it was not withdrawn, has not expired, and (for a translation) rests on the
   newest approval of its source.
3. Within the language, the first of the audience's groups that has a text of its own wins; else the
   general text.
4. A sample goes to rehearsal channels only.
"""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page

from campaigns.models import Approval, Audience, Bulletin, Language, TargetGroup
from publishers.models import Channel

SOURCE = "vi"


@dataclasses.dataclass(frozen=True)
class PlannedItem:
    """What one channel will get, or (without an approval) why it gets nothing."""

    channel: Channel
    approval: Approval | None = None
    language: Language | None = None
    group: TargetGroup | None = None
    is_fallback: bool = False
    why: str = ""


def usable_approvals(content: Page | Bulletin, on: dt.datetime | None = None) -> dict[str, Approval]:
    """The usable approval of each language (by locale code) of a page, all its translations, or a bulletin."""
    if isinstance(content, Bulletin):
        of_content = Q(bulletin=content)
    else:
        of_content = Q(page__translation_key=content.translation_key)
    rows = Approval.objects.filter(of_content, withdrawn_at=None).select_related("language").order_by("pk")
    return _usable(rows, on or timezone.now())


def usable_by_content(
    keys: Collection[uuid.UUID], languages: Sequence[Language], on: dt.datetime | None = None
) -> dict[uuid.UUID, dict[str, Approval]]:
    """The same for many contents (by translation key) in a few languages, in one query."""
    codes = {SOURCE, *(language.code for language in languages)}
    rows = Approval.objects.filter(page__translation_key__in=keys, language__code__in=codes, withdrawn_at=None)
    found: dict[uuid.UUID, list[Approval]] = {}
    for row in rows.select_related("language").annotate(key=F("page__translation_key")).order_by("pk"):
        found.setdefault(row.key, []).append(row)
    return {key: _usable(approvals, on or timezone.now()) for key, approvals in found.items()}


def _usable(rows: Iterable[Approval], now: dt.datetime) -> dict[str, Approval]:
    """Of one content's approvals, oldest first: the newest of each language, where it is usable."""
    newest = {row.language.code: row for row in rows}
    source = newest.get(SOURCE)
    return {
        code: row
        for code, row in newest.items()
        if is_usable(row.expires_at, row.source_approval_id, source.pk if source else None, now)
    }


def is_usable(
    expires_at: dt.datetime | None, rests_on: int | None, newest_source: int | None, now: dt.datetime
) -> bool:
    """Point 2 of the rule, for the newest approval of a language that was not withdrawn.

    :param rests_on: the approval of the source that it was made from; None for a source, or an old translation.
    :param newest_source: the newest approval of the source that was not withdrawn.
    """
    return (expires_at is None or expires_at > now) and (rests_on is None or rests_on == newest_source)


def rule_in_words() -> list[str]:
    """The rule at the top of this file as staff read it on their screens."""
    return [
        _(
            "The channel's languages are tried in order. The first one with an approved version wins; if it is not the "
            "first of the list, that is written down with the delivery."
        ),
        _("No other language is ever taken, nor another script or branch of the same language."),
        _("A version whose approval rests on an older Vietnamese text, has expired or was withdrawn does not count."),
        _(
            "Within the language, the first of the channel's groups with a text of its own gets it; otherwise the "
            "general text is sent."
        ),
        _("A sample goes to rehearsal channels only."),
    ]


def plan_items(
    content: Page | Bulletin, channels: Sequence[Channel], *, approvals: dict[str, Approval] | None = None
) -> list[PlannedItem]:
    """Say for each channel which version it gets and why, in a constant number of queries.

    ``approvals`` (by locale code) stand for the usable ones: of what is not approved yet, to be shown before.
    """
    approvals = usable_approvals(content) if approvals is None else approvals
    groups = {group.key: group for group in TargetGroup.objects.all()}
    audiences = {audience.channel_id: audience for audience in _audiences(channels)}
    return [_plan(channel, audiences.get(channel.pk), approvals, groups) for channel in channels]


def plan_contents(keys: Collection[uuid.UUID], channel: Channel) -> dict[uuid.UUID, PlannedItem]:
    """Say for each content (by translation key) which version ``channel`` gets and why; as many queries for 200."""
    groups = {group.key: group for group in TargetGroup.objects.all()}
    audience = _audiences([channel]).first()
    wanted = [entry.language for entry in audience.ordered_languages.all()] if audience else []
    approvals = usable_by_content(keys, wanted)
    return {key: _plan(channel, audience, approvals.get(key, {}), groups) for key in keys}


def _audiences(channels: Sequence[Channel]) -> QuerySet[Audience]:
    rows = Audience.objects.filter(channel__in=channels)
    return rows.prefetch_related("ordered_languages__language", "groups")


def _plan(
    channel: Channel, audience: Audience | None, approvals: dict[str, Approval], groups: dict[str, TargetGroup]
) -> PlannedItem:
    wanted = [entry.language for entry in audience.ordered_languages.all()] if audience else []
    if not wanted:
        return PlannedItem(channel, why=_("The channel has no language set."))
    for place, language in enumerate(wanted):
        approval = approvals.get(language.code)
        if approval is None:
            continue
        if approval.is_sample and not channel.rehearsal:
            return PlannedItem(channel, why=_("A sample goes to rehearsal channels only."))
        group = _group_for(audience, approval, groups)
        return PlannedItem(channel, approval, language, group, place > 0, _reason(wanted, place, group))
    names = ", ".join(str(language) for language in wanted)
    return PlannedItem(channel, why=_("No approved version in %(languages)s.") % {"languages": names})


def _group_for(audience: Any, approval: Approval, groups: dict[str, TargetGroup]) -> TargetGroup | None:
    texts = approval.snapshot.get("group_texts", {})
    return next((group for group in audience.groups.all() if group.key in texts and group.key in groups), None)


def _reason(wanted: Sequence[Language], place: int, group: TargetGroup | None) -> str:
    words = [_("%(language)s is the channel's language.") % {"language": wanted[place]}]
    if place:
        missing = ", ".join(str(language) for language in wanted[:place])
        words = [
            _("%(language)s is the channel's next language; there is nothing approved in %(missing)s.")
            % {"language": wanted[place], "missing": missing}
        ]
    if group is not None:
        words.append(_("Text for the group “%(group)s”.") % {"group": group})
    else:
        words.append(_("General text."))
    return " ".join(words)
