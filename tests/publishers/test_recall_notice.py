"""A recalled post that its platform does not delete any more says that it was recalled, and staff hear what is left."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from publishers import gate
from publishers.gate import Verdict
from publishers.models import Channel, Delivery, Operation
from publishers.recall import edit_delivery, recall_delivery
from publishers.recall_notice import notice
from publishers.recall_progress import progress
from publishers.sandbox.server import SandboxServer
from publishers.sender import work_a_shift
from tests.publishers.conftest import deliver, make_channel, open_gate, posts, sandbox
from tests.publishers.files import picture

__all__ = ["deliver", "make_channel", "open_gate", "posts", "sandbox"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def refusing(sandbox: SandboxServer) -> Callable[..., None]:
    def arm(**more: Any) -> None:
        body = {"fault": "refuse_delete", "times": 5} | more
        requests.post(f"{sandbox.url}/_sandbox/faults", json=body, timeout=5).raise_for_status()

    return arm


def recalled(row: Delivery) -> Any:
    recall_delivery(delivery_id=row.pk, by="test")
    work_a_shift(3)
    row = Delivery.objects.select_related("channel").get(pk=row.pk)
    return progress([row])[row.pk]


def test_a_long_post_becomes_a_notice_though_the_gate_is_closed(
    make_channel: Callable[..., Channel], deliver: Any, posts: Any, refusing: Any, open_gate: None
) -> None:
    row = deliver(make_channel(), text="Lời dài. " * 700, link="https://laocai.example/l/aaaa")
    work_a_shift(3)
    gate.register(lambda references: dict.fromkeys(references, Verdict("drop", "withdrawn")))
    edit_delivery(delivery_id=row.pk, message={"text": "Lời khác"}, by="test")
    work_a_shift(1)
    assert posts("edit") == [], "an ordinary edit of a withdrawn post does not leave"
    refusing()
    assert recalled(row).outcome == "replaced"
    assert {entry["text"] for entry in posts("edit")} == {notice()}
    assert len(posts("edit")) == len(posts())
    assert posts("delete") == []
    assert Delivery.objects.get().state == "withdrawn"


@pytest.mark.parametrize("platform", ["telegram", "facebook"])
def test_what_an_edit_leaves_is_said_and_left_to_people(
    make_channel: Callable[..., Channel],
    deliver: Any,
    posts: Any,
    refusing: Any,
    open_gate: None,
    platform: str,
) -> None:
    row = deliver(make_channel(platform), images=(picture("anh"), picture("anh-hai")))
    work_a_shift(3)
    refusing()
    assert recalled(row).outcome == "cannot"
    assert {entry["text"] for entry in posts("edit")} == {notice()}


def test_where_it_cannot_be_edited_either_the_platforms_reason_stays(
    make_channel: Callable[..., Channel], deliver: Any, posts: Any, refusing: Any, sandbox: Any, open_gate: None
) -> None:
    row = deliver(make_channel())
    work_a_shift(2)
    refusing()
    refusing(fault="blocked", method="editMessageText")
    found = recalled(row)
    assert found.outcome == "cannot"
    assert Operation.objects.get(kind="delete").state == "failed"
    assert posts("edit") == []
