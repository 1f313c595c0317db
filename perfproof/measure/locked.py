"""uv.lock and poetry.lock as the pins of this platform, in the words of a requirement file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.markers import InvalidMarker, Marker
from packaging.utils import canonicalize_name

from perfproof.configuration.tables import read_toml
from perfproof.errors import UseError

__all__ = ["LOCKS", "pins_of"]

_Table = Mapping[str, Any]


def pins_of(path: Path) -> tuple[str, ...]:
    """Lines ``name==version``, with their hashes where every package has some.

    Raises:
        UseError: A package from elsewhere than an index, or a lock that cannot be read so.
    """
    table = read_toml(path)
    try:
        pins = dict(LOCKS[path.name](table, path.name))
    except (KeyError, TypeError, AttributeError, InvalidMarker) as exc:
        raise UseError(
            f"cannot be read: {type(exc).__name__} {exc}",
            where=path.name,
            remedy="lock again, or name requirement files in [tool.perfproof] requirements",
        ) from exc
    hashed = all(pins.values())
    return tuple(
        " ".join([pin, *(f"--hash={each}" for each in hashes if hashed)])
        for pin, hashes in sorted(pins.items())
    )


def _of_uv(table: _Table, name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What the project itself leads to, its group ``dev`` included, where markers hold here."""
    packages: Sequence[_Table] = table["package"]
    roots = [each for each in packages if _stands_at(each, ".")]
    waiting: list[tuple[_Table, tuple[str, ...]]] = [(each, ()) for each in roots]
    seen: set[tuple[str, str, tuple[str, ...]]] = set()
    while waiting:
        package, extras = waiting.pop()
        key = (package["name"], package.get("version", ""), extras)
        if key in seen:
            continue
        seen.add(key)
        is_root = _stands_at(package, ".")
        if not is_root:
            _require_index(package, package["source"].get("registry"), name)
            files = [
                *package.get("wheels", ()),
                *([package["sdist"]] if "sdist" in package else []),
            ]
            yield _pin(package), tuple(sorted(each["hash"] for each in files if "hash" in each))
        needed = [*package.get("dependencies", ())]
        needed += package.get("dev-dependencies", {}).get("dev", ()) if is_root else ()
        for extra in extras:
            needed += package.get("optional-dependencies", {}).get(extra, ())
        for each in needed:
            if _holds(each.get("marker")):
                found = [other for other in packages if _is_meant(other, each)]
                if not found:
                    raise KeyError(each["name"])
                waiting.append((found[0], tuple(each.get("extra", ()))))


def _stands_at(package: _Table, place: str) -> bool:
    return place in (package["source"].get("editable"), package["source"].get("virtual"))


def _is_meant(package: _Table, needed: _Table) -> bool:
    # The version is told where a lock holds several of one name.
    version = needed.get("version", package.get("version"))
    return bool(package["name"] == needed["name"] and package.get("version") == version)


def _of_poetry(table: _Table, name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is not optional, unless all that leads to it is for other platforms."""
    packages: Sequence[_Table] = table["package"]
    for package in packages:
        if package.get("optional") or not _holds_any(package.get("markers")):
            continue
        ways = [way for each in packages for way in _ways_to(package["name"], each)]
        if ways and not any(map(_holds, ways)):
            continue
        source = package.get("source", {}).get("type", "legacy")
        _require_index(package, source == "legacy" or None, name)
        yield _pin(package), tuple(sorted(each["hash"] for each in package.get("files", ())))


def _ways_to(name: str, package: _Table) -> Iterator[str | None]:
    for needed, how in package.get("dependencies", {}).items():
        if canonicalize_name(needed) == canonicalize_name(name):
            for each in how if isinstance(how, list) else [how]:
                yield each.get("markers") if isinstance(each, dict) else None


def _holds_any(markers: str | Mapping[str, str] | None) -> bool:
    """Of a package that several groups want, each with markers of its own."""
    if isinstance(markers, Mapping):
        return any(_holds(each) for each in markers.values())
    return _holds(markers)


def _holds(marker: str | None) -> bool:
    return marker is None or bool(Marker(marker).evaluate({"extra": ""}))


def _pin(package: _Table) -> str:
    return f"{canonicalize_name(package['name'])}=={package['version']}"


def _require_index(package: _Table, index: object, name: str) -> None:
    if index is None:
        raise UseError(
            f"{package['name']} does not come from an index, and no other source is read",
            where=name,
            remedy="name requirement files in [tool.perfproof] requirements, or use --env same",
        )


LOCKS = {"uv.lock": _of_uv, "poetry.lock": _of_poetry}
"""How each is read, in the order in which they are looked for."""
