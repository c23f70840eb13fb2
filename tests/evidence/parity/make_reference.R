# Make reference.json, the numbers of R that tests/evidence/test_parity.py holds ours against.
#   Rscript make_reference.R > reference.json      (Debian: r-base-core r-cran-survival r-cran-mass r-cran-cmprsk)
suppressMessages({library(survival); library(MASS); library(cmprsk)})
control <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 60))
number <- function(v) ifelse(is.finite(v), formatC(v, digits = 15, format = "g", width = 1), "null")
json <- function(x) {
  if (is.null(x)) return("null")
  if (is.list(x)) return(paste0("{", paste0("\"", names(x), "\": ", vapply(x, json, ""), collapse = ", "), "}"))
  if (is.matrix(x)) return(paste0("[", paste(apply(x, 1, function(r) json(as.vector(r))), collapse = ", "), "]"))
  if (is.character(x)) return(paste0("[", paste0("\"", x, "\"", collapse = ", "), "]"))
  paste0("[", paste(number(as.numeric(x)), collapse = ", "), "]")
}
set.seed(20261125)

# ---- data: small, with ties, late entry, weights, strata, clusters, two causes
n <- 48
d <- data.frame(age = round(rnorm(n, 62, 9)), arm = rep(0:1, n / 2), marker = round(rnorm(n), 2))
d$time <- pmax(1, round(rexp(n, exp(-3 + 0.5 * d$arm + 0.02 * (d$age - 62)))))
d$status <- as.integer(runif(n) < 0.75)
d$centre <- sample(0:2, n, TRUE)
d$site <- sample(0:9, n, TRUE)
d$weight <- round(runif(n, 0.4, 2.2), 2)
d$count <- sample(1:4, n, TRUE)
d$entry <- pmin(d$time - 1, sample(0:6, n, TRUE))
d$offset <- round(rnorm(n, 0, 0.4), 2)
d$cause <- ifelse(d$status == 1, sample(1:2, n, TRUE, c(0.6, 0.4)), 0)
d$change <- ifelse(runif(n) < 0.4, round(d$time * runif(n), 1), NA)
d$change[!is.na(d$change) & d$change <= 0] <- NA
late <- Surv(d$entry, d$time, d$status); plain <- Surv(d$time, d$status)

# ---- Kaplan-Meier
curve <- function(y, conf, weights = NULL, cluster = NULL, level = 0.95) {
  f <- if (is.null(weights)) survfit(y ~ 1, conf.type = conf, conf.int = level)
       else if (is.null(cluster)) survfit(y ~ 1, weights = weights, conf.type = conf, conf.int = level)
       else survfit(y ~ 1, weights = weights, cluster = cluster, conf.type = conf, conf.int = level)
  q <- quantile(f, c(0.25, 0.5, 0.75)); s <- summary(f, times = f$time)
  list(time = f$time, at_risk = f$n.risk, events = f$n.event, survival = f$surv, std_err = ifelse(f$surv == 0, NA, s$std.err),
       low = f$lower, high = f$upper, quantile = q$quantile, quantile_low = q$lower, quantile_high = q$upper,
       rmst = as.vector(survival:::survmean(survfit0(f), rmean = max(f$time))$matrix[c("rmean", "se(rmean)")]))
}
outcomes <- list(
  plain = plain, late = late,
  half = Surv(c(3, 5, 5, 8, 11, 14, 14, 20), c(1, 1, 0, 1, 0, 1, 0, 0)),
  exact_half = Surv(c(1, 2, 3, 4, 5, 6, 7, 8), c(1, 1, 1, 1, 0, 1, 1, 0)),
  half_at_end = Surv(c(1, 2, 3, 4), c(1, 1, 0, 0)),
  zero = Surv(1:6, rep(1, 6)),
  tied = Surv(rep(7, 5), c(1, 1, 0, 1, 0)),
  all_die_at_once = Surv(rep(7, 4), rep(1, 4)),
  near = Surv(c(1, 1 + 1e-12, 2, 2 + 1e-12, 3), c(1, 1, 0, 1, 1)),
  one = Surv(c(4, 6, 9), c(0, 1, 0)), none = Surv(c(4, 6, 9), c(0, 0, 0)),
  rising_limit = Surv(c(2, 5, 6, 7, 9, 12, 15, 22, 30, 31), c(1, 1, 0, 1, 1, 1, 0, 0, 0, 1)))
