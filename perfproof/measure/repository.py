"""The user's git repository: asked, read, and left as it is.

What is written there are objects that no branch names (the working tree as a commit), which git's
own collection takes away in time, and entries for our worktrees, which go together with them.
Refs, HEAD, index, stash, configuration and files stay untouched, and hooks are not run.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from perfproof.errors import MachineryError, UseError
from perfproof.measure.git import Ended, run_git

__all__ = ["Repository"]

_IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "perfproof"), ("EMAIL", "perfproof@localhost"))
}
_DEFAULT_BRANCHES = tuple(
    f"refs/{place}/{name}" for place in ("remotes/origin", "heads") for name in ("main", "master")
)
_NOT_OUR_FOLDERS = ":(exclude,glob)**/.perfproof/**"
_UNFIT = re.compile(r"[\x00-\x20\x7f]")
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_GITLINK = b"160000 commit "


class Repository:
    """The repository around a project.

    Attributes:
        project_root: The project's folder.
        top: The folder of the working tree that it stands in.
        inside: The way from there to the project.
    """

    def __init__(self, project_root: Path) -> None:
        """Find the repository.

        Raises:
            UseError: The folder is in no working tree, or git refuses to look at it.
        """
        self.project_root = project_root.resolve()
        found = run_git(self.project_root, "rev-parse", "--show-toplevel")
        if found.status != 0:
            raise UseError(
                f"is in no working tree of git ({found.complaint})",
                where=str(project_root),
                remedy="compare stored sessions instead, as in `perfproof compare FILE FILE`",
            )
        self.top = Path(found.line).resolve()
        self.inside = self.project_root.relative_to(self.top)

    def commit_of(self, ref: str) -> str:
        """The full hash that a ref names.

        Raises:
            UseError: No commit of that name, or a name that git could take for an option.
        """
        if not ref or ref.startswith("-") or _UNFIT.search(ref):
            raise UseError(f"{ref!r} is not a git ref", remedy="name a branch, a tag or a commit")
        found = self._hash(ref)
        if found is None:
            self._refuse_unborn()
            raise UseError(
                f"'{ref}' names no commit of this repository",
                remedy="name a branch, a tag or a commit; in CI, fetch with the whole history",
            )
        return found

    def default_base(self) -> str:
        """The merge base of HEAD with the default branch.

        Raises:
            UseError: There is no commit yet, no default branch is known, or no history is shared.
        """
        if self._hash("HEAD") is None:
            self._refuse_unborn()
        branch = self._default_branch()
        base = self._ask("merge-base", "HEAD", branch)
        if base is None:
            shallow = self._ask("rev-parse", "--is-shallow-repository") == "true"
            where = " in this shallow clone" if shallow else ""
            raise UseError(
                f"HEAD and {branch.split('/', 2)[2]} share no history{where}",
                remedy="name the base; in CI, fetch with the whole history",
            )
        return base

    def snapshot(self, scratch: Path) -> str:
        """The working tree as a commit: tracked files as they are, and new ones not ignored.

        Without a change it is the commit of HEAD. What was changed inside a submodule is part of
        it; a repository that merely lies in a folder is not.

        Args:
            scratch: A folder for an index that is not the user's.

        Raises:
            MachineryError: git cannot read a file, or cannot write its objects.
        """
        apart = {"GIT_INDEX_FILE": str(scratch / "index")}
        theirs = self.top / self._run("rev-parse", "--git-path", "index").line
        with contextlib.suppress(FileNotFoundError):
            # The user's index knows which files are unchanged or left out on purpose. Its time
            # goes with it: files as young as the index are those that git looks into again.
            shutil.copy2(theirs, scratch / "index")
        self._run("add", "--update", variables=apart)
        new = self._run(
            "ls-files", "--others", "--exclude-standard", "-z", "--", ".", _NOT_OUR_FOLDERS,
            variables=apart,
        )  # fmt: skip
        # Not `add --all`: that stumbles over a repository in a folder that has no commit, and takes
        # others for submodules. Here they are listed with a slash at their end, which is ignored.
        update = ("update-index", "--add", "--remove", "--replace", "-z", "--stdin")
        self._run(*update, feed=new.answer, variables=apart)
        tree = self._run("write-tree", variables=apart).line
        if changed := self._changed_submodules(tree, scratch):
            feed = "".join(f"160000 {commit}\t{path}\0" for path, commit in changed.items())
            self._run("update-index", "-z", "--index-info", feed=os.fsencode(feed), variables=apart)
            tree = self._run("write-tree", variables=apart).line
        return self._commit(tree)

    def ignored_sources(self) -> tuple[str, ...]:
        """Python files of the user's tree that git ignores, by path from its top.

        Builds write some (a ``_version.py``, say) that the package does not import without.
        """
        words = ("ls-files", "--others", "--ignored", "--exclude-standard", "-z")
        listed = self._run(*words, "--", "*.py", _NOT_OUR_FOLDERS).answer.split(b"\0")
        return tuple(os.fsdecode(each) for each in listed if each)

    def add_worktree(self, folder: Path, commit: str, *, hold: int | None = None) -> None:
        """Check ``commit`` out into ``folder``, which does not exist yet, without submodules.

        Raises:
            MachineryError: git cannot check it out.
        """
        self._run("worktree", "add", "--quiet", "--detach", str(folder), commit, hold=hold)

    def forget_worktree(self, folder: Path) -> None:
        """Make git forget a worktree whose files are gone."""
        # Only this one: `worktree prune` would also forget worktrees of the user's that stand on
        # a disk which is not mounted now. And only afterwards: git refuses what is damaged.
        run_git(self.top, "worktree", "remove", "--force", "--force", str(folder))

    def worktrees(self) -> tuple[Path, ...]:
        """The folders of all worktrees that git knows, also of those that are gone."""
        listed = self._run("worktree", "list", "--porcelain").answer.split(b"\n")
        return tuple(
            Path(os.fsdecode(line.removeprefix(b"worktree ")))
            for line in listed
            if line.startswith(b"worktree ")
        )

    def submodules(self, treeish: str) -> Iterator[tuple[str, str]]:
        """Path and commit of each that the user has filled; the others are empty there too."""
        for entry in self._run("ls-tree", "-r", "-z", "--full-tree", treeish).answer.split(b"\0"):
            if entry.startswith(_GITLINK):
                commit, path = os.fsdecode(entry.removeprefix(_GITLINK)).split("\t", 1)
                if (self.top / path / ".git").exists():
                    yield path, commit

    def export(self, commit: str, folder: Path) -> None:
        """Write the files of a commit into ``folder``, which git will know nothing of.

        Raises:
            UseError: The repository lacks the commit.
        """
        if self._hash(commit) is None:
            raise UseError(
                f"the commit {commit[:12]} is needed and not there",
                where=f"submodule {self.top.name}",
                remedy=f"fetch it, as in `git -C {self.top} fetch`",
            )
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            apart = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
            self._run("read-tree", commit, variables=apart)
            words = ("checkout-index", "--all", "--force", f"--prefix={folder}/")
            self._run(*words, variables=apart)

    def _changed_submodules(self, tree: str, scratch: Path) -> dict[str, str]:
        changed = {}
        for path, commit in self.submodules(tree):
            own = scratch / "submodule"
            own.mkdir()
            now = Repository(self.top / path).snapshot(own)
            shutil.rmtree(own)
            if now != commit:
                changed[path] = now
        return changed

    def _commit(self, tree: str) -> str:
        head = self._hash("HEAD")
        if head is not None and tree == self._run("rev-parse", f"{head}^{{tree}}").line:
            return head
        parents = () if head is None else ("-p", head)
        words = ("commit-tree", tree, *parents, "-m", "perfproof: the working tree")
        return self._run(*words, variables=_IDENTITY).line

    def _default_branch(self) -> str:
        remote = self._ask("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
        for branch in (remote, *_DEFAULT_BRANCHES):
            if branch and self._hash(branch):
                return branch
        raise UseError(
            "the default branch is not known (there is no origin/HEAD, main or master)",
            remedy="name the base, as in `perfproof compare v1.2`; in CI, fetch the whole history",
        )

    def _refuse_unborn(self) -> None:
        branch = self._ask("symbolic-ref", "--quiet", "--short", "HEAD")
        if branch is not None and self._hash("HEAD") is None:
            raise UseError(
                f"the branch '{branch}' has no commit yet",
                where=str(self.top),
                remedy="commit first, or name a base on another branch",
            )

    def _hash(self, ref: str) -> str | None:
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        found = self._ask(*words)
        # `^main` is a commit to git, and its answer is `^` and a hash.
        return found if found is not None and _HASH.fullmatch(found) else None

    def _ask(self, *words: str) -> str | None:
        ended = run_git(self.top, *words)
        return ended.line if ended.status == 0 else None

    def _run(
        self,
        *words: str,
        variables: Mapping[str, str] | None = None,
        feed: bytes = b"",
        hold: int | None = None,
    ) -> Ended:
        ended = run_git(self.top, *words, variables=variables, feed=feed, hold=hold)
        if ended.status != 0:
            complaint = ended.complaint or f"exit code {ended.status}"
            raise MachineryError(f"git {words[0]} failed: {complaint}", where=str(self.top))
        return ended
