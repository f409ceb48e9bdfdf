from enterprises.models.capabilities import Capability, Certificate, CertificateKind
from enterprises.models.firms import (
    Claim,
    Enterprise,
    IdentityChange,
    Invitation,
    Member,
    Site,
    SizeSnapshot,
    TierTitle,
    VerificationEvent,
    VerificationFile,
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
    "IdentityChange",
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
    "VerificationFile",
]
