"""What a draft would change: which live posts are understood differently, and what becomes of live matches.

Exact for what it names, without reading the whole market anew: a post can only be understood differently if it holds a
form whose meaning changed, and a demand's partners can only change if the demand, what the dictionary says of its
words, or one of the supplies that may answer it changed.

A result is JSON:

    posts     {"looked_at", "changed": counts, "examples": [[post, was, becomes], …]}
    demands   how many were matched on trial
    appear, disappear, move    counts of matches
    details   [{"demand": post, "appear": [[supply, rank, strong]], "disappear": […], "move": [[supply, was, rank]]}]
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from chains.dictionary import editions, freezing, publishing
from chains.dictionary.rights import require_operator
from chains.engine import Analysis, Dictionary, Document, Index, Need
from chains.engine.dictionary import surface_key
from chains.engine.normalising import is_han, normalise, tokens_of
from chains.engine.spelling import simplified, sound_of
from chains.matching import analyses, documents
from chains.matching.saving import best
from chains.matching.terms import terms_of_demand, terms_of_supply
from chains.models import DictionaryPreview, Match, PostAnalysis
from enterprises.models import Post
from foundation import jobs
from foundation.errors import RefusedError
from foundation.models import User

KIND = "chains.preview_dictionary"
CHUNK = 500
# With more changed forms than this, every post is read: looking for each in each text would take longer.
MOST_FORMS = 300
MOST_EXAMPLES = 100
Progress = Callable[[int, int, str], None]


def start(*, by: User) -> DictionaryPreview:
    """Have the effect of the present draft worked out. While the same draft is worked out already, that one is the
    answer. Refuses with not_allowed, nothing_changed, does_not_compile."""
    require_operator(by, reason="-")
    with freezing.drafting():
        draft = freezing.draft()
        base = editions.current().version
        if not publishing.unpublished():
            raise RefusedError(_("没有尚未发布的变动。"), code="nothing_changed")
        version = draft.dictionary.version
        known = DictionaryPreview.objects.filter(base_version=base, draft_version=version, job__isnull=False).first()
        if known is not None and known.job is not None and known.job.is_live:
            return known
        preview = DictionaryPreview.objects.create(
            base_version=base, draft_version=version, content=draft.to_bytes(), asked_by=by
        )
        preview.job = jobs.enqueue(kind=KIND, payload={"preview_id": preview.pk}, key=str(preview.pk), owner=by)
        preview.save(update_fields=["job"])
    return preview


def is_of_today(preview: DictionaryPreview) -> bool:
    """Neither the draft nor what is in force has changed since."""
    return (
        preview.base_version == editions.current().version
        and preview.draft_version == freezing.draft().dictionary.version
    )


def work(preview: DictionaryPreview, *, progress: Progress) -> dict[str, Any]:
    """Work it out and keep the result. Reads only, until the end; may be run again."""
    old, new = editions.current(), freezing.thaw(bytes(preview.content))
    result = _effect(old=old, new=new, progress=progress)
    DictionaryPreview.objects.filter(pk=preview.pk, finished_at=None).update(
        result=result, finished_at=timezone.now(), base_version=old.version
    )
    return result


@dataclass
class _Changed:
    """Posts that are understood differently: their new analyses, by id; supplies' terms before and after."""

    looked_at: int = 0
    analyses: dict[int, Analysis] = field(default_factory=dict)
    demands: set[int] = field(default_factory=set)
    terms: set[str] = field(default_factory=set)
    examples: list[list[Any]] = field(default_factory=list)


def _effect(*, old: Dictionary, new: Dictionary, progress: Progress) -> dict[str, Any]:
    concepts = _changed_concepts(old, new)
    groups = {group.group for group in (*old.contradictions, *new.contradictions)}
    groups = {group for group in groups if old.strength(group) != new.strength(group)}
    changed, wanted = _read(old=old, new=new, concepts=concepts, groups=groups, progress=progress)
    wanted |= set(
        _analysed(Post.Direction.DEMAND, old)
        .filter(terms__overlap=sorted(changed.terms))
        .values_list("post_id", flat=True)
        if changed.terms
        else ()
    )
    result: dict[str, Any] = {
        "posts": {"looked_at": changed.looked_at, "changed": len(changed.analyses), "examples": changed.examples},
        "demands": len(wanted),
        "appear": 0,
        "disappear": 0,
        "move": 0,
        "details": [],
    }
    _match(sorted(wanted), changed=changed, old=old, new=new, result=result, progress=progress)
    return result


