"""The fan-out screen: contents, channels with the version each gets, times; look once more; post or submit."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views import View
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Page

from campaigns import posting_decisions
from campaigns.admin.permissions import DECIDE_POSTINGS, SEE_POSTINGS, Requires
from campaigns.admin.posting_form import PostingForm
from campaigns.fanout_plan import BEST, Plan, PlannedPost, StalePlan, make_plan
from campaigns.models import Approval, Campaign, Posting, PostingState
from campaigns.models.pages import CampaignContent
from campaigns.posting_times import Agenda, Moment, quiet_hours
from campaigns.previews.pages import context_of
from campaigns.previews.shown import Shown, Stage
from campaigns.versions import PlannedItem, plan_items
from publishers.models import Channel

SOURCE_LANGUAGE = "vi"
# More contents at once are no longer looked at, only clicked through.
MOST_CONTENTS = 30
DECIDED = ("key", "campaign", "channels", "when", "seen", "urgency", "days")


@dataclasses.dataclass
class Version:
    """One text in one platform's form, and the posts that get the very same."""

    number: int
    content: Any
    shown: Shown
    posts: list[PlannedPost] = dataclasses.field(default_factory=list)

    @property
    def anchor(self) -> str:
        return f"ban-{self.number}"


def versions_of(posts: Iterable[PlannedPost], stage: Stage) -> list[Version]:
    """The different texts among ``posts``, so that 300 channels are not 300 texts to read."""
    found: dict[Any, Version] = {}
    for post in posts:
        if post.item.approval is None:
            continue
        key = (post.content.pk, stage.kind(post.item))
        if key not in found:
            found[key] = Version(len(found) + 1, post.content, stage.show(post.item))
        found[key].posts.append(post)
    return list(found.values())


