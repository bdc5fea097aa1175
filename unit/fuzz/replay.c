// SPDX-License-Identifier: MIT
/* Runs a fuzzer's entry point on every file of the directories given, without libFuzzer. */
#include "fuzz.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "system/cleanup.h"

static void replay_file(const char *path)
{
	CLEANUP_FCLOSE FILE *f = fopen(path, "rb");
	CLEANUP_FREE uint8_t *data = NULL;
	struct stat st;

	MUST(f && fstat(fileno(f), &st) == 0);
	/* No spare byte: a sanitizer sees who reads beyond the end. */
	data = malloc((size_t)st.st_size);
	MUST(data || st.st_size == 0);
	MUST(fread(data, 1, (size_t)st.st_size, f) == (size_t)st.st_size);
	LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
}

static size_t replay_directory(const char *directory)
{
	CLEANUP_CLOSEDIR DIR *d = opendir(directory);
	const struct dirent *entry;
	size_t n = 0;

	MUST(d);
	while ((entry = readdir(d))) {
		char path[4096];

		if (*entry->d_name == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		printf("%s\n", path);
		fflush(stdout); /* which one it was, if it crashes */
		replay_file(path);
		n++;
	}
	return n;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		MUST(replay_directory(argv[i]) > 0);
	return argc > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
