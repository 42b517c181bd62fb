"""Superusers are out of reach of everybody else: the role that keeps accounts may not become one.

Whoever may change users could otherwise tick “Administrator”, or set a superuser's password.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from wagtail.users.views.users import CreateView, EditView

POWER = "is_superuser"
# Wagtail's own template for new accounts expects the tick; its general one shows the fields that there are.
WITHOUT_POWER = "wagtailadmin/generic/form.html"
FIELD_ORDER = ["username", "last_name", "first_name", "email", "password1", "password2", "groups"]


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
        form.order_fields(FIELD_ORDER)
    return form


class StaffCreateView(CreateView):
    """A superuser is made by superusers only."""

    def get_template_names(self) -> list[str]:
        requester: Any = self.request.user
        return super().get_template_names() if requester.is_superuser else [WITHOUT_POWER]

    def get_form(self, form_class: Any = None) -> Any:
        return without_power(super().get_form(form_class), self.request.user)


class StaffEditView(EditView):
    """A superuser is changed and made by superusers only. Deleting is refused by Wagtail itself."""

    def run_before_hook(self) -> Any:
        keep_out_of_reach(self.request, [self.object])
        return super().run_before_hook()

    def get_form(self, form_class: Any = None) -> Any:
        return without_power(super().get_form(form_class), self.request.user)
