"""Deleting pictures in the admin: what an approval names stays, and staff are told why."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from wagtail import hooks
from wagtail.admin import messages
from wagtail.images.views.images import DeleteView

from media import keeping
from media.models import Picture


class DeletePictureView(DeleteView):
    """Wagtail's own view, which has no hook to refuse with a reason."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        why = keeping.refusal(self.object)
        if why and self.user_has_permission("delete"):
            messages.error(request, why)
            return redirect("wagtailimages:edit", self.object.pk)
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer


# Before Wagtail's own address of the same form.
@hooks.register("register_admin_urls", order=-1)
def register_urls() -> list[URLPattern]:
    return [path("images/<int:image_id>/delete/", DeletePictureView.as_view())]


@hooks.register("before_bulk_action")
def refuse_bulk_delete_of_approved_pictures(
    request: HttpRequest, action_type: str, objects: Any, action_class_instance: Any
) -> HttpResponse | None:
    """Many at once: none is deleted when one of them has to stay."""
    if action_type != "delete":
        return None
    for picture in objects:
        if isinstance(picture, Picture) and (why := keeping.refusal(picture)):
            messages.error(request, f"{picture.title}: {why}")
            return redirect("wagtailimages:index")
    return None
