"""Detectors of what a customer should hear about: pure functions over arrays."""

from quilowatt.alert.detector import detect
from quilowatt.alert.signal import ABRUPT_INCREASE, AlertSignal, Phase
from quilowatt.alert.state import DetectorState

__all__ = ["ABRUPT_INCREASE", "AlertSignal", "DetectorState", "Phase", "detect"]
