"""Who may do what on the screens of this package. The names are Django permissions (cms/roles.py)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.views import View

SEE_OUTBOX = "publishers.view_delivery"
WORK_OUTBOX = "publishers.change_delivery"
STOP_ALL = "publishers.add_stop"
LIFT_STOP = "publishers.delete_stop"
SEE_POSTINGS = "campaigns.view_posting"
DECIDE_POSTINGS = "campaigns.add_posting"
SEE_BULLETINS = "campaigns.view_bulletin"
WRITE_BULLETINS = "campaigns.add_bulletin"
SEE_CHANNELS = "publishers.view_channel"
KEEP_CHANNELS = "publishers.change_channel"
SEE_RULES = "campaigns.view_rulebookversion"
CHANGE_RULES = "campaigns.add_rulebookversion"
DECIDE_FINDINGS = "campaigns.add_findingdecision"
ADD_HOTLINES = "campaigns.add_hotline"
CHECK_HOTLINES = "campaigns.add_hotlinecheck"
SEE_REPORT = "campaigns.view_ledgerrow"
SIGN_REPORTS = "campaigns.sign_report"
WRITE_REPORT_TEXTS = "campaigns.add_reporttemplate"


class Requires(View):
    """A view that asks for a permission, for every method or for POST only.

    Wagtail answers PermissionDenied with its home page and a message.
    """

    requires = ""
    requires_to_post = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user: Any = request.user
        if self.requires and not user.has_perm(self.requires):
            raise PermissionDenied
        if request.method == "POST" and self.requires_to_post and not user.has_perm(self.requires_to_post):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


def who(request: HttpRequest) -> str:
    """The name that goes on the record."""
    return request.user.get_username()
