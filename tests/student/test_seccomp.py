"""The system call filter, for both processors, by running its program here."""

from __future__ import annotations

import struct

import pytest

from autograder.student import seccomp

ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
READ, CLONE, IOCTL, SOCKET = (
    {"x86_64": 0, "aarch64": 63},
    {"x86_64": 56, "aarch64": 220},
    {"x86_64": 16, "aarch64": 29},
    {
        "x86_64": 41,
        "aarch64": 198,
    },
)
machines = pytest.mark.parametrize("machine", ["x86_64", "aarch64"])


def verdict(machine: str, number: int, *arguments: int, audit: int | None = None) -> int:
    """What the filter says to a system call."""
    data = struct.pack("IIQ6Q", number, audit or AUDIT[machine], 0, *arguments, *[0] * (6 - len(arguments)))
    code = list(struct.iter_unpack("HBBI", seccomp.program(machine)))
    at, accumulator = 0, 0
    while True:
        kind, if_true, if_false, operand = code[at]
        at += 1
        if kind == 0x20:
            (accumulator,) = struct.unpack_from("I", data, operand)
        elif kind == 0x06:
            return operand
        else:
            hit = {0x15: accumulator == operand, 0x35: accumulator >= operand, 0x45: bool(accumulator & operand)}[kind]
            at += if_true if hit else if_false


@machines
def test_ordinary_calls_pass(machine: str) -> None:
    assert verdict(machine, READ[machine]) == ALLOW
    assert verdict(machine, CLONE[machine], 0x3D0F00) == ALLOW  # a thread
    assert verdict(machine, CLONE[machine], 17) == ALLOW  # a process
    assert verdict(machine, IOCTL[machine], 1, 0x5401) == ALLOW


@machines
@pytest.mark.parametrize("name", seccomp.REFUSED)
def test_refused_calls(machine: str, name: str) -> None:
    number = seccomp.REFUSED[name][["x86_64", "aarch64"].index(machine)]
    if number >= 0:
        assert verdict(machine, number) == EPERM


@machines
@pytest.mark.parametrize("flag", [0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000])
def test_no_new_namespaces(machine: str, flag: int) -> None:
    assert verdict(machine, CLONE[machine], flag | 17) == EPERM
    assert verdict(machine, 435) == ENOSYS


@machines
def test_socket_families(machine: str) -> None:
    allowed = [family for family in range(50) if verdict(machine, SOCKET[machine], family) == ALLOW]
    assert allowed == [1, 2, 10, 16]


@machines
@pytest.mark.parametrize("request_number", [0x5412, 0x541C])
def test_terminals_are_not_fed(machine: str, request_number: int) -> None:
    assert verdict(machine, IOCTL[machine], 0, request_number) == EPERM


@machines
def test_programs_for_another_processor(machine: str) -> None:
    assert verdict(machine, READ[machine], audit=0x40000003) == KILL
    assert verdict("x86_64", 0x40000000 | 1) == KILL


def test_no_numbers_are_used_twice() -> None:
    for column in (0, 1):
        numbers = [numbers[column] for numbers in seccomp.REFUSED.values() if numbers[column] >= 0]
        assert len(numbers) == len(set(numbers))


def test_an_unknown_processor_is_an_error() -> None:
    with pytest.raises(OSError, match="no table of system calls for s390x"):
        seccomp.program("s390x")
