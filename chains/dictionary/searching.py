"""Find concepts of the edition in force, in memory: for other systems that map their products to ours."""

from chains.engine import Concept, Dictionary
from chains.engine.dictionary import surface_key


def find(text: str, *, dictionary: Dictionary, limit: int) -> list[Concept]:
    """What goes by exactly this name first, then what has it in its name, an alias or its English; shorter first."""
    wanted = " ".join(text.split()).casefold()
    if not wanted:
        return []
    entry = dictionary.surfaces.get(surface_key(text))
    exact = entry.name if entry is not None and entry.role == "concept" else ""
    found = [
        concept
        for concept in dictionary.concepts.values()
        if concept.name == exact
        or any(wanted in form.casefold() for form in (concept.name, concept.english, *concept.aliases))
    ]
    found.sort(key=lambda concept: (concept.name != exact, wanted not in concept.name, len(concept.name), concept.name))
    return found[:limit]
