"""What tests of photos share."""
import pytest

from detailed3dmm_addon.core.errors import Detailed3DMMError
from detailed3dmm_addon.photo import correspondence


@pytest.fixture(scope="session")
def points():
    """Which point of the base model each landmark is."""
    try:
        return correspondence.load()
    except Detailed3DMMError as error:
        pytest.skip(str(error))
