"""The system calls that a session may make: a seccomp filter, as a BPF program.

What is not listed fails with EPERM, so that Python raises an error that says so. Listed with a
condition: `open` does not truncate what it reads, `clone` makes threads only, `kill` and `tgkill`
reach only the caller, `ioctl` asks whether a descriptor is a terminal, or sets a flag on it.
`clone3`, whose flags a filter cannot read, does not exist (ENOSYS): libc then takes `clone`.

Sources: seccomp(2), <linux/filter.h>, <linux/seccomp.h>; numbers from <asm/unistd_64.h> (x86_64)
and <asm-generic/unistd.h> (aarch64).
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import struct

# name: (number on x86_64, number on aarch64; None where the architecture lacks the call)
ALLOWED: dict[str, tuple[int, int | None]] = {
    # files, where Landlock decides which
    "read": (0, 63),
    "write": (1, 64),
    "readv": (19, 65),
    "writev": (20, 66),
    "pread64": (17, 67),
    "pwrite64": (18, 68),
    "close": (3, 57),
    "close_range": (436, 436),
    "lseek": (8, 62),
    "stat": (4, None),
    "fstat": (5, 80),
    "lstat": (6, None),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getdents": (78, None),
    "getdents64": (217, 61),
    "getcwd": (79, 17),
    "chdir": (80, 49),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    "pipe": (22, None),
    "pipe2": (293, 59),
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "rmdir": (84, None),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "symlinkat": (266, 36),
    "ftruncate": (77, 46),
    "fsync": (74, 82),
    "fdatasync": (75, 83),
    "umask": (95, 166),
    "statfs": (137, 43),
    "fstatfs": (138, 44),
    "fadvise64": (221, 223),
    "sendfile": (40, 71),
    "copy_file_range": (326, 285),
    # memory
    "mmap": (9, 222),
    "munmap": (11, 215),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "brk": (12, 214),
    "msync": (26, 227),
    "mincore": (27, 232),
    # time
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "times": (100, 153),
    "getitimer": (36, 102),
    "setitimer": (38, 103),
    "alarm": (37, None),
    # threads of its own
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "get_robust_list": (274, 100),
    "rseq": (334, 293),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "set_tid_address": (218, 96),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "restart_syscall": (219, 128),
    "membarrier": (324, 283),
    "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120),
    # its own signals
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "rt_sigpending": (127, 136),
    "rt_sigtimedwait": (128, 137),
    "sigaltstack": (131, 132),
    "pause": (34, None),
    # waiting, and the sockets it was given
    "poll": (7, None),
    "ppoll": (271, 73),
    "select": (23, None),
    "pselect6": (270, 72),
    "epoll_create": (213, None),
    "epoll_create1": (291, 20),
    "epoll_ctl": (233, 21),
    "epoll_wait": (232, None),
    "epoll_pwait": (281, 22),
    "eventfd2": (290, 19),
    "recvfrom": (45, 207),
    "sendto": (44, 206),
    "recvmsg": (47, 212),
    "sendmsg": (46, 211),
    "socketpair": (53, 199),
    "shutdown": (48, 210),
    "getsockopt": (55, 209),
    "setsockopt": (54, 208),
    "getsockname": (51, 204),
    "getpeername": (52, 205),
    # who am I
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getppid": (110, 173),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getgroups": (115, 158),
    "getpgrp": (111, None),
    "getpgid": (121, 155),
    "getsid": (124, 156),
    "uname": (63, 160),
    "sysinfo": (99, 179),
    "getrusage": (98, 165),
    "getrlimit": (97, 163),
    "getcpu": (309, 168),
    "getrandom": (318, 278),
}
CLONE, CLONE3, KILL, TGKILL, IOCTL = (56, 220), (435, 435), (62, 129), (234, 131), (16, 29)
FCNTL = (72, 25)
CLONE_THREAD = 0x00010000
TCGETS, TIOCGWINSZ, FIONBIO, FIOCLEX = 0x5401, 0x5413, 0x5421, 0x5451
# Duplicates, flags, pipe sizes and seals; not F_SETOWN and F_SETSIG, by which a descriptor would
# send signals to another process, nor leases and locks, by which sessions would stop one another or
# talk (a file that all may read is enough for them).
HARMLESS_FCNTLS = (0, 1, 2, 3, 4, 1030, 1031, 1032, 1033, 1034)
OPEN, OPENAT = (2, None), (257, 56)
O_ACCMODE, O_TRUNC = 0o3, 0o1000
HARMLESS_IOCTLS = (TCGETS, TIOCGWINSZ, FIONBIO, FIOCLEX)

AUDIT_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
RET_ALLOW, RET_ERRNO, RET_KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
LOAD, JUMP_EQUAL, JUMP_SET, JUMP_GREATER_EQUAL, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
AND = 0x54
# in struct seccomp_data
NUMBER, ARCHITECTURE, FIRST_ARGUMENT, SECOND_ARGUMENT, THIRD_ARGUMENT = 0, 4, 16, 24, 32
X32_CALLS = 0x40000000  # x86_64's second table of calls begins here


MACHINE = os.uname().machine
COLUMN = {"x86_64": 0, "aarch64": 1}[MACHINE]
ALLOW, DENY = (RETURN, 0, 0, RET_ALLOW), (RETURN, 0, 0, RET_ERRNO | errno.EPERM)


def _conditional(
    call: tuple[int, int], argument: int, test: int, *values: int
) -> list[tuple[int, int, int, int]]:
    """Allow the call if its argument passes the test with one of the values."""
    checks = []
    for value in values:
        checks += [(test, 0, 1, value), ALLOW]
    body = [(LOAD, 0, 0, argument), *checks, DENY]
    return [(JUMP_EQUAL, 0, len(body), call[COLUMN]), *body]


def _open(call: tuple[int, int | None], flags: int) -> list[tuple[int, int, int, int]]:
    """Allow to open, but not to truncate what is opened for reading: Landlock knows of that only
    from its third version on."""
    number = call[COLUMN]
    if number is None:
        return []
    body = [(LOAD, 0, 0, flags), (AND, 0, 0, O_ACCMODE | O_TRUNC), (JUMP_EQUAL, 0, 1, O_TRUNC)]
    return [(JUMP_EQUAL, 0, len(body) + 2, number), *body, DENY, ALLOW]


def _assembled(program: list[tuple[int, int, int, int]]) -> bytes:
    """Instructions (code, jump if true, jump if false, constant) as the kernel reads them."""
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


@functools.cache
def common() -> bytes:
    """The filter's instructions that are the same for all processes: all but the last."""
    program = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_EQUAL, 1, 0, AUDIT_ARCHITECTURE[MACHINE]),
        (RETURN, 0, 0, RET_KILL_PROCESS),
        (LOAD, 0, 0, NUMBER),
        (JUMP_GREATER_EQUAL, 0, 1, X32_CALLS),
        DENY,
    ]
    for numbers in ALLOWED.values():
        if numbers[COLUMN] is not None:
            program += [(JUMP_EQUAL, 0, 1, numbers[COLUMN] or 0), ALLOW]
    program += _open(OPEN, SECOND_ARGUMENT) + _open(OPENAT, THIRD_ARGUMENT)
    program += _conditional(CLONE, FIRST_ARGUMENT, JUMP_SET, CLONE_THREAD)
    program += _conditional(FCNTL, SECOND_ARGUMENT, JUMP_EQUAL, *HARMLESS_FCNTLS)
    program += _conditional(IOCTL, SECOND_ARGUMENT, JUMP_EQUAL, *HARMLESS_IOCTLS)
    program += [(JUMP_EQUAL, 0, 1, CLONE3[COLUMN]), (RETURN, 0, 0, RET_ERRNO | errno.ENOSYS)]
    return _assembled(program)


def _own(pid: int) -> bytes:
    """The last instructions: signals to the process itself, and nothing else."""
    program = _conditional(KILL, FIRST_ARGUMENT, JUMP_EQUAL, pid)
    program += _conditional(TGKILL, FIRST_ARGUMENT, JUMP_EQUAL, pid)
    return _assembled([*program, DENY])


def install() -> None:
    """Filter this process's system calls from here on. Needs no_new_privs."""
    code = common() + _own(os.getpid())
    instructions = ctypes.create_string_buffer(code)
    # struct sock_fprog: the number of instructions (padded to a pointer's alignment), their place
    header = struct.pack("=H6xQ", len(code) // 8, ctypes.addressof(instructions))
    filter_program = ctypes.create_string_buffer(header)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_program, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_SECCOMP)")
