# Makes effects.json: R's numbers for splines, weights, weighted tests, matching and pooling. Run: Rscript make_effects.R > effects.json
# R 4.2.2 with survival, Hmisc, rms, survey, mice and mvtnorm of Debian 12; coxph.control(eps = 1e-14).
suppressMessages({library(survival); library(rms); library(survey); library(mice); library(mvtnorm)})
options(warn = -1)
number <- function(v) ifelse(is.finite(v), formatC(v, digits = 16, format = "g", width = 1), "null")
json <- function(x) {
  if (is.data.frame(x)) return(json(lapply(as.list(x), function(v) I(v))))
  if (is.list(x)) return(paste0("{", paste0("\"", names(x), "\": ", vapply(x, json, ""), collapse = ", "), "}"))
  if (is.character(x)) { v <- paste0("\"", x, "\""); return(if (inherits(x, "AsIs")) paste0("[", paste(v, collapse = ", "), "]") else v[1]) }
  v <- number(as.numeric(x)); if (length(v) == 1 && !inherits(x, "AsIs")) v else paste0("[", paste(v, collapse = ", "), "]")
}
ctl <- coxph.control(eps = 1e-14, iter.max = 100)
set.seed(42); n <- 140
d <- data.frame(age = round(rnorm(n, 64, 9)), bili = round(rexp(n, 1), 2), pvt = rbinom(n, 1, 0.4), stage = sample(c("A", "B", "C"), n, TRUE))
d$treated <- rbinom(n, 1, plogis(-0.5 + 0.03 * (d$age - 64) + 0.6 * d$pvt - 0.3 * (d$stage == "C")))
d$dose <- round(pmax(20, rnorm(n, 200, 70)))
d$time <- round(rexp(n, exp(-3 - 0.003 * (d$dose - 200) + 0.000012 * (d$dose - 200)^2 + 0.4 * d$pvt - 0.3 * d$treated)), 1) + 0.1
d$event <- rbinom(n, 1, 0.75)

