"""An imported file's rows that wait: read, and approve or send back one or many at once."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from campaigns import bulletins
from campaigns.admin.alerts import Screen
from campaigns.admin.permissions import SEE_BULLETINS
from campaigns.imports.bulk import approve_batch, with_parts
from campaigns.models import Bulletin, BulletinState

SHOWN = 500


class BatchView(Screen):
    """The first rows of a file that wait; the next come when these are decided."""

    requires = SEE_BULLETINS
    template_name = "campaigns/admin/alerts/batch.html"

    title = gettext_lazy("Imported file")

    @cached_property
    def batch(self) -> str:
        name: str = self.request.GET.get("tep", "")
        if not name or not Bulletin.objects.filter(batch=name).exists():
            raise Http404
        return name

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._show()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        chosen = _chosen(request.POST.getlist("chosen"))
        if not chosen:
            messages.error(request, _("Tick at least one message."))
            return HttpResponseRedirect(request.get_full_path())
        try:
            if request.POST.get("step") == "return":
                return self._send_back(list(chosen), request.POST.get("why_not", ""))
            checked = approve_batch(chosen=chosen, by=request.user, why=request.POST.get("why", ""))
        except (PermissionDenied, ValidationError) as error:
            messages.error(request, " ".join(getattr(error, "messages", None) or [str(error)]))
            return HttpResponseRedirect(request.get_full_path())
        if checked.faults:
            return self._show(faults=checked.faults[:SHOWN])
        messages.success(request, _("%(count)d messages approved; each goes at its time.") % {"count": len(chosen)})
        return HttpResponseRedirect(request.get_full_path())

    @transaction.atomic
    def _send_back(self, numbers: list[int], why: str) -> HttpResponse:
        rows = Bulletin.objects.filter(pk__in=numbers, batch=self.batch).select_related("language")
        count = sum(bulletins.send_back(bulletin=row, by=self.request.user, why=why) for row in rows)
        messages.success(self.request, _("%(count)d messages went back to their author.") % {"count": count})
        return HttpResponseRedirect(self.request.get_full_path())

    def _show(self, **more: Any) -> HttpResponse:
        waiting = Bulletin.objects.filter(batch=self.batch, state=BulletinState.WAITING)
        total, rows = waiting.count(), list(with_parts(waiting).order_by("due", "pk")[:SHOWN])
        for row in rows:
            row.seen = bulletins.seen_digest(row)  # type: ignore[attr-defined]
        context = {
            **self.frame(),
            "batch": self.batch,
            "rows": rows,
            "total": total,
            "more": total - len(rows),
            "refusal": self._refusal(rows),
            **more,
        }
        return TemplateResponse(self.request, self.template_name, context)

    def _refusal(self, rows: list[Bulletin]) -> str:
        """Why this user cannot approve them; empty when nothing stands against it."""
        user: Any = self.request.user
        if not bulletins.is_approver(user):
            return _("Only an approver approves this.")
        wrote = any(user.pk == row.author_id or user in row.writers.all() for row in rows)
        return _("Whoever wrote a text cannot approve it. Ask a second person.") if wrote else ""


def _chosen(values: list[str]) -> dict[int, str]:
    """The ticked ones: the digest of what was shown, by number."""
    pairs = (value.partition(":") for value in values[:SHOWN])
    return {int(number): seen for number, _colon, seen in pairs if number.isdecimal()}
