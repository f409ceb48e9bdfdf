"""The dictionary as a living thing: rows that operators edit, editions that everybody reads.

    current()                   the engine's dictionary of the edition in force; every reader comes through here
    pinned()                    one edition for everything inside
    hold()                      nobody publishes until this transaction ends
    editing, reviewing          change the draft, on the record; refuse what would not compile
    publishing.publish(…)       the draft becomes an edition; analyses and matches follow by jobs
    previewing, mining          what a draft would change; what the texts of posts propose
    core.load()                 the tables shipped with the platform, without undoing what was changed here
    tables                      the same columns as the shipped tables, in and out

The draft is the approved rows. Writers take turns (`freezing.drafting`) and leave a draft that compiles.
"""

from chains.dictionary.editions import Edition, current, edition, hold, pinned

__all__ = ["Edition", "current", "edition", "hold", "pinned"]
