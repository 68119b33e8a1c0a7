"""Detectors of what a customer should hear about, and the forecast: pure functions over arrays."""

from quilowatt.alert.detector import detect
from quilowatt.alert.facts import MeterFacts
from quilowatt.alert.forecast import Cycle, Forecast, forecast
from quilowatt.alert.history import GAP_WH, History, empty_history
from quilowatt.alert.signal import ABRUPT_INCREASE, AlertSignal, Phase
from quilowatt.alert.state import DetectorState

__all__ = [
    "ABRUPT_INCREASE",
    "GAP_WH",
    "AlertSignal",
    "Cycle",
    "DetectorState",
    "Forecast",
    "History",
    "MeterFacts",
    "Phase",
    "detect",
    "empty_history",
    "forecast",
]