km <- list()
for (name in names(outcomes)) for (conf in c("log", "log-log", "plain", "logit", "arcsin"))
  km[[paste(name, conf)]] <- curve(outcomes[[name]], conf)
km[["weight log"]] <- curve(plain, "log", d$weight)
km[["count log"]] <- curve(plain, "log", d$count)
km[["late weight log"]] <- curve(late, "log", d$weight)
km[["cluster log"]] <- curve(plain, "log", rep(1, n), d$site)
km[["level log"]] <- curve(plain, "log", level = 0.9)

# ---- log-rank family
test <- function(f) list(observed = if (is.matrix(f$obs)) rowSums(f$obs) else f$obs, expected = if (is.matrix(f$exp)) rowSums(f$exp) else f$exp, chi2 = f$chisq)
lr <- list(two = test(survdiff(plain ~ d$arm)), three = test(survdiff(plain ~ d$centre)), rho = test(survdiff(plain ~ d$centre, rho = 1)),
           strata = test(survdiff(plain ~ d$arm + strata(d$centre))), half = test(survdiff(plain ~ d$arm, rho = 0.5)))

# ---- Cox
x <- as.matrix(d[, c("age", "arm", "marker")])
model <- function(f, residuals = TRUE) {
  if (!inherits(f, "coxph")) return(list(coef = f$coefficients, variance = f$var, loglik = f$loglik, score = f$score))  # R's agexact.fit returns a bare list
  c <- concordance(f)
  out <- list(coef = coef(f), variance = if (is.null(f$naive.var)) f$var else f$naive.var, loglik = f$loglik, score = f$score,
              wald = as.vector(coef(f) %*% solve(f$var, coef(f))), c = c$concordance, c_se = sqrt(c$var))
  if (!is.null(f$naive.var)) out$robust <- f$var
  out$over_time <- cox.zph(f, terms = FALSE)$y
  for (g in c("km", "rank", "identity", "log")) out[[paste0("zph_", g)]] <- cox.zph(f, transform = g, terms = FALSE)$table[, "chisq"]
  if (residuals) {
    out$martingale <- residuals(f, "martingale"); out$deviance <- residuals(f, "deviance"); out$residual <- residuals(f, "score")
    out$schoenfeld <- residuals(f, "schoenfeld"); out$dfbeta <- residuals(f, "dfbeta")
  }
  out
}
fit <- function(...) suppressWarnings(do.call(coxph, list(..., control = control, robust = FALSE)))
cox <- list(
  efron = model(fit(plain ~ x)), breslow = model(fit(plain ~ x, ties = "breslow")), exact = model(fit(plain ~ x, ties = "exact"), FALSE),
  late = model(fit(late ~ x)), strata = model(fit(plain ~ x + strata(d$centre))), late_strata = model(fit(late ~ x + strata(d$centre))),
  weight = model(fit(plain ~ x, weights = d$weight)), late_weight = model(fit(late ~ x, weights = d$weight)),
  late_exact = model(fit(late ~ x, ties = "exact"), FALSE), strata_exact = model(fit(plain ~ x + strata(d$centre), ties = "exact"), FALSE),
  offset = model(fit(plain ~ x + offset(d$offset)), FALSE),
  cluster = model(suppressWarnings(coxph(plain ~ x, cluster = d$site, control = control)), FALSE),
  cluster_strata = model(suppressWarnings(coxph(late ~ x + strata(d$centre), cluster = d$site, weights = d$weight, control = control)), FALSE),
  cluster_breslow = model(suppressWarnings(coxph(plain ~ x, cluster = d$site, ties = "breslow", control = control)), FALSE),
  robust = model(suppressWarnings(coxph(plain ~ x, robust = TRUE, cluster = seq_len(n), control = control)), FALSE))
foretold <- function(f) { s <- survfit(f, newdata = data.frame(age = 60, arm = 1, marker = 0.5)); k <- s$n.event > 0
  list(time = s$time[k], hazard = s$cumhaz[k], std_err = s$std.err[k], low = s$lower[k], high = s$upper[k]) }
