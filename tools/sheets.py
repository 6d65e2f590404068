"""What the picture-making tools share: contact sheets, and quiet for Blender's own lines."""
import os
import sys
from contextlib import contextmanager

import cv2
import numpy as np

BORDER, LABEL = 6, 46  # pixels
DARK, LIGHT = 18, (225, 225, 225)


def sheet(rows, heads=()):
    """Rows of pictures with titles beside them.

    Parameters
    ----------
    rows : dict of title -> list of (height, width, 3) uint8, as many as there are columns, or fewer
    heads : titles above the columns, none where it is empty

    Returns
    -------
    (H, W, 3) uint8
    """
    height, width = next(iter(rows.values()))[0].shape[:2]
    above, columns = LABEL if heads else BORDER, max(map(len, rows.values()))
    image = np.full((above + len(rows) * (height + BORDER), LABEL + columns * (width + BORDER), 3), DARK, np.uint8)
    for column, head in enumerate(heads):
        write(image, head, LABEL + column * (width + BORDER) + width // 2, LABEL // 2)
    for row, (title, cells) in enumerate(rows.items()):
        top = above + row * (height + BORDER)
        side = np.full((LABEL, height, 3), DARK, np.uint8)
        write(side, title, height // 2, LABEL // 2)
        image[top:top + height, :LABEL] = side.transpose(1, 0, 2)[::-1]
        for column, cell in enumerate(cells):
            left = LABEL + column * (width + BORDER)
            image[top:top + height, left:left + width] = cell
    return image


def write(image, text, x, y, scale=0.75):
    """Text centred at a point, in place."""
    font = cv2.FONT_HERSHEY_DUPLEX
    (width, height), _ = cv2.getTextSize(text, font, scale, 1)
    cv2.putText(image, text, (x - width // 2, y + height // 2), font, scale, LIGHT, 1, cv2.LINE_AA)


@contextmanager
def quiet():
    """Keep Blender's own lines, written past Python, out of the progress."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
