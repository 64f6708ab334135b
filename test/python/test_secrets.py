"""Blocks with a secret, and keyed checksums."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import datablock
from datablock import Secret, errors

BYTES = bytes(range(7, 39))


@pytest.fixture
def block(directory: Path) -> str:
    """The name of a block that is not there yet."""
    return "sealed"


def made(name: str, secret: Secret) -> None:
    datablock.Segment.create(name, slots=8, slot_size=64, checksum="blake2b-keyed", secret=secret)


def test_those_who_have_it_take_part(block: str) -> None:
    with Secret.from_bytes(BYTES) as secret:
        made(block, secret)
        for kind in (datablock.Producer, datablock.Consumer, datablock.ZoneUser):
            with pytest.raises(errors.SecretNeededError):
                kind(block)
            with pytest.raises(errors.SecretWrongError):
                kind(block, secret=Secret.from_bytes(BYTES[::-1]))
        producer = datablock.Producer(block, secret=secret)
        consumer = datablock.Consumer(block, secret=secret)
    # The secret may go: the handles have what they need.
    with producer, consumer:
        assert producer.info.secret
        producer.write(b"sealed")
        with consumer.acquire(0) as message:
            assert bytes(message) == b"sealed"


def test_it_comes_from_files_and_descriptors(block: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(BYTES.hex() + "\n")
    path.chmod(0o644)
    with pytest.raises(errors.SecretUnusableError):
        Secret.from_file(path)
    path.chmod(0o600)
    made(block, Secret.from_bytes(BYTES))
    datablock.Producer(block, secret=Secret.from_file(path)).close()
    with path.open() as file:
        datablock.Consumer(block, secret=Secret.from_descriptor(file.fileno())).close()
        os.fstat(file.fileno())


def test_what_is_none_is_refused(block: str) -> None:
    with pytest.raises(errors.SecretUnusableError):
        Secret.from_bytes(bytes(32))
    with pytest.raises(errors.InvalidArgumentError):
        Secret.from_bytes(b"short")
    with pytest.raises(errors.ConfigInvalidError):
        datablock.Producer(block, secret=BYTES)  # type: ignore[arg-type]
    secret = Secret.from_bytes(BYTES)
    secret.close()
    with pytest.raises(errors.ClosedError):
        made(block, secret)


def test_only_keyed_checksums_need_it_when_one_looks(block: str) -> None:
    secret = Secret.from_bytes(BYTES)
    made(block, secret)
    with datablock.Producer(block, secret=secret) as producer:
        producer.write(b"sealed")
        with datablock.Segment(block) as segment:
            report = segment.validate(checksums=True)
            assert (report.checksums_verified, report.checksums_unverifiable) == (0, 1)
            with pytest.raises(errors.SecretWrongError):
                segment.use_secret(Secret.from_bytes(BYTES[::-1]))
            segment.use_secret(secret)
            report = segment.validate(checksums=True)
            assert (report.checksums_verified, report.checksums_unverifiable) == (1, 0)


def test_producer_create_passes_it_on(block: str) -> None:
    secret = Secret.from_bytes(BYTES)
    with datablock.Producer.create(block, slots=4, slot_size=64, checksum="blake2b-keyed", secret=secret) as producer:
        producer.write(b"x")
