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


def verdict(machine: str, number: int, *arguments: int, audit: int | None = None, gpu: bool = False) -> int:
    """What the filter says to a system call."""
    data = struct.pack("IIQ6Q", number, audit or AUDIT[machine], 0, *arguments, *[0] * (6 - len(arguments)))
    code = list(struct.iter_unpack("HBBI", seccomp.program(machine, gpu)))
    at, accumulator = 0, 0
    while True:
        kind, if_true, if_false, operand = code[at]
        at += 1
        if kind == 0x20:
            (accumulator,) = struct.unpack_from("I", data, operand)
        elif kind == 0x06:
            return operand
        elif kind == 0x54:
            accumulator &= operand
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
def test_socket_protocols(machine: str) -> None:
    for family, protocols in ((1, [0, 1]), (2, [0, 6, 17]), (10, [0, 6, 17]), (16, [0])):
        found = [number for number in range(300) if verdict(machine, SOCKET[machine], family, 2, number) == ALLOW]
        assert found == protocols


@machines
def test_buffers_are_not_made_larger(machine: str) -> None:
    number = {"x86_64": 54, "aarch64": 208}[machine]
    refused = [option for option in range(100) if verdict(machine, number, 0, 1, option) != ALLOW]
    assert refused == [7, 8, 32, 33, 60]
    assert verdict(machine, number, 0, 6, 7) == ALLOW  # of TCP, that is another option


@machines
def test_what_is_shared_is_a_file(machine: str) -> None:
    number = {"x86_64": 9, "aarch64": 222}[machine]
    private, shared, validated, anonymous, other = 2, 1, 3, 0x20, 0x4000
    for kind, verdict_on_anonymous in ((private, ALLOW), (shared, EPERM), (validated, EPERM)):
        assert verdict(machine, number, 0, 4096, 3, kind | other) == ALLOW
        assert verdict(machine, number, 0, 4096, 3, kind | other | anonymous) == verdict_on_anonymous
        assert verdict(machine, number, 0, 4096, 3, kind | other | anonymous, gpu=True) == ALLOW


@machines
@pytest.mark.parametrize("name", seccomp.UPON_PROCESSES)
def test_nothing_is_done_to_the_first_process(machine: str, name: str) -> None:
    *columns, kind, process = seccomp.UPON_PROCESSES[name]
    number = columns[["x86_64", "aarch64"].index(machine)]
    if kind < 0:
        found = [verdict(machine, number, who) for who in (0, 1, 2, 1000)]
        assert found == [ALLOW, EPERM, ALLOW, ALLOW]
    else:
        for which in range(4):
            found = [verdict(machine, number, which, who) for who in (0, 1, 2)]
            assert found == ([ALLOW, EPERM, ALLOW] if which == process else [EPERM] * 3)


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
        tables = [*seccomp.REFUSED.values(), *seccomp.UPON_PROCESSES.values()]
        numbers = [numbers[column] for numbers in tables if numbers[column] >= 0]
        assert len(numbers) == len(set(numbers))


def test_an_unknown_processor_is_an_error() -> None:
    with pytest.raises(OSError, match="no table of system calls for s390x"):
        seccomp.program("s390x")
