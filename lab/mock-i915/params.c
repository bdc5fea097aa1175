// SPDX-License-Identifier: GPL-2.0
/* Module parameters. Those with mode 0644 may be changed at any time. */

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "params.h"

unsigned int mock_chipset_id = 0x3185;
module_param_named(chipset_id, mock_chipset_id, uint, 0444);
MODULE_PARM_DESC(
	chipset_id,
	"PCI device id of the GPU: 0xa011, 0x0166, 0x3185 (default), 0x9a49, 0x46a6, 0x56a0");

unsigned int mock_batch_us;
module_param_named(batch_us, mock_batch_us, uint, 0644);
MODULE_PARM_DESC(
	batch_us,
	"how long every request takes, in us; 0 (default): as its batch is long");

unsigned int mock_dword_ps = 4000;
module_param_named(dword_ps, mock_dword_ps, uint, 0644);
MODULE_PARM_DESC(
	dword_ps,
	"what four bytes of a batch take, in ps, if batch_us is 0 (default 4000)");

bool mock_userptr = true;
module_param_named(userptr, mock_userptr, bool, 0644);
MODULE_PARM_DESC(userptr, "whether the GPU can have userptr objects (default Y)");

unsigned int mock_reset = RESET_ENGINE;
module_param_named(reset, mock_reset, uint, 0644);
MODULE_PARM_DESC(
	reset,
	"after a hang: 0 the GPU is wedged, 1 it is reset, 2 (default) its engine is reset");

/* A parameter that is one of some words. */
struct choice {
	const char *const *words;
	unsigned int value;
};

static const char *const notifier_words[] = {
	[NOTIFIER_WAIT] = "wait", [NOTIFIER_WAIT_RELEASE] = "wait-release", NULL
};

static const char *const pages_words[] = {
	[PAGES_PIN] = "pin", [PAGES_GET] = "get", NULL
};

static struct choice notifier = { .words = notifier_words };
static struct choice pages = { .words = pages_words };

static int choice_set(const char *text, const struct kernel_param *kp)
{
	struct choice *choice = kp->arg;
	int i;

	for (i = 0; choice->words[i]; i++) {
		if (sysfs_streq(text, choice->words[i])) {
			WRITE_ONCE(choice->value, i);
			return 0;
		}
	}
	return -EINVAL;
}

static int choice_get(char *buffer, const struct kernel_param *kp)
{
	const struct choice *choice = kp->arg;

	return sysfs_emit(buffer, "%s\n", choice->words[READ_ONCE(choice->value)]);
}

static const struct kernel_param_ops choice_ops = {
	.set = choice_set,
	.get = choice_get,
};

module_param_cb(notifier, &choice_ops, &notifier, 0644);
MODULE_PARM_DESC(
	notifier,
	"when memory of a userptr object is unmapped: wait (default) for the GPU, or wait-release");

module_param_cb(pages, &choice_ops, &pages, 0644);
MODULE_PARM_DESC(pages,
		 "how userptr takes pages: pin (default) as of 5.8, or get as before");

enum mock_notifier mock_notifier(void)
{
	return READ_ONCE(notifier.value);
}

enum mock_pages mock_pages(void)
{
	return READ_ONCE(pages.value);
}

/* Requests until the one that hangs, and 0: none will. */
static atomic_t hang = ATOMIC_INIT(0);

static int hang_set(const char *text, const struct kernel_param *kp)
{
	unsigned int requests;
	int ret = kstrtouint(text, 0, &requests);

	if (!ret && requests > INT_MAX)
		ret = -ERANGE;
	if (!ret)
		atomic_set(&hang, requests);
	return ret;
}

static int hang_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", atomic_read(&hang));
}

static const struct kernel_param_ops hang_ops = {
	.set = hang_set,
	.get = hang_get,
};

module_param_cb(hang, &hang_ops, NULL, 0644);
MODULE_PARM_DESC(hang,
		 "the GPU hangs on the so-manieth request from now; 0 (default): never");

bool mock_inject_hang(void)
{
	return atomic_read(&hang) && atomic_dec_if_positive(&hang) == 0;
}

static unsigned int error_every;
module_param_named(error_rate, error_every, uint, 0644);
MODULE_PARM_DESC(error_rate, "one execbuf of so many fails; 0 (default): none");

static unsigned int error_code = EIO;
module_param(error_code, uint, 0644);
MODULE_PARM_DESC(error_code, "what it fails with, an errno (default EIO)");

int mock_inject_error(void)
{
	static atomic_t execbufs = ATOMIC_INIT(0);
	unsigned int every = READ_ONCE(error_every);
	unsigned int code = READ_ONCE(error_code);

	if (!every || !code || code > MAX_ERRNO)
		return 0;
	return (u32)atomic_inc_return(&execbufs) % every ? 0 : -code;
}