predicted <- list(efron = foretold(fit(Surv(time, status) ~ age + arm + marker, d)), breslow = foretold(fit(Surv(time, status) ~ age + arm + marker, d, ties = "breslow")),
                  late = foretold(fit(Surv(entry, time, status) ~ age + arm + marker, d)), weight = foretold(fit(Surv(time, status) ~ age + arm + marker, d, weights = d$weight)))

# ---- stepwise, time-varying
d$centre_f <- factor(d$centre)
full <- fit(Surv(time, status) ~ age + arm + marker + centre_f, d); none <- fit(Surv(time, status) ~ 1, d)
path <- function(direction) {
  s <- if (direction == "forward") stepAIC(none, scope = ~ age + arm + marker + centre_f, direction = "forward", trace = 0) else stepAIC(full, direction = direction, trace = 0)
  list(aic = s$anova$AIC, terms = c("", attr(terms(s), "term.labels"))) }
steps <- list(backward = path("backward"), forward = path("forward"), both = path("both"))
d$id <- 1:n; long <- tmerge(d, d, id = id, death = event(time, status)); long <- tmerge(long, d, id = id, changed = tdc(change))
tv <- fit(Surv(tstart, tstop, death) ~ changed, long)
varying <- list(rows = nrow(long), coef = coef(tv), variance = tv$var, loglik = tv$loglik, score = tv$score)

# ---- competing risks
state <- factor(d$cause, 0:2, c("none", "one", "two"))
aj <- survfit(Surv(d$time, state) ~ 1); ajw <- survfit(Surv(d$time, state) ~ 1, weights = d$weight)
fg <- function(k, w = NULL) { r <- finegray(Surv(time, state) ~ ., data = cbind(d[, c("time", "age", "arm")], id = seq_len(n)), etype = k)
  f <- suppressWarnings(coxph(Surv(fgstart, fgstop, fgstatus) ~ age + arm, r, weights = fgwt, cluster = id, control = control))
  list(rows = nrow(r), coef = coef(f), variance = f$naive.var, robust = f$var, loglik = f$loglik) }
gray <- cuminc(d$time, d$cause, d$centre)$Tests; gray2 <- cuminc(d$time, d$cause, d$arm)$Tests
competing <- list(time = aj$time, estimate = aj$pstate[, 2:3], std_err = aj$std.err[, 2:3], weighted = ajw$pstate[, 2:3], weighted_se = ajw$std.err[, 2:3],
                  gray_three = gray[, "stat"], gray_two = gray2[, "stat"], fine_gray_one = fg("one"), fine_gray_two = fg("two"))

# ---- dose and response, Table 1
dose <- c(40, 60, 80, 100, 120, 150, 150, 180, 205, 220, 250, 300, 320, 400); y <- c(0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1)
glm_of <- function(link, v) { f <- glm(y ~ v, family = binomial(link), control = glm.control(epsilon = 1e-15, maxit = 100)); p <- dose.p(f, p = c(0.5, 0.8))
  list(coef = coef(f), variance = vcov(f), deviance = f$deviance, null = f$null.deviance, needed = as.vector(p), needed_se = as.vector(attr(p, "SE"))) }
response <- list(dose = dose, y = y, logit = glm_of("logit", dose), probit = glm_of("probit", dose), log_logit = glm_of("logit", log(dose)))
a <- d$age[d$centre == 0]; b <- d$age[d$centre == 1]
table1 <- list(welch = t.test(a, b)$p.value, wilcoxon = wilcox.test(a, b, exact = FALSE)$p.value, kruskal = kruskal.test(d$age, d$centre)$p.value,
               chi2 = suppressWarnings(chisq.test(table(d$centre, d$arm), correct = FALSE))$p.value, fisher = fisher.test(table(d$status, d$arm))$p.value,
               quartiles = as.vector(quantile(d$age)))

cat(json(list(data = as.list(d[, c("age", "arm", "marker", "time", "status", "centre", "site", "weight", "count", "entry", "offset", "cause", "change")]),
              outcomes = lapply(outcomes[-(1:2)], function(o) list(time = o[, 1], status = o[, 2])), km = km, logrank = lr, cox = cox, predicted = predicted,
              steps = steps, varying = varying, competing = competing, response = response, table1 = table1)), "\n")
