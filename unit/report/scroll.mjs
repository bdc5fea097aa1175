// SPDX-License-Identifier: MIT
// Scrolls through a page in headless Chromium, and through a trivial one of the same height, and
// tells how long frames took.
//
//	node scroll.mjs PAGE.html
//
// Both are scrolled by the same number of pixels a frame: as with a wheel, and as with the scroll bar,
// all of the page in a second. The two take turns, so that both see the same machine. Work is the
// processor time of the page's main thread, which does not depend on what else the machine does.
// Exit status: 0 it was measured, 2 it could not be.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

const VIEWPORT = { width: 1280, height: 900 };
const WHEEL = 120;
const ROUNDS = 5;

// Scrolls by step pixels a frame, and gives how long each took, and the long tasks. Runs in the page.
async function scroll(step) {
	const end = document.documentElement.scrollHeight - window.innerHeight;
	const times = [], tasks = [];
	const watch = new PerformanceObserver((list) =>
		tasks.push(...list.getEntries().map((e) => e.duration)));
	const frame = () => new Promise((done) => requestAnimationFrame(done));

	window.scrollTo(0, 0);
	for (let i = 0; i < 10; i++)
		await frame();
	watch.observe({ entryTypes: ["longtask"] });
	let before = await frame();
	for (let y = 0; y < end; ) {
		y += step;
		window.scrollTo(0, y);
		const now = await frame();

		times.push(now - before);
		before = now;
	}
	watch.disconnect();
	return { times, tasks };
}

function quantile(sorted, p) {
	return sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)];
}

async function workOf(session) {
	const { metrics } = await session.send("Performance.getMetrics");

	return 1000 * metrics.find((m) => m.name === "TaskDuration").value;
}

async function measure(page, step) {
	const session = await page.context().newCDPSession(page);

	await session.send("Performance.enable", { timeDomain: "threadTicks" });
	await page.bringToFront();
	const before = await workOf(session);
	const run = await page.evaluate(scroll, step);

	run.work = await workOf(session) - before;
	await session.detach();
	return run;
}

function summary(runs) {
	const times = runs.flatMap((r) => r.times).sort((a, b) => a - b);
	const tasks = runs.flatMap((r) => r.tasks);

	return {
		frames: times.length,
		work: runs.reduce((a, r) => a + r.work, 0) / times.length,
		mean: times.reduce((a, b) => a + b, 0) / times.length,
		p99: quantile(times, 0.99),
		max: times[times.length - 1],
		late: times.filter((t) => t > 1.5 * 1000 / 60).length,
		tasks: tasks.length,
		longest: Math.max(0, ...tasks),
	};
}

function tell(name, s) {
	console.log(`  ${name.padEnd(8)} ${s.frames} frames: mean ${s.mean.toFixed(1)} ms, p99 ` +
		    `${s.p99.toFixed(1)}, longest ${s.max.toFixed(1)}; over a frame and a half: ${s.late}; ` +
		    `work ${s.work.toFixed(1)} ms; long tasks: ${s.tasks}` +
		    (s.tasks ? ` (${s.longest.toFixed(0)} ms at most)` : ""));
}

const folder = mkdtempSync(join(tmpdir(), "pinlat-scroll-"));
let browser = null, failed = false;
try {
	browser = await chromium.launch({
		executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
		args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
		       "--disable-background-networking", "--disable-component-update",
		       "--disable-sync"],
	});
	const context = await browser.newContext({ viewport: VIEWPORT, bypassCSP: true });
	const page = await context.newPage(), plain = await context.newPage();

	await page.goto(new URL(process.argv[2], `file://${process.cwd()}/`).href);
	const height = await page.evaluate(() => document.documentElement.scrollHeight);
	const path = join(folder, "plain.html");

	writeFileSync(path, `<!DOCTYPE html><title>plain</title><body style="height:${height - 16}px">`);
	await plain.goto(`file://${path}`);
	console.log(`${height} px high, a window of ${VIEWPORT.width} x ${VIEWPORT.height}`);
	const steps = { "with a wheel": WHEEL, "in a second": Math.ceil(height / 60) };

	for (const [how, step] of Object.entries(steps)) {
		const runs = { page: [], plain: [] };

		for (let i = 0; i < ROUNDS; i++) {
			for (const [name, p] of Object.entries({ page, plain }))
				runs[name].push(await measure(p, step));
		}
		const a = summary(runs.page), b = summary(runs.plain);

		console.log(`${how}, ${step} px a frame: ${(a.mean / b.mean).toFixed(2)} times as long a frame as ` +
			    "a page of nothing");
		tell("page", a);
		tell("nothing", b);
	}
} catch (e) {
	console.log(`could not be measured: ${e.message}`);
	failed = true;
} finally {
	await browser?.close();
	rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 2 : 0);
