"""Superusers are out of reach of everybody else: the role that keeps accounts may not become one.

Whoever may change users could otherwise tick “Administrator”, or set a superuser's password.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from wagtail.users.views.users import CreateView, EditView

POWER = "is_superuser"


def keep_out_of_reach(request: HttpRequest, targets: list[Any]) -> None:
    """Nothing where ``request`` may act on these users.

    :raises PermissionDenied: when somebody who is no superuser would act on one.
    """
    requester: Any = request.user
    if not requester.is_superuser and any(target.is_superuser for target in targets):
        raise PermissionDenied


def without_power(form: Any, requester: Any) -> Any:
    """The form without the tick that makes a superuser, unless ``requester`` is one."""
    if not requester.is_superuser:
        form.fields.pop(POWER, None)
    return form


class StaffCreateView(CreateView):
    """A superuser is made by superusers only."""

    def get_form(self, form_class: Any = None) -> Any:
        return without_power(super().get_form(form_class), self.request.user)


class StaffEditView(EditView):
    """A superuser is changed and made by superusers only. Deleting is refused by Wagtail itself."""

    def run_before_hook(self) -> Any:
        keep_out_of_reach(self.request, [self.object])
        return super().run_before_hook()

    def get_form(self, form_class: Any = None) -> Any:
        return without_power(super().get_form(form_class), self.request.user)
