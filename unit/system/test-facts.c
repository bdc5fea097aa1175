// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

#include "system/facts.c" /* for what is static there: NOLINT(bugprone-suspicious-include) */
#include "tree.h"

static void preemption(void **state)
{
	static const struct {
		const char *version, *debugfs, *cmdline, *config, *model;
	} examples[] = {
#define DYNAMIC "#1 SMP PREEMPT_DYNAMIC Thu Jan 1"
		{ "#1 SMP PREEMPT_RT Thu Jan 1", "(full) lazy", "", "full", "rt" },
		{ DYNAMIC, "none voluntary (full) lazy", "preempt=none", "lazy", "full" },
		{ DYNAMIC, "none voluntary full (lazy)", "", "", "lazy" },
		{ DYNAMIC, "", "quiet preempt=voluntary", "full", "voluntary" },
		{ DYNAMIC, "", "preempt=none preempt=full", "", "full" },
		{ DYNAMIC, "", "preempt=full preempt=bogus", "", "full" },
		{ DYNAMIC, "", "xpreempt=full preempt= preempt=fullest", "none", "none" },
		{ DYNAMIC, "none voluntary full", "", "voluntary", "voluntary" },
		{ DYNAMIC, "", "", "", "dynamic" },
		/* The others do not heed their command line. */
		{ "#1 SMP PREEMPT Thu Jan 1", "", "preempt=none", "", "full" },
		{ "#1 SMP PREEMPT_LAZY Thu Jan 1", "", "", "", "lazy" },
		{ "#1 PREEMPT", "", "", "", "full" },
		{ "#1 SMP Thu Jan 1", "", "preempt=full", "voluntary", "voluntary" },
		{ "#1 SMP Thu Jan 1", "", "", "", "" },
		{ "#1 SMP XPREEMPT PREEMPTION PREEMPT_RTX", "", "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		char model[32];

		preempt_model(examples[i].version, examples[i].debugfs,
			      examples[i].cmdline, examples[i].config, model,
			      sizeof(model));
		if (strcmp(model, examples[i].model) != 0)
			fail_msg("%zu: \"%s\", not \"%s\"", i, model, examples[i].model);
	}
}

static const char config_text[] = "#\n# Automatically generated file\n#\n"
				  "CONFIG_PREEMPT_BUILD=y\n"
				  "# CONFIG_PREEMPT_NONE is not set\n"
				  "CONFIG_PREEMPT_VOLUNTARY=y\n"
				  "CONFIG_PREEMPT_COUNT=y\n";

static void config_plain_and_compressed(void **state)
{
	uint32_t crc =
		(uint32_t)crc32(0, (const Bytef *)config_text, sizeof(config_text) - 1);
	struct kernel_config config;
	gzFile gz;

	(void)state;
	tree_write(&tree, "config", config_text);
	assert_int_equal(kernel_config_read(tree_path(&tree, "config"), &config), 0);
	assert_int_equal(config.crc32, crc);
	assert_string_equal(config.preempt, "voluntary");

	gz = gzopen(tree_path(&tree, "config.gz"), "w");
	assert_non_null(gz);
	assert_int_equal(gzputs(gz, config_text), sizeof(config_text) - 1);
	assert_int_equal(gzclose(gz), Z_OK);
	assert_int_equal(kernel_config_read(tree_path(&tree, "config.gz"), &config), 0);
	assert_int_equal(config.crc32, crc);
	assert_string_equal(config.preempt, "voluntary");
}

static void config_choices(void **state)
{
	static const char *const examples[][2] = {
		{ "CONFIG_PREEMPT_NONE=y\n", "none" },
		{ "CONFIG_PREEMPT=y\n", "full" },
		{ "CONFIG_PREEMPT_LAZY=y\n", "lazy" },
		{ "CONFIG_PREEMPT_LAZY=y\nCONFIG_PREEMPT_RT=y\n", "rt" },
		{ "CONFIG_PREEMPT_RT=y\nCONFIG_PREEMPT=y\n", "rt" },
		{ "CONFIG_PREEMPT=m\nCONFIG_PREEMPT_RCU=y\n", "" },
		{ "123456789", "" },
	};
	struct kernel_config config;

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		tree_write(&tree, "config", examples[i][0]);
		assert_int_equal(kernel_config_read(tree_path(&tree, "config"), &config),
				 0);
		assert_string_equal(config.preempt, examples[i][1]);
	}
	assert_int_equal(config.crc32, 0xcbf43926); /* the check value of CRC-32 */
}

