"""A preview as plain values, in the language of the moment: the same for the API and for files."""

from typing import Any

from chains.matching.previewing import Preview
from chains.wording import Names, in_words


def as_json(found: Preview) -> dict[str, Any]:
    """`external_id` and `product` are as they were imported, where the post was."""
    stored = [[reason.to_dict() for reason in result.candidate.reasons] for result in found.results]
    names = Names.of(reason for reasons in stored for reason in reasons)
    results = []
    for result, reasons in zip(found.results, stored, strict=True):
        post, firm = result.post, result.post.enterprise
        words = in_words(reasons=reasons, parts=result.candidate.parts, names=names)
        results.append(
            {
                "external_id": post.external_id or firm.external_id,
                "post": post.pk,
                "firm_id": firm.pk,
                "firm": firm.name,
                "product": post.product_raw or post.product,
                "region": firm.region.full_label if firm.region is not None else "",
                "score": result.candidate.score,
                "is_strong": result.candidate.is_strong,
                "parts": dict(result.candidate.parts),
                "reasons": [*words.fits, *words.lacks, *words.unknown],
            }
        )
    return {
        "understood": found.heard.to_dict(),
        "products": [product.name for product in found.understood.products],
        "corrected": [list(pair) for pair in found.understood.corrected],
        "firms": found.firms,
        "looser": found.looser,
        "results": results,
    }
