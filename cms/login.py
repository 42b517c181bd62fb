"""The staff's login form: Wagtail's, with words that can be translated and an end to guessing."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.auth import LoginForm

from campaigns.tries import caller_network, count_try, forget_tries, take_back_try

# Wrong passwords in one window before the account, or the whole network, has to wait for the next one.
ACCOUNT_ALLOWED = 10
NETWORK_ALLOWED = 50
WINDOW_SECONDS = 15 * 60
ACCOUNT, NETWORK = "login-account", "login-network"


class StaffLoginForm(LoginForm):
    """Wagtail names the password field by its English attribute name; this one says it in words.

    While an account waits a right password is refused like a wrong one, so that nothing can be learned.
    Accounts that do not exist are counted like those that do.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")

    def clean(self) -> dict[str, Any]:
        account = self.cleaned_data.get("username", "").casefold()
        network = caller_network(self.request)
        # Counted before the password is looked at: many tries at once must not pass together.
        tried = count_try(NETWORK, network, WINDOW_SECONDS), count_try(ACCOUNT, account, WINDOW_SECONDS)
        if tried[0] > NETWORK_ALLOWED or tried[1] > ACCOUNT_ALLOWED:
            raise forms.ValidationError(
                _(
                    "There were too many wrong passwords. Please wait 15 minutes and sign in then. "
                    "If you forgot your password, ask an administrator for a new one."
                ),
                code="wait",
            )
        cleaned: dict[str, Any] = super().clean()
        forget_tries(ACCOUNT, account, WINDOW_SECONDS)
        take_back_try(NETWORK, network, WINDOW_SECONDS)
        return cleaned
