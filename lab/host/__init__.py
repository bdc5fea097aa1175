# SPDX-License-Identifier: MIT
"""The lab's side on this machine: packages, kernels, guests."""
