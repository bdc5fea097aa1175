// SPDX-License-Identifier: MIT
/*
 * `pinlat ab`: reads what is asked for, and leaves the work to the script pinlat-ab (ab.sh), whose
 * process it becomes: most of it is calling boot loaders and systemd.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message.h"
#include "pinlat.h"
#include "system/alloc.h"
#include "system/units.h"

struct ab_command {
	const char *output, *loader;
	uint64_t boots, seed, settle;
	bool go_on, stop, status;
};

/* clang-format off */
static const struct option_row rows[] = {
	{ .name = "boots", .argument = "N", .standard = "6",
	  .help = "boots of each kernel, 1 to 1000",
	  .wanted = "a whole number from 1 to 1000",
	  .field = offsetof(struct ab_command, boots), .parse = parse_u64, .least = 1, .most = 1000 },
	{ .name = "output", .letter = 'o', .argument = "DIR", .flags = OPTION_DIRECTORY,
	  .standard = "/var/lib/pinlat/ab",
	  .help = "where the records go: DIR/KERNEL/boot-N",
	  .more = "Boots that are there already are not measured again.", .wanted = "a directory",
	  .field = offsetof(struct ab_command, output) },
	{ .name = "loader", .argument = "NAME", .standard = "auto",
	  .words = "auto,grub,systemd-boot,efi,kexec",
	  .help = "what boots a kernel once",
	  .more = "auto: GRUB (grub-reboot), else systemd-boot (bootctl set-oneshot), else kexec, which starts the kernel without the firmware. efi is the firmware itself (efibootmgr -n), by the label of its entry.",
	  .field = offsetof(struct ab_command, loader) },
	{ .name = "seed", .argument = "N", .standard = "1",
	  .help = "seed of the order in each round, and of the runs",
	  .wanted = "a whole number below 2^31", .field = offsetof(struct ab_command, seed),
	  .parse = parse_u64, .most = INT32_MAX },
	{ .name = "settle", .argument = "SECONDS", .standard = "60",
	  .help = "how long a machine that came up is left alone before it measures",
	  .wanted = "a whole number of seconds, at most a day",
	  .field = offsetof(struct ab_command, settle), .parse = parse_u64, .most = 86400 },
	{ .name = "status", .help = "say which boots are measured",
	  .field = offsetof(struct ab_command, status) },
	{ .name = "stop", .help = "end it now; the default kernel is what boots next",
	  .field = offsetof(struct ab_command, stop) },
	{ .name = "go-on", .help = "measure this boot and boot the next kernel: what the service calls",
	  .field = offsetof(struct ab_command, go_on) },
	{ 0 },
};
/* clang-format on */

/* KERNEL or NAME=KERNEL, of characters that mean nothing to a shell or a boot loader. */
static void check_kernel(const char *text)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";
	const char *release = strchr(text, '=');
	size_t label = strspn(text, allowed);

	release = release ? release + 1 : text;
	if (label == 0 || label > 64 || strchr("._+-", *text) ||
	    (text[label] != '=' && text[label] != '\0') || !*release ||
	    release[strspn(release, allowed)])
		usage_error(
			"ab: \"%s\" is no kernel: give its release, as `uname -r` prints it, or NAME=RELEASE",
			text);
}

static void check_kernels(char *const *kernel, int n)
{
	if (n < 2)
		usage_error(
			"ab: which kernels? Give two or more; see `pinlat ab --help`");
	for (int i = 0; i < n; i++) {
		size_t label = strcspn(kernel[i], "=");

		check_kernel(kernel[i]);
		for (int j = 0; j < i; j++)
			if (strcspn(kernel[j], "=") == label &&
			    strncmp(kernel[i], kernel[j], label) == 0)
				usage_error(
					"ab: two kernels are called %.*s: give one another name (NAME=RELEASE)",
					(int)label, kernel[i]);
	}
}

