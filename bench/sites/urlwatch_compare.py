#!/usr/bin/python3
"""urlwatch (Debian) on the same recorded fetches, through its own JobState: load the old data, take the new, compare, and
make the difference where they differ, as its worker does. The network and the SQLite cache are left out, in its favour.

usage: urlwatch_compare.py FOLDER   (FOLDER/<page>/<nn>.html)"""
import os
import sys
import time

from urlwatch.handler import JobState
from urlwatch.jobs import ShellJob

LEARN = 8
DIFF_PAGES = 60


class Memory:
    def __init__(self):
        self.data = {}

    def load(self, job, guid):
        return self.data.get(guid), 0, 0, ''

    def save(self, job, guid, data, timestamp, tries, etag):
        self.data[guid] = data


class Recorded(ShellJob):
    body = ''

    def retrieve(self, job_state):
        return self.body


def main():
    folder = sys.argv[1]
    pages = []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if os.path.isdir(path):
            pages.append([open(os.path.join(path, file), encoding='utf-8', errors='replace').read()
                          for file in sorted(os.listdir(path))])
    cache = Memory()
    changes = alarms = compares = 0
    seconds = 0.0
    diffs, diff_seconds = 0, 0.0
    for number, fetches in enumerate(pages):
        for i, body in enumerate(fetches):
            job = Recorded(command='page %d' % number, body=body)
            job.body = body
            start = time.perf_counter()
            state = JobState(cache, job)
            state.process()
            changed = state.old_data is not None and state.old_data != state.new_data
            state.save()
            seconds += time.perf_counter() - start
            compares += 1
            if i >= LEARN and fetches[i] != fetches[i - 1]:
                changes += 1
                alarms += 1 if changed else 0
            if changed and diffs < DIFF_PAGES and i == len(fetches) - 1:
                start = time.perf_counter()
                state.get_diff()
                diff_seconds += time.perf_counter() - start
                diffs += 1
    print('\n### urlwatch (Debian) on the same files\n')
    print('%d of %d changes alarm (%.0f per 1,000). Compares: %.0f pages a minute; with the difference it reports for '
          'each changed page (%d measured): %.0f pages a minute.'
          % (alarms, changes, 1000.0 * alarms / max(1, changes), compares / seconds * 60, diffs,
             60.0 / (seconds / compares + diff_seconds / max(1, diffs))))


if __name__ == '__main__':
    main()
