/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MOCK_PARAMS_H
#define MOCK_PARAMS_H

#include <linux/types.h>

/* What invalidation does to a userptr object. */
enum mock_notifier {
	NOTIFIER_WAIT, /* waits; pins stay until the next submission: 5.12 and later */
	NOTIFIER_WAIT_RELEASE, /* waits and unpins: i915 of 2020 */
};

/* How userptr takes pages. */
enum mock_pages {
	PAGES_PIN, /* pin_user_pages_fast(): 5.8 and later */
	PAGES_GET, /* get_user_pages_fast(), which nobody can tell from a read() */
};

/* What a hang ends in, as i915's own parameter has it. */
enum mock_reset {
	RESET_NONE,   /* the GPU is wedged */
	RESET_GPU,    /* all engines are reset */
	RESET_ENGINE, /* the one that hangs is reset */
};

extern unsigned int mock_chipset_id;
extern unsigned int mock_batch_us;
extern unsigned int mock_dword_ps;
extern bool mock_userptr;
extern unsigned int mock_reset;

enum mock_notifier mock_notifier(void);
enum mock_pages mock_pages(void);

/* Whether the next request is the one that shall hang. */
bool mock_inject_hang(void);

/* 0, or the error that the next execbuf shall fail with. */
int mock_inject_error(void);

#endif
