# SPDX-License-Identifier: MIT
"""What a kernel's messages say about how a guest ended."""
import re

# QEMU's own mistake, not the kernel's: README, "A guest".
INT3 = 'oops: int3'

# Each with the word for it; the first that is found counts.
ENDS = [
    (INT3, re.compile(r'\bOops: int3')),
    ('hang', re.compile(r'blocked for more than \d+ seconds|soft lockup|hard LOCKUP|'
                        r'rcu: .*(self-)?detected stall')),
    ('oops', re.compile(r'\bOops\b|general protection fault|BUG: (?!KASAN)|kernel BUG at|'
                        r'unable to handle')),
    ('panic', re.compile(r'Kernel panic')),
]

# What a sound driver never makes the kernel say, though it goes on.
COMPLAINT = re.compile(r'WARNING: |BUG: |\bOops\b|INFO: (?:possible|task|rcu)|KASAN|UBSAN|'
                       r'kmemleak: \d+ new|possible circular|suspicious RCU|'
                       r'Bad page|refcount_t|list_(?:add|del) corruption|scheduling while atomic')


def end_of(text):
    """INT3, 'hang', 'oops', 'panic', or None: the kernel was well."""
    for word, pattern in ENDS:
        if pattern.search(text):
            return word
    return None


def complaints(text):
    """The lines that are complaints."""
    return [line for line in text.splitlines() if COMPLAINT.search(line)]
