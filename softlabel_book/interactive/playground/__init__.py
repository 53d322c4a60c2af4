"""The playground: an interactive figure in which a crowd votes and two small models learn from its votes."""

from softlabel_book.interactive.playground.figure import Playground
from softlabel_book.interactive.playground.presets import PRESETS, Preset
from softlabel_book.interactive.playground.world import STEPS, Outcome, Settings, learn

__all__ = ["PRESETS", "STEPS", "Outcome", "Playground", "Preset", "Settings", "learn"]
