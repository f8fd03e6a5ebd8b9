"""Names for simulated students, always the same ones in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

FIRST = """
ada alan alexei alice alonzo andrey anita annie barbara benoit bernhard blaise brook carl caroline cecilia chandra
claude cynthia daphne david dorothy edsger edith elinor emil emmy ernst esther euclid evelyn felix fei florence frances
francis gauss george gerda gertrude gottfried grace hedy henri hertha hilda hypatia ida ingrid irene jacob jean joan
john judea julia karen katherine kurt lars leonhard leslie lise lotfi louis lynn margaret maria marie mary maryam
maurice max mileva mina niels niklaus noether olga omar pafnuty patricia paul peter radia ramanujan rene rosalind
rozsa ruth sally shafi sofia sophie srinivasa stephen subra tim tu vera vint walter wang wilhelm william xia yoshua
yuri zeno zora
""".split()  # noqa: SIM905


def names() -> Iterator[str]:
    """Yield names without end, none twice: after the last one come ``ada-2`` and so on."""
    yield from FIRST
    for round_ in count(2):
        yield from (f"{name}-{round_}" for name in FIRST)