/* The script beside the command, as built, or with the test, as installed. */
static int find_script(char *path, size_t size, char *self, size_t self_size)
{
	static const char *const beside[] = { "pinlat-ab",
					      PINLAT_TESTS_FROM_BIN "/pinlat-ab" };
	ssize_t n = readlink("/proc/self/exe", self, self_size - 1);
	const char *slash;

	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	for (size_t i = 0; i < 2 && slash; i++)
		if (snprintf(path, size, "%.*s/%s", (int)(slash - self), self,
			     beside[i]) < (int)size &&
		    access(path, X_OK) == 0)
			return 0;
	complain("%s: its script pinlat-ab is not there; install pinlat anew", self);
	return -ENOENT;
}

/* Becomes the script. @words are ended by NULL; the first is for its path. */
static int become(const char **words)
{
	char path[PATH_MAX], self[PATH_MAX];

	if (find_script(path, sizeof(path), self, sizeof(self)) < 0)
		return PINLAT_FAILED;
	words[0] = path;
	setenv("PINLAT", self, 1);
	execv(path, (char *const *)words);
	complain("%s: cannot be started: %s", path, strerror(errno));
	return PINLAT_FAILED;
}

static int start(const struct ab_command *o, char *const *kernel, int kernels,
		 char *const *option, int options)
{
	const char **words = xcalloc((size_t)(kernels + options) + 9, sizeof(*words));
	char number[3][24];
	int n = 7;

	check_kernels(kernel, kernels);
	for (int i = 0; i < options; i++)
		if (strchr(option[i], '\n'))
			usage_error("ab: an option of a run may not have several lines");
	snprintf(number[0], sizeof(number[0]), "%" PRIu64, o->boots);
	snprintf(number[1], sizeof(number[1]), "%" PRIu64, o->seed);
	snprintf(number[2], sizeof(number[2]), "%" PRIu64, o->settle);
	memcpy(words + 1,
	       (const char *[]){ "start", o->output, number[0], o->loader, number[1],
				 number[2] },
	       6 * sizeof(*words));
	for (int i = 0; i < kernels; i++)
		words[n++] = kernel[i];
	words[n++] = "--";
	for (int i = 0; i < options; i++)
		words[n++] = option[i];
	n = become(words);
	free(words);
	return n;
}

static int pinlat_ab(int argc, char **argv)
{
	struct ab_command o = { .boots = 6,
				.output = "/var/lib/pinlat/ab",
				.loader = "auto",
				.seed = 1,
				.settle = 60 };
	const char *words[] = { NULL, NULL, NULL };
	int all = argc;

	/* What stands after -- is for `pinlat run`: getopt would mix it with the kernels. */
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			argc = i;
	parse_options(&ab_page, &o, argc, argv);
	if (o.status + o.stop + o.go_on == 0)
		return start(&o, argv + optind, argc - optind, argv + argc + (argc < all),
			     all - argc - (argc < all));
	if (o.status + o.stop + o.go_on > 1 || optind < argc || argc < all)
		usage_error("ab: --status, --stop and --go-on stand alone");
	words[1] = o.status ? "status" : o.stop ? "stop" : "go-on";
	return become(words);
}

const struct option_page ab_page = {
	.name = "ab",
	.what = "boot installed kernels in turn on this machine, and measure each",
	.usage = "pinlat ab [OPTION]... KERNEL KERNEL... [-- OPTION-OF-RUN...]\n"
		 "       pinlat ab --status | --stop",
	.about =
		"Boots two or more installed kernels in turn, each --boots times, and measures after each\n"
		"boot. It reboots this machine, at once and many times. In each round every kernel\n"
		"is booted once, in a random order. KERNEL is a release as `uname -r` prints it, or\n"
		"NAME=RELEASE. The boot loader boots each entry once, so a kernel that does not come up\n"
		"is followed by the default one. A systemd unit goes on after each boot; at the end it is\n"
		"removed and the default kernel boots.\n",
	.notes = "Exit status: 0 ok, 2 bad usage, 3 this machine cannot do it.\n",
	.operands = true,
	.table = { { .rows = rows } },
	.main = pinlat_ab,
};
