# SPDX-License-Identifier: MIT
"""Makes a C header of a style sheet: embed.py style.css style.h"""
import re
import sys

with open(sys.argv[1], encoding="utf-8") as f:
    css = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
lines = [line.strip() for line in css.split("\n") if line.strip()]
with open(sys.argv[2], "w", encoding="utf-8") as f:
    f.write("static const char html_style[] =\n")
    for line in lines:
        escaped = line.replace("\\", "\\\\").replace('"', '\\"')
        f.write(f'\t"{escaped}\\n"\n')
    f.write(";\n")
