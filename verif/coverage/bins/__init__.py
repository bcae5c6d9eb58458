"""How records become the labels of cover points: one function a group, by its key.

A function gets the records of one instance and returns for every point an array of labels, ``""``
where there is nothing to sample. The points of a cross have arrays of the same length.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from verif.coverage.bins import chip, common, control, fp, h_unit, host, matrix, mesh, sequencer, vector
from verif.coverage.records import Records

Bins = Callable[[Records], dict[str, np.ndarray]]

BINS: dict[str, Bins] = {
    **common.BINS,
    **fp.BINS,
    **matrix.BINS,
    **h_unit.BINS,
    **vector.BINS,
    **mesh.BINS,
    **control.BINS,
    **sequencer.BINS,
    **host.BINS,
    **chip.BINS,
}
