"""The verb `info`: versions, weights, devices and what is missing."""
from ..core.errors import Detailed3DMMError
from .arguments import add_verb


def add_to(verbs):
    """Declare the verb."""
    add_verb(verbs, "info", run, "show versions, weights, devices and what is missing", out=False)


def run(options):
    """Print it; an error where weights are damaged."""
    from .. import diagnosis

    lines, whole = diagnosis.describe()
    print("\n".join(lines))
    if not whole:
        raise Detailed3DMMError("weights are missing or damaged, see above. Install Detailed3DMM again.")
