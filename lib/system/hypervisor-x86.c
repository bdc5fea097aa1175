// SPDX-License-Identifier: MIT
#include "system/facts-private.h"

#include <cpuid.h>
#include <stdio.h>
#include <string.h>

#define HYPERVISOR_BIT (1u << 31) /* CPUID leaf 1, ecx: reserved for hypervisors to set */
#define HYPERVISOR_LEAF                                                                  \
	0x40000000u /* ebx, ecx, edx: its signature of twelve characters */

static const char *make_of(const char *signature)
{
	static const char *const makes[][2] = {
		{ "KVMKVMKVM", "kvm" },		 { "TCGTCGTCGTCG", "qemu-tcg" },
		{ "Microsoft Hv", "hyperv" },	 { "VMwareVMware", "vmware" },
		{ "XenVMMXenVMM", "xen" },	 { "VBoxVBoxVBox", "virtualbox" },
		{ "bhyve bhyve ", "bhyve" },	 { "ACRNACRNACRN", "acrn" },
		{ " lrpepyh  vr", "parallels" },
	};

	for (size_t i = 0; i < sizeof(makes) / sizeof(makes[0]); i++) {
		if (strcmp(signature, makes[i][0]) == 0)
			return makes[i][1];
	}
	return NULL;
}

bool _hypervisor(char *make, size_t size)
{
	unsigned int eax, ebx, ecx, edx, words[3];
	char signature[sizeof(words) + 1] = "";
	const char *known;

	make[0] = '\0';
	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & HYPERVISOR_BIT))
		return false;
	__cpuid(HYPERVISOR_LEAF, eax, words[0], words[1], words[2]);
	memcpy(signature, words, sizeof(words));
	known = make_of(signature);
	/* An unknown signature stands for itself, as far as it can be printed. */
	for (char *s = signature; *s; s++) {
		if (*s < ' ' || *s > '~')
			*s = '?';
	}
	snprintf(make, size, "%s", known ? known : signature);
	return true;
}
