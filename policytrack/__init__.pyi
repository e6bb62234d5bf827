from policytrack import errors as errors
from policytrack.api.explained import Explained as Explained
from policytrack.api.ledger import OpenLedger as OpenLedger
from policytrack.api.ledger import create_ledger as create
from policytrack.api.ledger import open_ledger as open
from policytrack.api.recording import Recorded as Recorded
from policytrack.api.result import Result as Result
from policytrack.errors import PolicytrackError as PolicytrackError

__all__ = [
    "Explained", "OpenLedger", "PolicytrackError", "Recorded", "Result", "__version__", "create", "errors", "open",
]  # fmt: skip
__version__: str
