"""Where a firm is, in words."""


def region_path(lookup: str) -> tuple[str, ...]:
    """What to select with rows so that `region.full_label` (四川 · 成都) asks nothing more."""
    return lookup, f"{lookup}__parent", f"{lookup}__parent__parent"
