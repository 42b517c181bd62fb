"""The staff's accounts: Wagtail's forms, with an address for mail that may stay empty."""

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.users.forms import UserCreationForm, UserEditForm
from wagtail.users.views.users import UserViewSet

from cms.superusers import StaffCreateView, StaffEditView

_HELP = _("May stay empty: many stations and communes have none.")


class StaffCreationForm(UserCreationForm):
    email = forms.EmailField(required=False, label=_("Email"), help_text=_HELP)


class StaffEditForm(UserEditForm):
    email = forms.EmailField(required=False, label=_("Email"), help_text=_HELP)


class StaffViewSet(UserViewSet):
    """Named by ``cms.staff_users_app``."""

    add_view_class = StaffCreateView
    edit_view_class = StaffEditView

    def get_form_class(self, for_update: bool = False) -> type[UserEditForm] | type[UserCreationForm]:
        return StaffEditForm if for_update else StaffCreationForm
