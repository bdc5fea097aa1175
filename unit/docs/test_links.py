# SPDX-License-Identifier: MIT
"""
Every link of a page to a file of ours, and to a heading in it, leads somewhere; folders know what
docs/architecture.md says; and the rules of the house are kept (unit/house/check.py).
"""
import fnmatch
import json
import os
import pathlib
import re
import unittest
import xml.dom.minidom
from urllib.parse import unquote

from house import check

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r'(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)|'
                  r'\b(?:src|srcset|href)="([^"]+)"')


def pages():
    folders = [ROOT, ROOT / 'docs', ROOT / 'lab', ROOT / 'results', ROOT / 'unit']
    found = {page for folder in folders for page in folder.glob('*.md')}
    return sorted(found | set((ROOT / 'unit').glob('*/*.md')))


def prose(page):
    """Without what is shown as typed or printed."""
    text = re.sub(r'^```.*?^```', '', page.read_text(encoding='utf-8'), flags=re.M | re.S)
    return re.sub(r'`[^`\n]*`', '', text)


def anchors(page):
    """What GitHub makes of a page's headings."""
    headings = re.findall(r'^#+ (.*)$', page.read_text(encoding='utf-8'), re.MULTILINE)
    return {re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-') for heading in headings}


class Links(unittest.TestCase):
    def test_links(self):
        self.assertGreater(len(pages()), 8)
        count = 0
        for page in pages():
            for match in LINK.findall(prose(page)):
                link = ''.join(match)
                if re.match(r'[a-z]+:', link):
                    continue
                count += 1
                path, _, anchor = unquote(link).partition('#')
                target = (page.parent / path) if path else page
                self.assertTrue(target.exists(), f'{page}: {link}')
                if anchor:
                    self.assertIn(anchor, anchors(target), f'{page}: {link}')
        self.assertGreater(count, 15)

    @unittest.skipUnless('BUILD' in os.environ, 'a sanitizer leaves tests out')
    def test_named_tests_exist(self):
        """A claim is as good as the command beside it."""
        path = pathlib.Path(os.environ['BUILD']) / 'meson-info/intro-tests.json'
        tests = [t['name'] for t in json.loads(path.read_text(encoding='utf-8'))]
        named = [(page, quoted or word) for page in pages() for quoted, word in re.findall(
            r"meson test -C build (?:'([^']+)'|([^\s`-][^\s`]*))",
            page.read_text(encoding='utf-8'))]
        self.assertGreater(len(named), 10)
        for page, name in named:
            self.assertTrue(fnmatch.filter(tests, name), f'{page}: no test "{name}"')

    def test_pictures_are_xml_with_text(self):
        for picture in (ROOT / 'docs').glob('*.svg'):
            text = picture.read_text(encoding='utf-8')
            xml.dom.minidom.parseString(text)
            self.assertIn('<title', text, picture)
            self.assertIn('<text', text, picture)

    def test_folders_know_what_the_page_says(self):
        """The table of docs/architecture.md against the #include lines."""
        page = (ROOT / 'docs/architecture.md').read_text(encoding='utf-8')
        rows = re.findall(r'^\| `((?:lib/)?\w+)/?` \|.*\| ?([^|]*)\|$', page, re.MULTILINE)
        names = [folder.removeprefix('lib/') for folder, _ in rows]
        self.assertEqual({f'lib/{p.name}' for p in (ROOT / 'lib').iterdir() if p.is_dir()} |
                         {'tests', 'runner'}, {folder for folder, _ in rows})
        for place, (folder, known) in enumerate(rows):
            said = set(re.findall(r'`(\w+)`', known))
            if known.startswith('all above but'):
                said = set(names[:place]) - said
            includes = {include for p in (ROOT / folder).rglob('*.[ch]') for include in
                        re.findall(r'#include "(.*/.*)"', p.read_text(encoding='utf-8'))}
            found = {include.split('/')[0] for include in includes
                     if not (ROOT / folder / include).exists()}
            self.assertEqual(found - {names[place]}, said, folder)
            self.assertLessEqual(said, set(names[:place]), f'{folder} knows only those above it')


class House(unittest.TestCase):
    def test_rules(self):
        """Sizes, names, circles and users: by file, and by who calls whom."""
        if 'BUILD' not in os.environ:
            self.skipTest('a sanitizer adds symbols of its own')
        for what, finds, limit in check.rules(pathlib.Path(os.environ['BUILD'])):
            with self.subTest(what):
                if limit is not None and len(finds) > limit:
                    self.fail(f'{what}: {len(finds)}, at most {limit}:\n' +
                              '\n'.join(find for _, find in finds[:30]))


if __name__ == '__main__':
    unittest.main(verbosity=2)
