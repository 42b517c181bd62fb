"""Who is in a picture or recording, on its own page in the admin."""

from typing import Any

from django import template

from campaigns.admin import consents

register = template.Library()


@register.inclusion_tag("campaigns/admin/consents/_people.html", takes_context=True)
def people_in(context: template.Context, medium: Any) -> dict[str, Any]:
    user = context["request"].user
    return {
        **consents.people_in(medium),
        "may_see": user.has_perm(consents.SEE),
        "may_record": user.has_perm(consents.RECORD),
    }
