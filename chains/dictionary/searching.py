"""Find concepts: those of the edition in force, in memory, for other systems that map their products to ours; and the
other names of what somebody looks for, for the search box."""

from typing import Final

from django.db.models import Q

from chains import models
from chains.engine import Concept, Dictionary
from chains.engine.dictionary import surface_key
from chains.models.dictionary import Status

# More names than these only slow the search down.
MOST_NAMES: Final = 6


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


def other_names(text: str) -> list[str]:
    """What the thing called `text` is called besides: CMM or "coordinate measuring machine" → 三坐标测量机.

    From the rows that operators keep, one query. A short form that may mean something else names nothing here.
    """
    surface = surface_key(text)
    if not surface:
        return []
    forms = models.Alias.objects.filter(status=Status.APPROVED)
    known = models.Concept.objects.filter(status=Status.APPROVED).filter(
        Q(surface=surface)
        | Q(english__iexact=text)
        | Q(pk__in=forms.filter(surface=surface, is_ambiguous=False).values("concept"))
    )
    said = text.casefold()
    names: dict[str, None] = {}
    for name, alias in (
        models.Concept.objects.filter(pk__in=known.order_by("pk").values("pk")[:2])
        .values_list("name", "aliases__text")
        .order_by("pk", "aliases__pk")
    ):
        names.setdefault(name)
        # Two letters occur in too many words.
        if alias and (len(alias) > 2 or not alias.isascii()):
            names.setdefault(alias)
    return [name for name in names if name.casefold() not in said][:MOST_NAMES]