def _changed_concepts(old: Dictionary, new: Dictionary) -> set[str]:
    """Concepts and words of which something that reading or scoring asks is different."""
    forms = {
        form for form in old.surfaces.keys() | new.surfaces.keys() if old.surfaces.get(form) != new.surfaces.get(form)
    }
    names = {name for name in old.concepts.keys() | new.concepts.keys() if _said(old, name) != _said(new, name)}
    names |= {name for name in old.words.keys() | new.words.keys() if _said(old, name) != _said(new, name)}
    # A name that is a composition may be read as its words, whatever those are.
    joined = {form.replace(" ", "") for form in forms}
    for dictionary in (old, new):
        for concept in dictionary.concepts.values():
            if any(surface_key(part) in forms for part in concept.made_of) or any(
                concept.name[start:end] in joined
                for start in range(len(concept.name))
                for end in range(start + 1, len(concept.name) + 1)
            ):
                names.add(concept.name)
    return names


def _said(dictionary: Dictionary, name: str) -> Any:
    concept = dictionary.concepts.get(name)
    if concept is None:
        return dictionary.words.get(name), dictionary.values_of(name)
    above = dictionary.ancestors(name)
    return (
        replace(concept, aliases=(), near=tuple(sorted(concept.near))),
        dictionary.values_of(name),
        sorted((other, steps, dictionary.concepts[other].weight) for other, steps in above.items()),
        dictionary.descendants(name),
    )


def _read(
    *, old: Dictionary, new: Dictionary, concepts: Collection[str], groups: Collection[str], progress: Progress
) -> tuple[_Changed, set[int]]:
    """What is understood differently, and the demands of which the dictionary says something different."""
    forms = _forms(old, new, concepts)
    needs = [
        need
        for dictionary in (old, new)
        for need in dictionary.needs
        if old.needs != new.needs
        or any(_means(old, name) != _means(new, name) or _means(new, name) in concepts for name in need.concepts)
    ]
    places = analyses.place_names()
    changed, wanted = _Changed(), set[int]()
    rows = (_analysed(Post.Direction.SUPPLY, old) | _analysed(Post.Direction.DEMAND, old)).select_related("post")
    total = rows.count()
    for row in rows.order_by("pk").iterator(chunk_size=CHUNK):
        post = row.post
        changed.looked_at += 1
        if changed.looked_at % CHUNK == 0:
            progress(changed.looked_at, total, "read")
        before = Analysis.from_dict(row.analysis)
        if post.is_demand and _concerns(before, concepts, groups):
            wanted.add(post.pk)
        if forms is not None and not _holds(post, forms, needs):
            continue
        after = analyses.analyse_post(post, dictionary=new, places=places)
        if replace(after, dictionary_version=old.version) == before:
            continue
        changed.analyses[post.pk] = after
        if post.is_demand:
            wanted.add(post.pk)
        else:
            changed.terms |= set(row.terms) | terms_of_supply(after, dictionary=new)
        if len(changed.examples) < MOST_EXAMPLES:
            changed.examples.append([post.pk, understood(before), understood(after)])
    progress(total, total, "read")
    return changed, wanted


def _analysed(direction: str, dictionary: Dictionary) -> Any:
    return PostAnalysis.objects.filter(post__in=documents.matchable(direction), dictionary_version=dictionary.version)


def _forms(old: Dictionary, new: Dictionary, concepts: Collection[str]) -> list[str] | None:
    """By their sound, as a text may hold them even with slips of the pen; None: too many to look for."""
    found = set()
    for form in old.surfaces.keys() | new.surfaces.keys():
        was, becomes = old.surfaces.get(form), new.surfaces.get(form)
        if was != becomes or any(entry is not None and entry.name in concepts for entry in (was, becomes)):
            found.add(_sound(form))
    return sorted(found) if len(found) <= MOST_FORMS else None