static void config_broken(void **state)
{
	struct kernel_config config;
	gzFile gz;
	FILE *f;

	(void)state;
	assert_int_equal(kernel_config_read(tree_path(&tree, "none"), &config), -ENOENT);
	gz = gzopen(tree_path(&tree, "cut.gz"), "w");
	assert_non_null(gz);
	gzputs(gz, config_text);
	gzclose(gz);
	/* The checksum stands eight bytes before the end. */
	f = fopen(tree_path(&tree, "cut.gz"), "r+e");
	assert_non_null(f);
	assert_int_equal(fseek(f, -8, SEEK_END), 0);
	assert_int_equal(fwrite("wrong", 4, 1, f), 1);
	fclose(f);
	assert_int_equal(kernel_config_read(tree_path(&tree, "cut.gz"), &config), -EIO);
	assert_int_equal(truncate(tree_path(&tree, "cut.gz"), 40), 0);
	assert_int_equal(kernel_config_read(tree_path(&tree, "cut.gz"), &config), -EIO);
}

static void swaps(void **state)
{
	static const char one[] = "Filename\tType\tSize\tUsed\tPriority\n"
				  "/dev/zram0   partition\t1048576\t0\t-2\n"
				  "/var/my\\040swap   file\t16380\t0\t-3\n"
				  "cut\n";
	static const char many[] = "Filename\tType\tSize\tUsed\tPriority\n"
				   "/dev/a partition 1 0 -2\n"
				   "/dev/b partition 1 0 -3\n"
				   "/dev/c partition 1 0 -4\n";
	char buf[128] = "before", small[16];

	(void)state;
	tree_write(&tree, "swaps", one);
	swaps_summary(tree_path(&tree, "swaps"), buf, sizeof(buf));
	assert_string_equal(buf, "/dev/zram0 partition 1G; /var/my swap file 16M");
	tree_write(&tree, "swaps", "Filename\tType\tSize\tUsed\tPriority\n");
	swaps_summary(tree_path(&tree, "swaps"), buf, sizeof(buf));
	assert_string_equal(buf, "");
	swaps_summary(tree_path(&tree, "none"), buf, sizeof(buf));
	assert_string_equal(buf, "");
	tree_write(&tree, "swaps", many);
	swaps_summary(tree_path(&tree, "swaps"), small, sizeof(small));
	assert_string_equal(small, "/dev/a partitio");
}

static void each_mitigation(void **state)
{
	char buf[128] = "before", small[24];

	(void)state;
	tree_write(&tree, "v/spectre_v2", "Mitigation: Retpolines; BHI: Not affected\n");
	tree_write(&tree, "v/meltdown", "Not affected\n");
	tree_write(&tree, "v/mds", "Vulnerable\n");
	mitigations(tree_path(&tree, "v"), buf, sizeof(buf));
	assert_string_equal(
		buf,
		"mds: Vulnerable; spectre_v2: Mitigation: Retpolines; BHI: Not affected");
	mitigations(tree_path(&tree, "v"), small, sizeof(small));
	assert_string_equal(small, "mds: Vulnerable; spectr");
	mitigations(tree_path(&tree, "none"), buf, sizeof(buf));
	assert_string_equal(buf, "");
}

static void os_release(void **state)
{
	static const char text[] =
		"NAME=\"Debian GNU/Linux\"\nPRETTY_NAME=\"Debian 12 (x)\"\n"
		"ID=debian\nSINGLE='a b'\nEMPTY=\nBROKEN=\"a\nLAST=end";
	char buf[64];

	(void)state;
	os_release_value(text, "PRETTY_NAME", buf, sizeof(buf));
	assert_string_equal(buf, "Debian 12 (x)");
	os_release_value(text, "ID", buf, sizeof(buf));
	assert_string_equal(buf, "debian");
	os_release_value(text, "SINGLE", buf, sizeof(buf));
	assert_string_equal(buf, "a b");
	os_release_value(text, "EMPTY", buf, sizeof(buf));
	assert_string_equal(buf, "");
	os_release_value(text, "BROKEN", buf, sizeof(buf));
	assert_string_equal(buf, "\"a");
	os_release_value(text, "LAST", buf, sizeof(buf));
	assert_string_equal(buf, "end");
	os_release_value(text, "VERSION", buf, sizeof(buf));
	assert_string_equal(buf, "");
}

static void machine_id(void **state)
{
	char text[32], other[32];

	(void)state;
	tree_write(&tree, "machine-id", "a\n");
	machine_hash(tree_path(&tree, "machine-id"), text, sizeof(text));
	/* FNV-1a of "pinlat.record a": records of one machine agree for ever. */
	assert_string_equal(text, "f2922721e6f1087b");
	tree_write(&tree, "machine-id", "b\n");
	machine_hash(tree_path(&tree, "machine-id"), other, sizeof(other));
	assert_string_not_equal(text, other);
	machine_hash(tree_path(&tree, "no-machine-id"), text, sizeof(text));
	assert_string_equal(text, "");
}

