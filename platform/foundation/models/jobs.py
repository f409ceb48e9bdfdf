"""The job table: the truth about background work. The broker is only its doorbell."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from foundation.models.users import User


LIVE = ["queued", "running", "waiting"]


class JobQuerySet(models.QuerySet["Job"]):
    def live(self) -> "JobQuerySet":
        return self.filter(state__in=LIVE)

    def parked(self) -> "JobQuerySet":
        return self.filter(state=Job.State.PARKED)

    def visible_to(self, user: "User") -> "JobQuerySet":
        """Operators see all; everybody else the jobs that they started."""
        if not user.is_authenticated:
            return self.none()
        if user.is_operator:
            return self
        return self.filter(owner=user)


class Job(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued", _("排队中")
        RUNNING = "running", _("进行中")
        WAITING = "waiting", _("等待分块完成")
        DONE = "done", _("已完成")
        PARKED = "parked", _("已搁置")
        CANCELLED = "cancelled", _("已取消")

    kind = models.CharField(_("种类"), max_length=80)
    queue = models.CharField(_("队列"), max_length=30, default="default")
    payload = models.JSONField(_("参数"), default=dict)
    key = models.CharField(
        _("唯一键"),
        max_length=200,
        blank=True,
        help_text="While a job with this key is live, enqueueing it again returns the same job.",
    )
    # A window key (e.g. "nightly:2026-11-24") stays unique for ever: two beats cannot run one window twice.
    once_key = models.CharField(max_length=200, null=True, blank=True, unique=True)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    # A request that came in while the job ran: it runs once more after this run.
    again = models.BooleanField(default=False)
    run_after = models.DateTimeField(_("不早于"), default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    # host:pid:start time of the process that holds the lease, so that a neighbour sees at once that it died.
    lease_holder = models.CharField(max_length=200, blank=True)
    stage = models.CharField(_("阶段"), max_length=120, blank=True)
    done_count = models.PositiveIntegerField(_("已处理"), default=0)
    total_count = models.PositiveIntegerField(_("总数"), null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)
    result = models.JSONField(_("结果"), default=dict)
    error = models.TextField(_("错误"), blank=True)
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="jobs")
    firm_id = models.BigIntegerField(_("企业"), null=True, blank=True)
    created_at = models.DateTimeField(_("创建时间"), default=timezone.now)
    started_at = models.DateTimeField(_("开始时间"), null=True, blank=True)
    finished_at = models.DateTimeField(_("结束时间"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("任务")
        verbose_name_plural = _("任务")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=models.Q(state__in=LIVE) & ~models.Q(key=""),
                name="one_live_job_per_kind_and_key",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[*LIVE, "done", "parked", "cancelled"]),
                name="job_state_is_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="running")
                | models.Q(lease_until__isnull=False, lease_token__isnull=False, started_at__isnull=False),
                name="a_running_job_has_a_lease",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=LIVE, finished_at__isnull=True)
                | models.Q(state__in=["done", "parked", "cancelled"], finished_at__isnull=False),
                name="a_job_is_finished_exactly_when_it_has_ended",
            ),
        ]
        indexes = [
            # Claiming and the reconciler: the next job to run.
            models.Index(
                fields=["queue", "run_after", "id"],
                condition=models.Q(state="queued"),
                name="job_next_to_run",
            ),
            # Reconciler: leases that ran out.
            models.Index(fields=["lease_until"], condition=models.Q(state="running"), name="job_lease_ends"),
            # A parent that waits asks for its unfinished chunks.
            models.Index(fields=["parent", "state"], name="job_by_parent"),
            # Operator page and "my jobs".
            models.Index(fields=["state", "-id"], name="job_by_state"),
            models.Index(fields=["owner", "-id"], name="job_by_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def percent(self) -> int | None:
        """Whole percent done, or None while the total is not known."""
        if self.state == self.State.DONE:
            return 100
        if not self.total_count:
            return None
        return min(100, self.done_count * 100 // self.total_count)
