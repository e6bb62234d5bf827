"""policytrack: an event-sourced record of industrial policy and industrial capacity.

`policytrack.open` is the start of the Python API. Its names are imported on first use, so that the command line starts
fast; `__init__.pyi` holds their types. The imports are by name: a module that only needs the version must not depend on
the whole API.
"""

from importlib import import_module

__version__ = "0.1.0"
__all__ = [
    "Explained", "OpenLedger", "PolicytrackError", "Recorded", "Result", "__version__", "create", "errors", "open",
]  # fmt: skip
_PLACES = {
    "open": ("policytrack.api.ledger", "open_ledger"),
    "create": ("policytrack.api.ledger", "create_ledger"),
    "OpenLedger": ("policytrack.api.ledger", "OpenLedger"),
    "Result": ("policytrack.api.result", "Result"),
    "Explained": ("policytrack.api.explained", "Explained"),
    "Recorded": ("policytrack.api.recording", "Recorded"),
    "PolicytrackError": ("policytrack.errors", "PolicytrackError"),
}


def __getattr__(name: str) -> object:
    if name == "errors":
        return import_module("policytrack.errors")
    if name not in _PLACES:
        raise AttributeError(f"module 'policytrack' has no attribute {name!r}")
    module, attribute = _PLACES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
