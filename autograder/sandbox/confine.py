"""What a session may touch: the system calls by which a process shuts itself in, for good.

Every session, at any user and in any container, gets
- Landlock: reading only below the listed folders, writing only in its own folder, no TCP, no
  signals or abstract sockets beyond itself;
- seccomp: a list of allowed system calls; no sockets, no new process, no tracing, no signals to
  others, no changes to a file's mode, owner or times;
- rlimits: processor time, memory, file size, open files, no core dumps.
Landlock's rules are prepared by the fork server, with every readable path; a second, short layer is
the session's own, and leaves it one folder to write.
Where the machine grants user namespaces, the fork server is moved into namespaces of its own first
(no network device, no IPC, no shared mounts) and under a root in which there are only the
interpreter and its libraries, to be read (for Landlock hides what a file holds, not that it is
there); and each session's folder is a small file system in memory, so that its disk use is bounded
in bytes and in files, and that no second layer is needed.

Sources: landlock(7), seccomp(2), namespaces(7), pivot_root(2), capabilities(7), <linux/landlock.h>.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.sandbox import seccomp

_libc = ctypes.CDLL(None, use_errno=True)

# System calls without a wrapper in libc; the numbers are the same on every architecture.
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
MOUNT_SETATTR, AT_RECURSIVE, MOUNT_ATTR_RDONLY = 442, 0x8000, 1
CAPSET = {"x86_64": 126, "aarch64": 91}[os.uname().machine]
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}[os.uname().machine]

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWNET = (
    0x00020000,
    0x04000000,
    0x08000000,
    0x10000000,
    0x40000000,
)
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 0x4000, 0x40000
MS_BIND, MNT_DETACH = 0x1000, 2
SESSION = "session"  # where each session mounts a file system, seen by itself alone
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38

# Landlock's access rights, in the order of their bits: ABI 1 has 13, 2 adds REFER, 3 TRUNCATE,
# 5 IOCTL_DEV.
READ_FILE, READ_DIR, TRUNCATE = 1 << 2, 1 << 3, 1 << 14
EXECUTE, WRITE_FILE, IOCTL_DEV = 1 << 0, 1 << 1, 1 << 15
WRITE_FOLDER = 0b1_1111_1111_0000 & ~(1 << 6 | 1 << 9 | 1 << 11)  # no device, socket or block nodes
FS_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # rights known to an ABI; 16 from ABI 5 on


class ConfinementError(RuntimeError):
    """A confinement that cannot be had on this machine."""


@dataclass(frozen=True)
class Limits:
    """What one session may use. Memory is what it may add to the warm process it starts from."""

    memory_mb: int = 1024
    cpu_seconds: int = 60
    disk_mb: int = 64
    files: int = 64


def _check(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise ConfinementError(f"{what}: {os.strerror(code)}")
    return result


def landlock_abi() -> int:
    """The kernel's Landlock version; 0 where there is none."""
    return max(0, _libc.syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def enter_namespaces() -> bool:
    """Give this process, before it starts a thread, user, mount, network, IPC and UTS namespaces.

    False where the machine does not grant them.
    """
    uid, gid = os.getuid(), os.getgid()
    flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
    if _libc.unshare(flags) < 0:
        return False
    for name, text in [
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ]:
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
    _mount(None, "/", None, MS_REC | MS_PRIVATE, None)
    return True


def enter_root(read: Iterable[str], home: str) -> bool:
    """Move this process, which is in namespaces of its own, under a root that holds nothing but
    what is read, the devices, and the home with an empty folder in it, SESSION.

    False where the machine does not grant that; then nothing has changed.
    """
    root = os.path.join(home, "root")
    os.mkdir(root)
    try:
        _check(_libc.unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)")
        _mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=0755")
        # Links last: by then what they lead to is mostly there.
        for path in sorted((*_roots(read, home), *DEVICES), key=os.path.islink):
            _bind(path, root)
        os.makedirs(os.path.join(root + home, SESSION))
        _keep_times(root)
        os.chdir(root)
        _check(_libc.syscall(PIVOT_ROOT, b".", b"."), "pivot_root")
    except (ConfinementError, OSError):
        return False
    _check(_libc.umount2(b".", MNT_DETACH), "umount2")  # the old root, which lies above the new
    os.chdir("/")
    read_only = (ctypes.c_uint64 * 4)(MOUNT_ATTR_RDONLY, 0, 0, 0)  # struct mount_attr
    _check(
        _libc.syscall(MOUNT_SETATTR, -1, b"/", AT_RECURSIVE, read_only, ctypes.c_size_t(32)),
        "mount_setattr",
    )
    return True


def _bind(path: str, root: str) -> None:
    """Show a folder, a file or a link at its own place below `root`."""
    target = root + path
    if os.path.lexists(target):  # in a folder that is shown already
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.islink(path):
        os.symlink(os.readlink(path), target)
        _bind(os.path.realpath(path), root)
        return
    if os.path.isdir(path):
        os.makedirs(target)
    else:
        open(target, "a").close()
    _mount(path, target, None, MS_BIND | MS_REC, None)


def _keep_times(root: str) -> None:
    """Give Python's folders below `root` the times of those that they stand for: it looks again
    into one that has another time, which no session may."""
    for folder in filter(os.path.isdir, sys.path):
        times, made = os.stat(folder), root + os.path.abspath(folder)
        if os.path.isdir(made) and os.stat(made).st_mtime_ns != times.st_mtime_ns:
            os.utime(made, ns=(times.st_atime_ns, times.st_mtime_ns))


@dataclass(frozen=True)
class Rules:
    """What is the same for all sessions of a fork server: the descriptor of a Landlock ruleset that
    allows to read below the listed paths and to write in the server's home, the few folders above
    those paths, none of which holds the home, and the bytes that the warm process takes."""

    ruleset: int
    roots: tuple[str, ...]
    warm: int


def prepare(read: Iterable[str], home: str, warm: int) -> Rules:
    """The rules for sessions that may read below `read` and have their folders in `home`."""
    read = list(read)
    seccomp.common()  # assembled here, not in every session
    return Rules(_ruleset(read, home), _roots(read, home), warm)


def _roots(read: Iterable[str], home: str) -> tuple[str, ...]:
    """The few folders above the paths that are read, as far as they do not hold the home."""
    above = [sys.prefix, sys.base_prefix, "/usr", "/lib", "/lib64"]
    real = {folder: os.path.realpath(folder) for folder in above}
    home = os.path.realpath(home)
    real = {folder: path for folder, path in real.items() if not _within(home, path)}
    roots = set()
    for path in read:
        at = os.path.realpath(path)
        roots.add(next((folder for folder, above in real.items() if _within(at, above)), path))
    return tuple(sorted(roots))


def _within(path: str, folder: str) -> bool:
    """Whether a path lies below a folder; both have no links in them any more."""
    return os.path.commonpath([path, folder]) == folder


def confine(limits: Limits, rules: Rules, folder: str, namespaces: bool, server: int) -> None:
    """Shut this process in: it may read what `rules` list, and read and write below `folder`.

    `server` is the pid of the fork server, with which the session ends.
    """
    _check(_libc.prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != server:
        raise ConfinementError("the fork server has gone")
    os.setsid()
    if namespaces:
        _check(_libc.unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)")
        options = f"size={limits.disk_mb}m,nr_inodes=4096,mode=0700"
        _mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options)
    os.chdir(folder)
    _check(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)")
    _check(_libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "prctl(PR_SET_DUMPABLE)")
    _drop_capabilities()
    _set_rlimits(limits, rules.warm)
    # Where a session shares a file system with others, one folder is left to it.
    own = [] if namespaces else [_ruleset(rules.roots, folder)]
    for ruleset in (rules.ruleset, *own):
        _check(_libc.syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")
        os.close(ruleset)
    seccomp.install()


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None) -> None:
    encoded = [None if text is None else text.encode() for text in (source, target, kind, data)]
    result = _libc.mount(*encoded[:3], ctypes.c_ulong(flags), encoded[3])
    _check(result, f"mount on {target}")


def _drop_capabilities() -> None:
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    _check(_libc.syscall(CAPSET, header, (ctypes.c_uint32 * 6)()), "capset")


def _ruleset(read: Iterable[str], folder: str) -> int:
    """A Landlock ruleset: reading below `read`, everything in `folder`, a few devices, no TCP."""
    abi = landlock_abi()
    if not abi:
        raise ConfinementError("Landlock is missing: Linux 5.13 or newer, with lsm=landlock")
    rights = (1 << FS_RIGHTS.get(abi, 16)) - 1
    network = 0b11 if abi >= 4 else 0  # bind and connect TCP
    scoped = 0b11 if abi >= 6 else 0  # abstract Unix sockets, signals
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    attributes = (ctypes.c_uint64 * 3)(rights, network, scoped)
    ruleset = _check(
        _libc.syscall(LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(size), 0),
        "landlock_create_ruleset",
    )
    for path in read:
        _allow(ruleset, path, READ_FILE | READ_DIR | EXECUTE)
    for device in DEVICES:
        _allow(ruleset, device, READ_FILE | WRITE_FILE)
    _allow(ruleset, folder, (READ_FILE | READ_DIR | WRITE_FILE | WRITE_FOLDER | TRUNCATE) & rights)
    return ruleset


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):
            rights &= READ_FILE | WRITE_FILE | EXECUTE
        rule = _PathBeneath(rights, descriptor)
        _check(
            _libc.syscall(LANDLOCK_ADD_RULE, ruleset, 1, ctypes.byref(rule), 0),
            f"landlock_add_rule for {path}",
        )
    finally:
        os.close(descriptor)


def _set_rlimits(limits: Limits, warm: int) -> None:
    for kind, value in [
        (resource.RLIMIT_AS, warm + limits.memory_mb * 2**20),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.disk_mb * 2**20),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ]:
        resource.setrlimit(kind, (value, value))
