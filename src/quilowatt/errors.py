"""Every exception that quilowatt raises on purpose.

* QuilowattError
    * WireError            the peer sent a line that breaks the protocol; carries the answer
    * StoreError           the store cannot do what was asked
        * StoreFull        no room on the disk; nothing of the batch was kept
        * StoreTooNew      the files were written by a newer quilowatt
        * StoreCorrupt     a checksum or digest does not match
        * StoreBusy        another process holds the data directory
    * TariffError          a tariff cannot be read; lists every problem at once
    * BillingError         a bill cannot be computed exactly
    * CorrectionRefused    an issued invoice can't be corrected
    * EditRefused          a person's decision about readings can't be kept as it is
    * ChannelRefused       nothing can be sent to a channel as it is described
    * PaymentFileError     a bank's file of payments cannot be read; lists every problem at once
    * ProofError           a file is no proof of an invoice
    * RunBusy              another billing run goes on
    * SettingsError        the options contradict each other or the rules of safety
    * MeterError           the meter cannot go on: refused, or its files are damaged
    * ReplayError          a file of readings cannot be understood
    * RequestRefused       an HTTP request that the API cannot serve; becomes a problem document
        * ParameterRefused one of its parameters has a value that cannot be served
        * FieldsRefused    fields of its body say what cannot be, each with its reason
    * ApiError             the API refused a request; carries its problem document
        * ApiUnreachable   the API did not answer, or not in a way that is understood

A bug of ours is not here: it is an ``assert``. Bad data is not here either: it is a value.
"""

from __future__ import annotations

from typing import Protocol

__all__ = [
    "ApiError",
    "ApiUnreachable",
    "BillingError",
    "ChannelRefused",
    "CorrectionRefused",
    "EditRefused",
    "FieldsRefused",
    "MeterError",
    "ParameterRefused",
    "PaymentFileError",
    "ProofError",
    "QuilowattError",
    "ReplayError",
    "RequestRefused",
    "RunBusy",
    "SettingsError",
    "SpokenError",
    "StoreBusy",
    "StoreCorrupt",
    "StoreError",
    "StoreFull",
    "StoreTooNew",
    "TariffError",
    "WireError",
]


class Spoken(Protocol):
    """Words in both languages."""

    @property
    def en(self) -> str:
        """In English."""
        ...

    @property
    def pt(self) -> str:
        """In Portuguese."""
        ...


class QuilowattError(Exception):
    """Base class of all errors defined here."""


class SpokenError(QuilowattError):
    """An error that a person at the keyboard or a customer reads.

    Parameters
    ----------
    en, pt : str
        What is wrong, in English and in Portuguese; English stands for both where it is alone.
    """

    def __init__(self, en: str, pt: str = "") -> None:
        super().__init__(en)
        self.en = en
        self.pt = pt or en

    def spoken(self, language: str) -> str:
        """Say it in Portuguese for ``"pt"``, in English otherwise."""
        return self.pt if language == "pt" else self.en


class WireError(QuilowattError):
    """The peer sent a line that breaks the protocol.

    Parameters
    ----------
    code : int
        The protocol's number for it: 400, 401, 403, 409, 413, 422, 440 or 503.
    reason : str
        What was wrong and, where it helps, what to send instead.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class StoreError(QuilowattError):
    """The store cannot do what was asked."""


class StoreFull(StoreError):
    """There is no room on the disk; nothing of the batch was kept."""


class StoreTooNew(StoreError):
    """The files were written by a newer quilowatt than this one."""


class StoreCorrupt(StoreError):
    """A checksum or digest does not match the bytes on disk."""


class StoreBusy(StoreError):
    """Another process holds the data directory."""


class TariffError(QuilowattError):
    """A tariff document cannot be used.

    Parameters
    ----------
    subject : str
        The file or tariff that was read.
    problems : tuple of str
        Every problem found, each with its place and reason.
    """

    def __init__(self, subject: str, problems: tuple[str, ...]) -> None:
        super().__init__(f"{subject}: " + "; ".join(problems))
        self.subject = subject
        self.problems = problems


class BillingError(SpokenError):
    """A bill cannot be computed exactly: a wrong one is worse than none."""


class CorrectionRefused(SpokenError):
    """An issued invoice can't be corrected: nothing differs, or its regime forbids it."""


