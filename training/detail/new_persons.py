"""Faces of a data set on persons that nobody folded: the generator draws their maps, so there is no end of persons."""

from __future__ import annotations

import torch

from detailed3dmm_addon.core.dnpm import PREVIEW
from detailed3dmm_addon.core.person import PERSON_CODE_SIZE

REACH = 2.5  # standard deviations, as the teacher's persons
AGES = (18.0, 85.0)


class NewPersons:
    """A data set of which half of each batch are new persons of new ages under the old strains, drawn by a network.

    data : DetailDataset; network : DNPM whose generator has learned
    """

    def __init__(self, data, network):
        self.data, self.network = data, network
        self.owners, self.groups = data.owners, data.groups

    def __len__(self):
        return len(self.data)

    def batch(self, rows, *options, **named):
        """As `DetailDataset.batch` at PREVIEW and the whole face; the templates stay those of the old persons."""
        faces, templates, maps = self.data.batch(rows, *options, **named)
        count = len(rows) // 2
        drawn = {name: values[:count] for name, values in faces.items()}
        drawn["person"] = torch.randn(count, PERSON_CODE_SIZE).clamp(-REACH, REACH)
        drawn["age"] = torch.empty(count).uniform_(*AGES)
        with torch.no_grad():
            made = self.network.decode(self.network.codes(**drawn), PREVIEW)
        faces = {name: torch.cat([drawn[name], values[count:]]) for name, values in faces.items()}
        return faces, templates, torch.cat([made, maps[count:]])
