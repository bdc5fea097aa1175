// SPDX-License-Identifier: MIT
// Opens pages in headless Chromium as people do, and says what is wrong with them.
//
//	node browser.mjs [--shots FOLDER] PAGE.html...
//
// Each page is opened on a desk and on a phone, light and dark; then without scripts under the
// strictest policy that a CI system serves files with; then it is printed. Exit status: 0 nothing is
// wrong, 1 something is, 2 it could not be looked at.
import { createReadStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const POLICY = "default-src 'none'; style-src 'self'; img-src 'self'";
const SIZES = { desk: { width: 1280, height: 900 }, tablet: { width: 780, height: 1000 },
		phone: { width: 390, height: 844 } };
// What the policy does to the page's own style element is all that may be said under it.
const EXPECTED = /Content Security Policy directive.*style-src 'self'/s;

const shots = process.argv[2] === "--shots" ? process.argv[3] : null;
const files = process.argv.slice(shots ? 4 : 2);
let wrong = 0;

function complain(where, what) {
	console.log(`${where}: ${what}`);
	wrong++;
}

// What can be seen of a page's layout. Runs in the page.
function look() {
	const found = [];
	const name = (e) => (e.textContent || "").trim().slice(0, 40);
	const over = document.documentElement.scrollWidth - window.innerWidth;

	if (over > 0) {
		const widest = [...document.body.querySelectorAll("*")]
			.filter((e) => e.getBoundingClientRect().right > window.innerWidth + 0.5 &&
				       !e.closest(".scroll"))
			.map((e) => `${e.tagName} "${name(e)}"`);

		found.push(`the page is ${over} px wider than the window: ${widest[0]}`);
	}
	for (const svg of document.querySelectorAll("svg")) {
		const frame = svg.getBoundingClientRect();
		const texts = [...svg.querySelectorAll("text")].map((e) => ({
			text: [...e.childNodes].filter((n) => n.nodeType === 3)
				.map((n) => n.data).join(""),
			box: e.getBoundingClientRect(),
		}));

		if (frame.width === 0)
			continue; // in what is folded
		for (const [i, a] of texts.entries()) {
			if (a.box.left < frame.left - 1.5 || a.box.right > frame.right + 1.5 ||
			    a.box.top < frame.top - 1.5 || a.box.bottom > frame.bottom + 1.5)
				found.push(`"${a.text}" leaves its picture`);
			for (const b of texts.slice(i + 1))
				if (a.box.left < b.box.right - 0.5 && b.box.left < a.box.right - 0.5 &&
				    a.box.top < b.box.bottom - 1 && b.box.top < a.box.bottom - 1)
					found.push(`"${a.text}" lies on "${b.text}"`);
		}
		for (const e of svg.querySelectorAll("text"))
			if (e.getBoundingClientRect().height < 9)
				found.push(`"${name(e)}" is too small to be read`);
	}
	for (const e of document.querySelectorAll("td, th, h1, h2, h3, figcaption"))
		if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 &&
		    getComputedStyle(e).overflow !== "visible")
			found.push(`"${name(e)}" is clipped`);
	return [...new Set(found)];
}

// All that a reader must find, however the page is served. Runs in the page.
function contents() {
	const visible = (e) => e.getClientRects().length > 0 &&
			       getComputedStyle(e).visibility === "visible";
	const open = (e) => !e.closest("details:not([open])");
	const words = (list) => [...list].filter(open).filter((e) => e.textContent.trim())
		.map((e) => ({ text: e.textContent.trim(), seen: visible(e) }));

	return {
		headings: words(document.querySelectorAll("h1, h2, h3")),
		cells: words(document.querySelectorAll("td, th, caption, figcaption")),
		pictures: document.querySelectorAll("svg[role=img]").length,
	};
}

async function open(browser, url, where, options) {
	const context = await browser.newContext(options);
	const page = await context.newPage();

	page.on("console", (m) => {
		if (options.javaScriptEnabled !== false || !EXPECTED.test(m.text()))
			complain(where, `the console says: ${m.text()}`);
	});
	page.on("pageerror", (e) => complain(where, `an error: ${e.message}`));
	page.on("dialog", (d) => { complain(where, "a dialog was opened"); d.dismiss(); });
	page.on("request", (r) => {
		if (r.url() !== url)
			complain(where, `something is loaded: ${r.url()}`);
	});
	await page.goto(url, { waitUntil: "load" });
	return { context, page };
}

