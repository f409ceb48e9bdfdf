"""HOW: chains and their maps, leaders, matches, recommendations, interests; and the dictionary they are found by."""

from chains.models.dictionary import (
    Alias,
    Concept,
    ConceptLink,
    ContradictionGroup,
    DictionaryEdition,
    DictionaryImport,
    DictionaryPreview,
    LexiconWord,
)
from chains.models.trade import (
    Chain,
    IndexSnapshot,
    Interest,
    Labelled,
    Leadership,
    Link,
    Match,
    Node,
    NodeMembership,
    PostAnalysis,
    RankingVersion,
    Recommendation,
)

__all__ = [
    "Alias",
    "Chain",
    "Concept",
    "ConceptLink",
    "ContradictionGroup",
    "DictionaryEdition",
    "DictionaryImport",
    "DictionaryPreview",
    "IndexSnapshot",
    "Interest",
    "Labelled",
    "Leadership",
    "LexiconWord",
    "Link",
    "Match",
    "Node",
    "NodeMembership",
    "PostAnalysis",
    "RankingVersion",
    "Recommendation",
]