/* What any Linux tells. The rest is printed, for people to look at. */
static void this_machine(void **state)
{
	static struct facts f;
	struct utsname u;
	int memcg = memcg_version(NULL, 0);

	(void)state;
	memset(&f, 0x5a, sizeof(f));
	facts_collect(&f);
	assert_int_equal(uname(&u), 0);
	assert_string_equal(f.release, u.release);
	assert_string_equal(f.version, u.version);
	assert_string_equal(f.machine, u.machine);
	assert_int_equal(strlen(f.boot_id), 36);
	assert_int_equal(f.cpus_online, sysconf(_SC_NPROCESSORS_ONLN));
	assert_true(f.memory_total > 0);
	assert_true(f.swap_free <= f.swap_total);
	assert_in_range(f.swappiness, 0, 200);
	assert_true(f.min_free_kbytes > 0);
	assert_int_equal(f.memcg_version, memcg > 0 ? memcg : 0);
	assert_true(f.virtual_machine || f.hypervisor[0] == '\0');
	assert_true(f.config_hash[0] == '\0' || strlen(f.config_hash) == 8);
	print_message(
		"preempt %s, config %s, tainted %s\ncpu %s, microcode %s, governor %s, nodes %u\nmitigations %s\nswaps \"%s\", thp %s, defrag %s, lru_gen %s\n"
		"virtual %d (%s), product %s, %s, io_uring %s\n",
		f.preempt, f.config_hash, f.tainted, f.cpu_model, f.microcode, f.governor,
		f.numa_nodes, f.mitigations, f.swaps, f.thp_enabled, f.thp_defrag,
		f.lru_gen, f.virtual_machine, f.hypervisor, f.product, f.distribution,
		f.io_uring_disabled ? "disabled" : "enabled");
}

/* What a record says of the size of a huge page alone. */
static const char *size_choice(const char *directory)
{
	static char choice[32];
	char path[2 * PATH_MAX];

	thp_size_choice(directory, path, sizeof(path), choice, sizeof(choice));
	return choice;
}

/* One switch after the other that is in the way of who asks for huge pages. */
static void huge_pages(void **state)
{
	char name[64], why[100], todo[200];
	const char *root = tree_path(&tree, "thp");
	char thp[PATH_MAX];

	(void)state;
	snprintf(thp, sizeof(thp), "%s", root);
	assert_string_equal(size_choice(thp), "");
#define POSSIBLE(disabled)                                                               \
	thp_allowed(thp, disabled, why, sizeof(why), todo, sizeof(todo))
	assert_false(POSSIBLE(0));
	assert_non_null(strstr(why, "this kernel has no"));
	tree_mkdir(&tree, "thp");
	tree_write(&tree, "thp/enabled", "always madvise [never]\n");
	assert_false(POSSIBLE(0));
	assert_non_null(strstr(todo, "thp/enabled"));
	tree_write(&tree, "thp/enabled", "always [madvise] never\n");
	assert_true(POSSIBLE(0));
	/* Since Linux 6.18 a process may go without, but for what asks for them. */
	assert_true(POSSIBLE(3));
	assert_false(POSSIBLE(1));
	assert_non_null(strstr(why, "PR_SET_THP_DISABLE"));
	snprintf(name, sizeof(name), "thp/hugepages-%llukB",
		 (unsigned long long)(huge_page_size() / KIB));
	tree_mkdir(&tree, name);
	strcat(name, "/enabled");
	tree_write(&tree, name, "always inherit madvise [never]\n");
	assert_false(POSSIBLE(0));
	assert_non_null(strstr(todo, name));
	assert_string_equal(size_choice(thp), "never");
	tree_write(&tree, name, "always [inherit] madvise never\n");
	assert_string_equal(size_choice(thp), "inherit");
	assert_true(POSSIBLE(0));
	tree_write(&tree, "thp/enabled", "always madvise [never]\n");
	assert_false(POSSIBLE(0));
	tree_write(&tree, name, "always inherit [madvise] never\n");
	assert_true(POSSIBLE(0));
#undef POSSIBLE
}

static void cmdline_without_init(void **state)
{
	static const char *const examples[][2] = {
		{ "", "" },
		{ "quiet preempt=full", "quiet preempt=full" },
		{ "ro init=/bin/sh  psi=1", "ro psi=1" },
		{ "rdinit=/start psi=1 -- --listen 1 preempt=none", "psi=1" },
		{ "-- only for init", "" },
		{ "panic=-1 reinit=1", "panic=-1 reinit=1" },
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		snprintf(text, sizeof(text), "%s", examples[i][0]);
		kernel_cmdline(text);
		assert_string_equal(text, examples[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(preemption),
		cmocka_unit_test(cmdline_without_init),
		cmocka_unit_test(config_plain_and_compressed),
		cmocka_unit_test(config_choices),
		cmocka_unit_test(config_broken),
		cmocka_unit_test(swaps),
		cmocka_unit_test(each_mitigation),
		cmocka_unit_test(os_release),
		cmocka_unit_test(machine_id),
		cmocka_unit_test(this_machine),
		cmocka_unit_test(huge_pages),
	};

	return cmocka_run_group_tests(tests, tree_setup, tree_teardown);
}
