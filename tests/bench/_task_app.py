"""The design that Loa did not take: one Celery task per message (the baseline of tests.bench.per_task).

It keeps what Loa keeps, an attempt before the request and the outcome after it, one message at a time.
"""

import os
import threading

import requests
from celery import Celery

from tests.bench import _rig

app = Celery("bench")
app.conf.update(broker_url=os.environ["CELERY_BROKER_URL"], task_ignore_result=True, worker_prefetch_multiplier=4)
_rig.start_django()
local = threading.local()


@app.task
def send_one(operation_id: int) -> None:
    """Send one message, its states committed before and after."""
    from django.utils import timezone

    from publishers.models import Attempt, Delivery, Operation

    if not hasattr(local, "session"):
        local.session = requests.Session()
    operation = Operation.objects.select_related("delivery__channel").get(pk=operation_id)
    delivery, channel = operation.delivery, operation.delivery.channel
    if not Delivery.objects.filter(pk=delivery.pk, state="scheduled").update(state="sending"):
        return
    attempt = Attempt.objects.create(operation=operation, n=1, step="send-1", started=timezone.now())
    url = f"{os.environ['LOA_SANDBOX_URL']}/telegram/bot{channel.secrets['token']}/sendMessage"
    data = {"chat_id": channel.options["chat_id"], "text": delivery.message["text"], "parse_mode": "HTML"}
    answer = local.session.post(url, data=data, timeout=30).json()["result"]
    Attempt.objects.filter(pk=attempt.pk).update(ended=timezone.now(), outcome="ok")
    Operation.objects.filter(pk=operation_id).update(state="done")
    number = str(answer["message_id"])
    Delivery.objects.filter(pk=delivery.pk).update(state="sent", external_id=number, sent_at=timezone.now())


if __name__ == "__main__":
    app.start()
