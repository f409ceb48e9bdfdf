"""Listed firms, their main products and the links between products, from a folder of three CSV files.

    read(folder)                what the files hold and what is wrong with them, row by row; writes nothing
    start(folder=…)             a job (chains.import_listed) that loads it, in chunks, and asks for a re-match
    summary(job, …)             figures of a finished run

Firms become verified firms, products supply posts, and every distinct upstream product of the links a demand of a
firm that sells the downstream product. Natural keys (symbol; symbol and raw product name) make every step safe to
repeat; a job that is killed goes on from its last finished chunk.
"""

from chains.listed_import.loading import FALLBACK_KEY, SOURCE
from chains.listed_import.reading import Finding, Plan, read
from chains.listed_import.running import CHUNK_KIND, KIND, figures, finish, load_chunk, prepare, start

__all__ = [
    "CHUNK_KIND",
    "FALLBACK_KEY",
    "KIND",
    "SOURCE",
    "Finding",
    "Plan",
    "figures",
    "finish",
    "load_chunk",
    "prepare",
    "read",
    "start",
]
