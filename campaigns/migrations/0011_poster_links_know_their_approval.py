import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0010_posters_and_spoken_words")]

    operations = [
        # The table is new: there is no row that lacks an approval.
        migrations.AddField(
            model_name="posterlink",
            name="approval",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="campaigns.approval",
            ),
        ),
        migrations.AddField(model_name="posterlink", name="sample", field=models.BooleanField(default=False)),
    ]
