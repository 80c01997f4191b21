"""Loop-mounted file systems of our own: permission events never reach anything else on the machine."""
import os
import pathlib
import shutil
import subprocess


def quiet(*words):
    return subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


class Mount:
    """kind: ext4, xfs or btrfs. `skipped` says why it is not there."""

    def __init__(self, work, kind, mib):
        self.kind, self.mib = kind, mib
        self.image = pathlib.Path(work, kind + ".img")
        self.at = pathlib.Path(work, kind)
        self.skipped = None
        if os.geteuid() != 0:
            self.skipped = "needs root"
        elif shutil.which("mkfs." + kind) is None:
            self.skipped = f"mkfs.{kind} is not installed"
        else:
            self.at.mkdir()
            with open(self.image, "wb") as image:
                image.truncate(mib << 20)
            options = {"ext4": ["-q", "-F"], "xfs": ["-q", "-f", "-m", "reflink=1"], "btrfs": ["-q", "-f"]}[kind]
            done = quiet("mkfs." + kind, *options, str(self.image))
            if done.returncode == 0:
                done = quiet("mount", "-o", "loop,noatime", str(self.image), str(self.at))
            if done.returncode != 0:
                self.skipped = done.stderr.strip() or "could not be made"

    def cold(self):
        """Out of the page cache and in again, without touching anybody else's."""
        if quiet("umount", str(self.at)).returncode == 0:
            quiet("mount", "-o", "loop,noatime", str(self.image), str(self.at))

    def close(self):
        if self.skipped is None:
            if quiet("umount", str(self.at)).returncode != 0:
                quiet("umount", "-l", str(self.at))
        self.image.unlink(missing_ok=True)
