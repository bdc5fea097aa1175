# SPDX-License-Identifier: MIT
# R's part of make_vectors.py, which starts it: evaluates each line of standard input and
# prints the numbers that it gives.
suppressMessages(library(coin))

# p as coin has it: P(|T - E T| >= |t - E T|) over all choices, ties and blocks included.
exact_p <- function(score, a, block) {
	side <- factor(a, levels = c(1, 0))
	if (length(unique(side)) < 2 || length(unique(score)) < 2) return(1)
	pvalue(independence_test(score ~ side | block, distribution = exact(algorithm = "shift")))
}

# A value alone in its block changes nothing, and coin refuses it.
in_company <- function(p) function(score, a, block) {
	keep <- ave(score, block, FUN = length) > 1
	if (!any(keep)) 1 else p(score[keep], a[keep], factor(block[keep]))
}

# All of a first, all of a last within each block: the farthest that choices can get.
extremes <- function(score, a, block) {
	at <- order(block, score)
	first <- unlist(lapply(split(a[at], block[at]), sort, decreasing = TRUE))
	last <- unlist(lapply(split(a[at], block[at]), sort))
	lapply(list(first, last), function(x) { x[at] <- x; x })
}

p_and_floor <- function(p, score, a, block)
	c(p(score, a, block),
	  min(sapply(extremes(score, a, block), function(x) p(score, x, block))))

choice_exact <- function(score, a, block = rep(1, length(a)))
	p_and_floor(in_company(exact_p), score, a, block)

# Two samples in one block, approximated.
mann_whitney_normal <- function(score, a)
	p_and_floor(function(score, a, block)
		wilcox.test(score[a == 1], score[a == 0], exact = FALSE, correct = TRUE)$p.value,
		score, a, rep(1, length(a)))

# coin's mean and variance; the continuity correction (half a rank) is ours.
blocked_normal <- function(score, a, block)
	p_and_floor(function(score, a, block) {
		t <- independence_test(score ~ factor(a, levels = c(1, 0)) | factor(block))
		off <- abs(statistic(t, "linear") - expectation(t))
		2 * pnorm(-max(0, off - 0.5) / sqrt(variance(t)))
	}, score, a, block)

shift <- function(a, b, level) {
	t <- suppressWarnings(wilcox.test(b, a, exact = TRUE, conf.int = TRUE, conf.level = level))
	c(t$estimate, t$conf.int)
}

shift_one <- function(a, level) {
	t <- suppressWarnings(wilcox.test(a, exact = TRUE, conf.int = TRUE, conf.level = level))
	c(t$estimate, t$conf.int)
}

kendall_exact <- function(a) {
	t <- cor.test(seq_along(a), a, method = "kendall", exact = TRUE)
	c(t$estimate, t$p.value)
}

kendall_normal <- function(a) {
	t <- cor.test(seq_along(a), a, method = "kendall", exact = FALSE, continuity = TRUE)
	c(t$estimate, t$p.value)
}

detectable <- function(sd, n, m, level, power)
	(qt(level / 2, n + m - 2, lower.tail = FALSE) + qt(power, n + m - 2)) * sd *
		sqrt((1 / n + 1 / m) / (3 / pi))

mean_squares <- function(value, boot) anova(lm(value ~ factor(boot)))[["Mean Sq"]]

spread <- function(a) robustbase::Qn(a)

welch <- function(a, b, level) {
	t <- t.test(b, a, conf.level = level)
	c(t$p.value, t$conf.int)
}

input <- file("stdin")
for (line in readLines(input))
	cat(sprintf("%.17g", eval(parse(text = line))), "\n")
close(input)
