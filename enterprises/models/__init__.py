from enterprises.models.capabilities import Capability, Certificate, CertificateKind
from enterprises.models.firms import (
    Claim,
    Enterprise,
    Invitation,
    Member,
    Site,
    SizeSnapshot,
    TierTitle,
    VerificationEvent,
)
from enterprises.models.imports import ImportRun
from enterprises.models.industries import IndustryClass
from enterprises.models.posts import Factor, Post, PostVersion, Unit

__all__ = [
    "Capability",
    "Certificate",
    "CertificateKind",
    "Claim",
    "Enterprise",
    "Factor",
    "ImportRun",
    "IndustryClass",
    "Invitation",
    "Member",
    "Post",
    "PostVersion",
    "Site",
    "SizeSnapshot",
    "TierTitle",
    "Unit",
    "VerificationEvent",
]
