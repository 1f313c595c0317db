"""What must agree before two stored times may be compared."""

from __future__ import annotations

import hashlib
import re

import msgspec

__all__ = ["Difference", "Environment", "Fingerprint", "differences"]

_NOT_SLUG = re.compile(r"[^a-z0-9]+")


class Fingerprint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The machine and interpreter, as far as times depend on them; unknown is ``None``."""

    cpu_model: str | None
    logical_cores: int | None
    memory_gib: int | None
    machine: str
    system: str
    kernel: str | None
    libc: str | None
    implementation: str
    python_version: str
    python_build: str | None

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that differ when any field differs (SHA-256 of the fields)."""
        canonical = msgspec.json.encode(msgspec.to_builtins(self), order="sorted")
        return hashlib.sha256(canonical).hexdigest()[:12]

    @property
    def slug(self) -> str:
        """A folder name that a person can read and that no field can turn into another path."""
        parts = (
            self.system,
            self.machine,
            f"{self.logical_cores or 'unknown'}-core",
            f"{self.implementation}-{self.python_version}",
            self.digest,
        )
        return "_".join(_NOT_SLUG.sub("-", part.lower()).strip("-") for part in parts)


class Difference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One field in which two fingerprints differ."""

    field: str
    base: str
    head: str

    def __str__(self) -> str:
        return f"{self.field}: {self.base} against {self.head}"


def differences(base: Fingerprint, head: Fingerprint) -> tuple[Difference, ...]:
    """Fields in which the two differ, in the order of their definition."""
    pairs = zip(
        Fingerprint.__struct_fields__,
        msgspec.structs.astuple(base),
        msgspec.structs.astuple(head),
        strict=True,
    )
    return tuple(Difference(name, _shown(a), _shown(b)) for name, a, b in pairs if a != b)


def _shown(value: object) -> str:
    return "not known" if value is None else str(value)


class Environment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What else was true of the machine; told to the reader, not compared by rule.

    Attributes:
        governor: Frequency governor of the first core.
        load_1m: Load average over one minute at the start of the session.
        steal_share: Share of CPU time that the host took away during the session, 0 to 1.
        clock_resolution_ns: Smallest step seen between two readings of the clock.
        packages: Installed distributions that the measuring depends on, name to version.
    """

    governor: str | None = None
    load_1m: float | None = None
    steal_share: float | None = None
    clock_resolution_ns: int | None = None
    packages: dict[str, str] = {}