async function shoot(page, where) {
	if (shots)
		await page.screenshot({ path: join(shots, `${where.replaceAll(/[^\w.-]+/g, "-")}.png`),
					fullPage: true });
}

async function checkStyled(browser, url, name) {
	for (const [size, viewport] of Object.entries(SIZES)) {
		for (const colorScheme of ["light", "dark"]) {
			const where = `${name} ${size} ${colorScheme}`;
			const { context, page } = await open(browser, url, where,
							     { viewport, colorScheme, bypassCSP: true });

			for (const what of await page.evaluate(look))
				complain(where, what);
			await shoot(page, where);
			// What is folded is looked at as well.
			await page.evaluate(() => document.querySelectorAll("details.part")
				.forEach((e) => { e.open = true; }));
			for (const what of await page.evaluate(look))
				complain(where, `unfolded: ${what}`);
			await page.evaluate(axe);
			const found = await page.evaluate(() => globalThis.axe.run(document, {
				resultTypes: ["violations"] }));
			for (const v of found.violations)
				if (v.impact === "serious" || v.impact === "critical")
					complain(where, `axe: ${v.id}: ${v.help}: ` +
						 `${v.nodes.length} times, ${v.nodes[0].html.slice(0, 200)}`);
			await context.close();
		}
	}
}

// The same words, whatever the policy leaves of the page.
async function checkBare(browser, url, bareUrl, name) {
	const { context, page } = await open(browser, url, name, { viewport: SIZES.desk });
	const styled = await page.evaluate(contents);

	await context.close();
	for (const [size, viewport] of Object.entries(SIZES)) {
		for (const colorScheme of ["light", "dark"]) {
			const where = `${name} bare ${size} ${colorScheme}`;
			const bare = await open(browser, bareUrl, where,
						{ viewport, colorScheme, javaScriptEnabled: false });
			const seen = await bare.page.evaluate(contents);

			if (seen.headings.length < 1 || seen.cells.length < 10)
				complain(where, "there is hardly anything on the page");
			for (const kind of ["headings", "cells"])
				for (const { text, seen: isSeen } of seen[kind])
					if (!isSeen)
						complain(where, `not visible: "${text.slice(0, 60)}"`);
			if (JSON.stringify(seen) !== JSON.stringify(styled))
				complain(where, "does not say what the styled page says");
			await shoot(bare.page, where);
			await bare.context.close();
		}
	}
}

// Printed, no picture may be cut by the edge of the sheet.
async function checkPrint(browser, url, name) {
	const where = `${name} print`;
	const { context, page } = await open(browser, url, where,
					     { viewport: { width: 690, height: 1000 } });

	await page.emulateMedia({ media: "print" });
	for (const what of await page.evaluate(look))
		complain(where, what);
	await page.pdf(shots ? { path: join(shots, `${name}.pdf`), preferCSSPageSize: true } : {});
	await context.close();
}

const server = createServer((request, response) => {
	const index = Number(request.url.slice(1));

	if (!/^\/\d+$/.test(request.url) || !files[index]) {
		response.writeHead(404).end();
		return;
	}
	response.writeHead(200, { "content-type": "text/html; charset=utf-8",
				  "content-security-policy": POLICY });
	createReadStream(files[index]).pipe(response);
});

const profile = mkdtempSync(join(tmpdir(), "pinlat-browser-"));
let browser = null;
try {
	browser = await chromium.launch({
		executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
		args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		       "--disable-background-networking", "--disable-component-update",
		       "--disable-sync"],
	});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	for (const [i, file] of files.entries()) {
		const url = new URL(file, `file://${process.cwd()}/`).href;
		const bareUrl = `http://127.0.0.1:${server.address().port}/${i}`;
		const name = basename(file, ".html");

		await checkStyled(browser, url, name);
		await checkBare(browser, url, bareUrl, name);
		await checkPrint(browser, url, name);
	}
} catch (e) {
	console.log(`could not be looked at: ${e.message}`);
	wrong = -1;
} finally {
	await browser?.close();
	server.close();
	rmSync(profile, { recursive: true, force: true });
}
process.exit(wrong < 0 ? 2 : wrong > 0 ? 1 : 0);