class EditRefused(SpokenError):
    """A person's decision about readings can't be kept as it is."""


class ChannelRefused(SpokenError):
    """Nothing can be sent to a channel as it is described."""


class ProofError(SpokenError):
    """A file is no proof of an invoice: it can't be read as one, so nothing can be verified."""


class RunBusy(SpokenError):
    """Another billing run goes on; there is one at a time.

    Parameters
    ----------
    run_id : int
        Which.
    """

    def __init__(self, run_id: int) -> None:
        super().__init__(
            f"billing run {run_id} goes on; ask again when it has ended",
            f"a emissão {run_id} está em andamento; peça de novo quando terminar",
        )
        self.run_id = run_id


class PaymentFileError(SpokenError):
    """A bank's file of payments cannot be read.

    Parameters
    ----------
    subject : str
        Name of the file.
    problems : tuple
        Every problem found, each with its words ``en`` and ``pt``.
    """

    def __init__(self, subject: str, problems: tuple[Spoken, ...]) -> None:
        super().__init__(
            f"{subject}: " + "; ".join(each.en for each in problems),
            f"{subject}: " + "; ".join(each.pt for each in problems),
        )
        self.subject = subject
        self.problems = problems


class SettingsError(SpokenError):
    """The options contradict each other or the rules of safety."""


class MeterError(SpokenError):
    """The meter cannot go on: it was refused, or its own files are damaged."""


class ReplayError(QuilowattError):
    """A file of readings cannot be understood."""


class RequestRefused(QuilowattError):
    """An HTTP request that the API cannot serve.

    Parameters
    ----------
    status : int
        HTTP status of the answer.
    reason : str
        What was wrong: the name of a phrase of the API, which is said in the reader's language.
    **fields : str
        What stands in the phrase.
    """

    def __init__(self, status: int, reason: str, **fields: str) -> None:
        super().__init__(f"{reason} {fields}")
        self.status = status
        self.reason = reason
        self.fields = fields


class ParameterRefused(RequestRefused):
    """A parameter whose value cannot be served.

    Parameters
    ----------
    name, got, accepted : str
        The parameter, its value, and what is accepted in its place.
    times : int
        How often it was given; more than once is what is wrong with it. [1]
    """

    def __init__(self, name: str, got: str, accepted: str, *, times: int = 1) -> None:
        super().__init__(422, "wrong", what=name)
        self.name = name
        self.got = got
        self.accepted = accepted
        self.times = times


class FieldsRefused(RequestRefused):
    """Fields of a body that say what cannot be.

    Parameters
    ----------
    wrong : list of (str, str, str)
        Each field, and why not in English and in Portuguese; a field may be there twice.
    """

    def __init__(self, wrong: list[tuple[str, str, str]]) -> None:
        super().__init__(422, "wrong", what="; ".join(f"{name}: {en}" for name, en, _ in wrong))
        self.wrong = wrong


class ApiError(QuilowattError):
    """The API refused a request.

    Parameters
    ----------
    status : int
        HTTP status, or 0 when no answer came.
    detail : str
        What was wrong, in the words of the API.
    """

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"{status} {detail}" if status else detail)
        self.status = status
        self.detail = detail


class ApiUnreachable(ApiError):
    """The API did not answer, or not in a way that is understood.

    Parameters
    ----------
    status, detail
        As in `ApiError`.
    pt : str, optional
        The detail in Portuguese; the English one stands for both where it is alone.
    """

    def __init__(self, status: int, detail: str, pt: str = "") -> None:
        super().__init__(status, detail)
        self.pt = pt or detail

    def spoken(self, language: str) -> str:
        """Say it in Portuguese for ``"pt"``, in English otherwise."""
        return self.pt if language == "pt" else self.detail
