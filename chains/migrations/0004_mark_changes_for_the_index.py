"""Marks of change that the live index reads, and snapshots that know their engine and cluster."""

import django.contrib.postgres.fields
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chains", "0003_initial")]

    operations = [
        migrations.AddField(
            model_name="postanalysis",
            name="changed_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
        migrations.AlterField(model_name="postanalysis", name="changed_xid", field=models.BigIntegerField()),
        migrations.AlterField(
            model_name="postanalysis",
            name="terms",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
        ),
        migrations.RemoveField(model_name="indexsnapshot", name="direction"),
        migrations.RemoveField(model_name="indexsnapshot", name="dictionary_version"),
        migrations.AddField(
            model_name="indexsnapshot",
            name="engine_version",
            field=models.CharField(default="", max_length=100),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="indexsnapshot",
            name="cluster",
            field=models.CharField(default="", max_length=60),
            preserve_default=False,
        ),
        migrations.AlterField(model_name="indexsnapshot", name="folder", field=models.CharField(max_length=100)),
    ]
