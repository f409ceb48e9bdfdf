"""What happened here, for the apps above. Sent inside the transaction of the change: a receiver records a job
(foundation.jobs.enqueue), it does no work itself."""

from django.dispatch import Signal

# Arguments of all: post_ids (list[int]).
posts_published = Signal()  # newly on the market, or back on it
posts_changed = Signal()  # still on the market, material content or version changed
posts_ended = Signal()  # fulfilled, expired, withdrawn, or its firm left the public states

# Arguments: enterprise_id (int).
enterprise_changed = Signal()  # region, certificates, blocked firms, status: what filters of matching read

# Questions, asked while a page is shown; whoever knows answers, and nobody has to.
# Arguments: post_id (int), firm (Enterprise). The address of what the firm already talks about with the post's firm,
# or "".
talks_asked = Signal()
