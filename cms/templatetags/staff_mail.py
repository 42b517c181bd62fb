"""Whether this installation can send mail at all."""

from django import template
from django.conf import settings

register = template.Library()
# Backends that bring a letter to nobody.
NOWHERE = ("console", "dummy", "filebased")


@register.simple_tag
def mail_reaches_people() -> bool:
    """False while letters go to the console (the default), a file or nowhere."""
    return settings.EMAIL_BACKEND.split(".")[-2] not in NOWHERE