def _sound(text: str) -> str:
    return "".join(f" {sound_of(token)}" if is_han(token) else f" {token}" for token in tokens_of(text))


def _holds(post: Post, forms: Iterable[str], needs: Iterable[Need]) -> bool:
    text = simplified(normalise(analyses.post_text(product=post.product, title=post.title, text=post.text)))
    sound = _sound(text)
    return any(form in sound for form in forms) or any(need.told_in(text) for need in needs)


def _means(dictionary: Dictionary, name: str) -> str:
    entry = dictionary.surfaces.get(surface_key(name))
    return entry.name if entry is not None else ""


def _concerns(analysis: Analysis, concepts: Collection[str], groups: Collection[str]) -> bool:
    for product in analysis.products:
        if product.head_concept in concepts or any(group in groups for group, _value in product.values):
            return True
        if any(word.key[2:] in concepts for word in product.words if word.key.startswith("c:")):
            return True
    return False


def _match(
    demands: list[int],
    *,
    changed: _Changed,
    old: Dictionary,
    new: Dictionary,
    result: dict[str, Any],
    progress: Progress,
) -> None:
    queries = {
        query.id: replace(query, analysis=_new(query.id, query.analysis, changed, new))
        for query in documents.queries(demands, edition=old.version)
        if query.id is not None
    }
    terms: set[str] = set()
    for query in queries.values():
        terms |= terms_of_demand(query.analysis, dictionary=new)
    index = Index.build(_supplies(terms, changed=changed, old=old, new=new), dictionary=new)
    for done, (demand, query) in enumerate(queries.items()):
        if done % 50 == 0:
            progress(done, len(queries), "match")
        found = best(index, [query]).get(demand, [])
        after = {place.candidate.id: (rank, place.candidate.is_strong) for rank, place in enumerate(found, start=1)}
        before = {
            supply: (rank, strong)
            for supply, rank, strong in Match.objects.live()
            .filter(demand=demand)
            .values_list("supply_id", "rank", "is_strong")
        }
        detail: dict[str, Any] = {
            "demand": demand,
            "appear": [[supply, *after[supply]] for supply in after if supply not in before],
            "disappear": [[supply, *before[supply]] for supply in before if supply not in after],
            "move": [
                [supply, before[supply][0], after[supply][0]]
                for supply in after
                if supply in before and before[supply] != after[supply]
            ],
        }
        for name in ("appear", "disappear", "move"):
            result[name] += len(detail[name])
        if any(detail[name] for name in ("appear", "disappear", "move")):
            result["details"].append(detail)
    # What changes most, first.
    result["details"].sort(key=lambda row: (-len(row["appear"]) - len(row["disappear"]), -len(row["move"])))
    del result["details"][MOST_EXAMPLES:]
    progress(len(queries), len(queries), "match")


def _new(pk: int, analysis: Analysis, changed: _Changed, new: Dictionary) -> Analysis:
    return changed.analyses.get(pk) or replace(analysis, dictionary_version=new.version)


def _supplies(terms: Collection[str], *, changed: _Changed, old: Dictionary, new: Dictionary) -> Iterator[Document]:
    """Whatever may answer a wish of these terms, as the new dictionary understands it."""
    touched = [
        pk for pk, analysis in changed.analyses.items() if terms_of_supply(analysis, dictionary=new) & set(terms)
    ]
    ids = iter(
        _analysed(Post.Direction.SUPPLY, old)
        .filter(Q(terms__overlap=sorted(terms)) | Q(post_id__in=touched))
        .order_by("post_id")
        .values_list("post_id", flat=True)
        .iterator(chunk_size=documents.BATCH)
        if terms
        else ()
    )
    while batch := list(islice(ids, documents.BATCH)):
        for document in documents.documents(batch, edition=old.version):
            yield replace(document, analysis=_new(document.id, document.analysis, changed, new))


def understood(analysis: Analysis) -> list[Mapping[str, Any]]:
    """Each product: the concept of its head ("" if nobody knows it), the head as written, other concepts."""
    return [
        {
            "concept": product.head_concept,
            "head": product.head,
            "more": [mention.concept for mention in product.mentions if mention.concept != product.head_concept],
        }
        for product in analysis.products
    ]
