/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_JSON_ASCII_H
#define PINLAT_RUNNER_JSON_ASCII_H

#include <stdio.h>

#include <json-c/json.h>

/**
 * Prints object @root: a line a member, of arrays a line an element, so that diff(1) tells them
 * apart. Its keys are plain ASCII. What is printed is ASCII alone: some characters beyond it move a terminal's cursor
 * or turn the direction of writing, and outside of strings JSON has none. Strings in @root are
 * UTF-8. Returns 0 or -ENOMEM.
 */
int print_json(FILE *out, json_object *root);

#endif
