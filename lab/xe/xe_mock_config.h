/* SPDX-License-Identifier: GPL-2.0 */
/* Options of Debian's kernel that the mock does without, included before all else. */

/* Display code is that of i915, and there is nothing to show. */
#undef CONFIG_DRM_XE_DISPLAY
