"""What happened here, for the apps above. Sent inside the transaction of the change: a receiver records a job
(foundation.jobs.enqueue), it does no work itself."""

from django.dispatch import Signal

# Arguments of all: post_ids (list[int]).
posts_published = Signal()  # newly on the market, or back on it
posts_changed = Signal()  # still on the market, material content or version changed
posts_ended = Signal()  # fulfilled, expired, withdrawn, or its firm left the public states

# Arguments: enterprise_id (int).
enterprise_changed = Signal()  # region, certificates, blocked firms, status: what filters of matching read