spline <- function(rows, k, adjust) {
  knots <- attr(rcspline.eval(rows$dose, nk = k), "knots")
  B <- rcspline.eval(rows$dose, knots = knots, inclx = TRUE); m <- ncol(B)
  f <- if (adjust) coxph(Surv(time, event) ~ B + pvt, data = rows, control = ctl) else coxph(Surv(time, event) ~ B, data = rows, control = ctl)
  b <- coef(f)[1:m]; V <- vcov(f)[1:m, 1:m]; ref <- rcspline.eval(median(rows$dose), knots = knots, inclx = TRUE)
  at <- c(min(rows$dose), 120, 205, max(rows$dose)); away <- sweep(rcspline.eval(at, knots = knots, inclx = TRUE), 2, ref)
  lp <- drop(away %*% b); se <- sqrt(diag(away %*% V %*% t(away)))
  list(knots = I(knots), at = I(at), hr = I(exp(lp)), low = I(exp(lp - qnorm(0.975) * se)), high = I(exp(lp + qnorm(0.975) * se)),
    overall = drop(t(b) %*% solve(V) %*% b), nonlinear = drop(t(b[-1]) %*% solve(V[-1, -1]) %*% b[-1]))
}
iptw <- function(estimand, stabilised) {
  g <- glm(treated ~ age + pvt + stage, data = d, family = binomial, control = list(epsilon = 1e-14, maxit = 100)); e <- fitted(g); z <- d$treated
  w <- switch(estimand, ATE = ifelse(z == 1, 1 / e, 1 / (1 - e)), ATT = ifelse(z == 1, 1, e / (1 - e)), ATO = ifelse(z == 1, 1 - e, e))
  if (estimand == "ATE" && stabilised) w <- w * ifelse(z == 1, mean(z), 1 - mean(z))
  f <- coxph(Surv(time, event) ~ treated, data = d, weights = w, robust = TRUE, control = ctl); s <- summary(f)
  smd <- function(x) { v <- function(q) if (all(x %in% 0:1)) mean(q) * (1 - mean(q)) else var(q); sp <- sqrt((v(x[z == 1]) + v(x[z == 0])) / 2)
    I(c((mean(x[z == 1]) - mean(x[z == 0])) / sp, (weighted.mean(x[z == 1], w[z == 1]) - weighted.mean(x[z == 0], w[z == 0])) / sp)) }
  sv <- svycoxph(Surv(time, event) ~ treated, design = svydesign(~1, weights = ~w, data = cbind(d, w = w)), control = ctl)
  list(coef = unname(coef(f)), robust_se = s$coefficients[1, "robust se"], survey_se = sqrt(vcov(sv))[1], ess1 = sum(w[z == 1])^2 / sum(w[z == 1]^2), ess0 = sum(w[z == 0])^2 / sum(w[z == 0]^2),
    age = smd(d$age), pvt = smd(d$pvt), stage_A = smd(as.numeric(d$stage == "A")), max_weight = max(w))
}
fh <- function() {  # Fleming-Harrington by hand from survfit's pooled curve, MaxCombo by pmvnorm
  s <- survfit(Surv(time, event) ~ 1, data = d); k <- s$n.event > 0; t <- s$time[k]; S <- c(1, s$surv)[which(k)]
  n <- s$n.risk[k]; dd <- s$n.event[k]
  n1 <- sapply(t, function(u) sum(d$time >= u & d$treated == 1)); d1 <- sapply(t, function(u) sum(d$time == u & d$event == 1 & d$treated == 1))
  W <- rbind(S^0, 1 - S, S, S * (1 - S)); v <- dd * ifelse(n > 1, (n - dd) / (n - 1), 1) * n1 * (n - n1) / n^2
  U <- drop(W %*% (d1 - dd * n1 / n)); C <- W %*% (v * t(W)); z <- U / sqrt(diag(C)); m <- max(abs(z))
  p <- 1 - pmvnorm(rep(-m, 4), rep(m, 4), corr = cov2cor(C), algorithm = GenzBretz(maxpts = 5e6, abseps = 1e-7))
  list(z = I(unname(z)), p = I(2 * pnorm(-abs(unname(z)))), maxcombo = as.numeric(p))
}
match <- function() {
  ours <- d[d$treated == 1, ]; X <- cbind(ours$age - 66, ours$pvt - 0.45, ours$age^2 - (66^2 + 8^2)); sc <- apply(X, 2, sd); X <- sweep(X, 2, sc, "/")
  o <- optim(c(0, 0, 0), function(a) sum(exp(X %*% a)), function(a) drop(t(X) %*% exp(X %*% a)), method = "BFGS", control = list(reltol = 1e-16, maxit = 5000))
  a <- o$par; for (i in 1:20) { w <- drop(exp(X %*% a)); a <- a - solve(t(X) %*% (X * w), t(X) %*% w) }
  w <- drop(exp(X %*% a)); w <- w / mean(w)
  list(ess = sum(w)^2 / sum(w^2), least = min(w), greatest = max(w), sd_after = sqrt(weighted.mean(ours$age^2, w) - weighted.mean(ours$age, w)^2))
}
estimates <- c(0.41, 0.52, 0.47, 0.60, 0.39); variances <- c(0.040, 0.043, 0.038, 0.045, 0.041)
pool1 <- pool.scalar(estimates, variances, n = 62, k = 4)
g <- glm(treated ~ age + pvt + stage, data = d, family = binomial, control = list(epsilon = 1e-14, maxit = 100))
cat(json(list(table = d,
  spline = list(four = spline(d, 4, FALSE), five = spline(d, 5, TRUE), three = spline(d[1:80, ], 3, FALSE), seven = spline(d, 7, FALSE), six = spline(d, 6, FALSE)),
  logistic = list(coef = I(unname(coef(g))), se = I(unname(sqrt(diag(vcov(g)))))),
  iptw = list(ATE = iptw("ATE", TRUE), plain = iptw("ATE", FALSE), ATT = iptw("ATT", TRUE), ATO = iptw("ATO", TRUE)),
  weighted = fh(), match = match(),
  pool = list(estimates = I(estimates), variances = I(variances), mean = pool1$qbar, within = pool1$ubar, between = pool1$b, total = pool1$t, df = pool1$df, fmi = pool1$fmi, dfcom = 58))), "\n")
