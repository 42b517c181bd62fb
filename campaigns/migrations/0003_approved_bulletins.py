"""Bulletins of before their states were kept: an approval says that they are approved, and who wrote them."""

from typing import Any

from django.db import migrations


def mark(apps: Any, schema_editor: Any) -> None:
    bulletin, approval = apps.get_model("campaigns", "Bulletin"), apps.get_model("campaigns", "Approval")
    approved = approval.objects.exclude(bulletin=None).values("bulletin")
    bulletin.objects.filter(pk__in=approved).update(state="approved")
    through = bulletin.writers.through
    rows = bulletin.objects.values_list("pk", "author_id")
    through.objects.bulk_create([through(bulletin_id=pk, user_id=user) for pk, user in rows], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0002_bulletins_wait_for_approval")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
