from foundation.models.access import ApiToken, IdempotentRequest
from foundation.models.audit import AuditEntry
from foundation.models.jobs import Job
from foundation.models.notices import Notice
from foundation.models.users import User

__all__ = ["ApiToken", "AuditEntry", "IdempotentRequest", "Job", "Notice", "User"]