class FanOutView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """Decide where and when approved contents go."""

    requires = DECIDE_POSTINGS
    template_name = "campaigns/admin/postings/new.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.contents:
            messages.warning(request, _("Choose at least one content."))
            return redirect("loa_content_to_post")
        campaign = self.contents[0].campaign_id
        initial = {"key": f"staff-{get_random_string(16)}", "campaign": campaign}
        return self._show(request, PostingForm(initial=initial))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Three buttons: look at it once more, post it (or submit it), or go back and change it."""
        form = PostingForm(request.POST)
        step = request.POST.get("step", "look")
        if not form.is_valid() or step == "back" or not self.contents:
            return self._show(request, form)
        if step != "post":
            return self._show_once_more(request, form)
        try:
            postings = posting_decisions.submit(
                contents=self.contents,
                by=request.user,
                at=form.cleaned_data["due"],
                **{name: form.cleaned_data[name] for name in DECIDED},
            )
        except StalePlan as error:
            return self._show_once_more(request, form, warning=error.messages[0])
        except ValidationError as error:
            form.add_error(None, error)
            return self._show(request, form)
        if postings[0].state == PostingState.WAITING:
            messages.success(request, _("Submitted. It waits for a second person."))
        else:
            messages.success(request, _("Decided. The outbox shows each channel."))
        return redirect("loa_posting", postings[0].pk) if len(postings) == 1 else redirect("loa_postings")

    @cached_property
    def contents(self) -> list[Any]:
        """The contents that the address or the form names; of a whole campaign those that are approved."""
        if "page_id" in self.kwargs:
            page = get_object_or_404(Page, pk=self.kwargs["page_id"]).specific
            if not isinstance(page, CampaignContent):
                raise Http404
            return [page]
        asked = self.request.POST if self.request.method == "POST" else self.request.GET
        numbers = [int(value) for value in asked.getlist("noi-dung") if value.isdecimal()]
        if asked.get("dot", "").isdecimal():
            numbers = _approved_of(int(asked["dot"]))
        pages = Page.objects.filter(pk__in=numbers[:MOST_CONTENTS]).order_by("pk").specific()
        return [page for page in pages if isinstance(page, CampaignContent)]

    # --- first screen ---------------------------------------------------------------------------------

    def _show(self, request: HttpRequest, form: PostingForm) -> HttpResponse:
        channels = list(Channel.objects.all())
        planned = {content.pk: plan_items(content, channels) for content in self.contents}
        posts = [PlannedPost(content, item) for content in self.contents for item in planned[content.pk]]
        stage = Stage([post.item for post in posts])
        versions = versions_of(posts, stage)
        ticked = {str(value) for value in form.data.getlist("channels")} if form.is_bound else set()  # type: ignore[attr-defined]
        rows = self._rows(channels, posts, versions, ticked)
        context = {
            **self._frame(),
            "form": form,
            "platforms": _by_platform(row for row in rows if row["gets"]),
            "nothing": [row for row in rows if not row["gets"]],
            "versions": versions,
            "ready": bool(versions),
            "before": Posting.objects.filter(page__in=self.contents, withdrawn_at=None)
            .select_related("page")
            .order_by("-pk")[:3],
        }
        return TemplateResponse(request, self.template_name, context)

    def _rows(
        self, channels: Sequence[Channel], posts: Sequence[PlannedPost], versions: Sequence[Version], ticked: set[str]
    ) -> list[dict[str, Any]]:
        """One row for each channel: what it gets and why, its quiet hours and best times."""
        agenda = Agenda(channels)
        version_of = {(post.content.pk, post.item.channel.pk): one for one in versions for post in one.posts}
        rows: dict[int, dict[str, Any]] = {}
        for channel in channels:
            best = ", ".join(f"{time:%H:%M}" for time in agenda.best_times(channel))
            rows[channel.pk] = {
                "channel": channel,
                "entries": [],
                "gets": 0,
                "quiet": quiet_hours(channel),
                "best": best,
            }
            rows[channel.pk]["ticked"] = str(channel.pk) in ticked
        for post in posts:
            row = rows[post.item.channel.pk]
            version = version_of.get((post.content.pk, post.item.channel.pk))
            row["entries"].append({"content": post.content, "item": post.item, "version": version})
            row["gets"] += post.item.approval is not None
        return list(rows.values())

    # --- second screen --------------------------------------------------------------------------------

    def _show_once_more(self, request: HttpRequest, form: PostingForm, warning: str = "") -> HttpResponse:
        """Say back what was chosen, with each text and time; what a platform refuses goes back to the form."""
        data = form.cleaned_data
        try:
            asked = {name: data[name] for name in ("when", "urgency", "days")}
            plan = make_plan(contents=self.contents, channels=list(data["channels"]), at=data["due"], **asked)
        except ValidationError as error:
            form.add_error(None, error)
            return self._show(request, form)
        stage = Stage([post.item for post in plan.posts], data["due"])
        versions = versions_of(plan.posts, stage)
        refused = [
            f"{post.item.channel}: {text}" for one in versions for post in one.posts for text in one.shown.refused
        ]
        if refused:
            form.add_error(None, ValidationError(refused))
            return self._show(request, form)
        context = {
            **self._frame(),
            **told_of(plan, versions),
            "form": form,
            "seen": plan.digest,
            "warning": warning,
            "sentence": form.due_in_words(),
            "alone": posting_decisions.may_decide_alone(request.user, posting_decisions.approvals_of(plan)),
        }
        return TemplateResponse(request, "campaigns/admin/postings/look.html", context)

    def _frame(self) -> dict[str, Any]:
        title = (
            self.contents[0].title
            if len(self.contents) == 1
            else _("%(count)d contents") % {"count": len(self.contents)}
        )
        return {
            "contents": self.contents,
            "content_title": title,
            "header_title": _("Post to channels"),
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("loa_postings"), "label": _("Postings")},
                {"url": "", "label": title},
            ],
        }


def told_of(plan: Plan, versions: Sequence[Version]) -> dict[str, Any]:
    """What both the person who decides and the second one read of a plan."""
    return {
        "versions": versions,
        "nothing": [post for post in plan.posts if post.item.approval is None],
        "post_count": sum(len(one.posts) for one in versions),
        "held": sum(len(one.posts) for one in versions if one.shown.blocked),
        "shifted": plan.when != BEST
        and any(post.moment and post.moment.why and not post.moment.slots for post in plan.posts),
    }


def plan_of_postings(postings: Sequence[Posting], items: Sequence[Any]) -> Plan:
    """The plan that stored items stand for, to be looked at by the second person."""
    contents = {posting.pk: posting.bulletin or posting.page for posting in postings}
    posts = []
    for item in items:
        planned = PlannedItem(item.channel, item.approval, item.language, item.group, item.is_fallback, item.why)
        slots = tuple(dt.datetime.fromisoformat(slot) for slot in item.slots)
        moment = Moment(item.due, item.slot, slots=slots) if item.due else None
        posts.append(PlannedPost(contents[item.posting_id], planned, moment))
    return Plan("stored", tuple(posts))


def _by_platform(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        channel = row["channel"]
        entry = found.setdefault(channel.platform, {"name": channel.platform, "label": "", "rows": []})
        entry["label"] = channel.get_platform_display()
        entry["rows"].append(row)
    return [found[name] for name in sorted(found, key=lambda name: str(found[name]["label"]))]


def _approved_of(campaign: int) -> list[int]:
    rows = Approval.objects.filter(
        withdrawn_at=None, page__locale__language_code=SOURCE_LANGUAGE, snapshot__campaign=campaign
    )
    return sorted(set(rows.values_list("page_id", flat=True)))


class ContentToPostView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """The approved contents, newest approval first, with what was posted of them before: one, several, or all."""

    requires = DECIDE_POSTINGS
    template_name = "campaigns/admin/postings/choose.html"
    header_icon = "calendar-check"
    shown = 100

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        source = Approval.objects.filter(withdrawn_at=None, page__locale__language_code=SOURCE_LANGUAGE)
        words = self.request.GET.get("q", "").strip()
        if words:
            source = source.filter(page__title__icontains=words)
        newest = source.values("page").annotate(newest=Max("pk")).values("newest")
        rows = (
            Approval.objects.filter(pk__in=newest)
            .select_related("page", "approved_by")
            .annotate(posted=Max("page__postings__created_at"))
            .order_by("-approved_at")[: self.shown]
        )
        return {
            **super().get_context_data(**kwargs),
            "rows": rows,
            "q": words,
            "campaigns": Campaign.objects.all(),
            "header_title": _("What do you want to post?"),
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("loa_postings"), "label": _("Postings")},
                {"url": "", "label": _("What do you want to post?")},
            ],
        }


class ChannelPreviewView(Requires, View):
    """An approved content exactly as one channel would get it today."""

    requires = SEE_POSTINGS

    def get(self, request: HttpRequest, page_id: int, channel_id: int) -> HttpResponse:
        page = get_object_or_404(Page, pk=page_id).specific
        channel = get_object_or_404(Channel, pk=channel_id)
        if not isinstance(page, CampaignContent):
            raise Http404
        content: Any = page
        [planned] = plan_items(content, [channel])
        context = context_of(content, Stage([planned]).show(planned))
        alone = {"page": content, "channel": channel, "mode": "", "standalone": True}
        return render(request, "campaigns/previews/post.html", context | alone)
